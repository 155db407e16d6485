from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff.business_time import BusinessHours, public_holidays

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessHours(frozenset(range(5)), time(9), time(17), BERLIN)
ALWAYS = BusinessHours(frozenset(range(7)), time(0), time(0), BERLIN)


def berlin(*parts):
    return datetime(*parts, tzinfo=BERLIN)


def test_minutes_within_a_day_are_added_as_they_are():
    assert OFFICE.add(berlin(2026, 11, 2, 10), 60) == berlin(2026, 11, 2, 11)


def test_a_start_before_opening_counts_from_opening():
    assert OFFICE.add(berlin(2026, 11, 2, 6), 30) == berlin(2026, 11, 2, 9, 30)


def test_what_does_not_fit_today_goes_on_tomorrow():
    assert OFFICE.add(berlin(2026, 11, 2, 16, 30), 60) == berlin(2026, 11, 3, 9, 30)


def test_exactly_until_closing_is_due_at_closing():
    assert OFFICE.add(berlin(2026, 11, 2, 16), 60) == berlin(2026, 11, 2, 17)


def test_the_weekend_does_not_count():
    assert OFFICE.add(berlin(2026, 10, 30, 16, 30), 60) == berlin(2026, 11, 2, 9, 30)


def test_friday_evening_to_monday_holds_the_clock():
    assert OFFICE.minutes_between(berlin(2026, 10, 30, 17), berlin(2026, 11, 2, 9)) == 0
    assert OFFICE.minutes_between(berlin(2026, 10, 30, 16), berlin(2026, 11, 2, 10)) == 120


def test_an_end_before_the_start_is_no_time():
    assert OFFICE.minutes_between(berlin(2026, 11, 2, 12), berlin(2026, 11, 2, 10)) == 0


def test_the_office_hour_stays_when_the_clock_is_put_back():
    # 25 October 2026, 3:00 becomes 2:00; Friday is summer time, Monday winter time.
    due = OFFICE.add(berlin(2026, 10, 23, 16, 30), 60)

    assert due == berlin(2026, 10, 26, 9, 30)
    assert due == datetime(2026, 10, 26, 8, 30, tzinfo=UTC)


def test_the_night_with_25_hours_has_one_more_hour_of_work():
    start = berlin(2026, 10, 25, 0)

    assert ALWAYS.minutes_between(start, berlin(2026, 10, 26, 0)) == 25 * 60
    assert ALWAYS.add(start, 3 * 60) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_the_night_with_23_hours_has_one_hour_less():
    start = berlin(2026, 3, 29, 0)

    assert ALWAYS.minutes_between(start, berlin(2026, 3, 30, 0)) == 23 * 60
    assert ALWAYS.add(start, 3 * 60) == berlin(2026, 3, 29, 4)


@pytest.mark.parametrize("opens", [time(2, 0), time(2, 30)])
def test_opening_in_the_hour_that_does_not_exist_is_the_hour_after(opens):
    night = BusinessHours(frozenset(range(7)), opens, time(6), BERLIN)

    assert night.next_open(berlin(2026, 3, 29, 0)) == datetime(
        2026, 3, 29, 1, opens.minute, tzinfo=UTC
    )


def test_adding_and_measuring_are_each_other_s_reverse_across_the_year():
    start = berlin(2026, 1, 1, 3, 17)
    for minutes in (1, 59, 480, 481, 2400, 40_000):
        assert OFFICE.minutes_between(start, OFFICE.add(start, minutes)) == minutes


def test_public_holidays_of_the_state_are_closed():
    bavaria = BusinessHours(frozenset(range(5)), time(9), time(17), BERLIN, region="DE-BY")
    berlin_state = BusinessHours(frozenset(range(5)), time(9), time(17), BERLIN, region="DE-BE")
    eve = berlin(2026, 1, 5, 16, 30)

    assert bavaria.add(eve, 60) == berlin(2026, 1, 7, 9, 30)
    assert berlin_state.add(eve, 60) == berlin(2026, 1, 6, 9, 30)


def test_no_region_has_no_holidays():
    assert public_holidays("", 2026) == frozenset()


def test_open_is_from_opening_until_just_before_closing():
    assert not OFFICE.is_open(berlin(2026, 11, 2, 8, 59))
    assert OFFICE.is_open(berlin(2026, 11, 2, 9))
    assert OFFICE.is_open(berlin(2026, 11, 2, 17) - timedelta(seconds=1))
    assert not OFFICE.is_open(berlin(2026, 11, 2, 17))
    assert not OFFICE.is_open(berlin(2026, 11, 1, 12))


@pytest.mark.parametrize(
    ("weekdays", "opens", "closes"),
    [
        (frozenset(), time(9), time(17)),
        (frozenset({7}), time(9), time(17)),
        ({0}, time(9), time(9)),
    ],
)
def test_hours_in_which_nobody_works_are_refused(weekdays, opens, closes):
    with pytest.raises(ValueError, match=r"weekday|close"):
        BusinessHours(frozenset(weekdays), opens, closes, BERLIN)


def test_a_day_that_closes_in_the_skipped_hour_still_has_its_hours():
    night = BusinessHours(frozenset(range(7)), time(1, 30), time(2, 30), BERLIN)

    assert night.minutes_between(berlin(2026, 3, 29, 0), berlin(2026, 3, 30, 0)) == 60
