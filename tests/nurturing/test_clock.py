"""Sequences under a clock that is moved: each mail once, in its hours, by local time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from nurturing.models import Message
from nurturing.times import Wait, Window
from tests.nurturing.scene import enrol, mail, make_reader, make_sequence, run_clock, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

BERLIN = ZoneInfo("Europe/Berlin")


def local_times(zone: ZoneInfo = BERLIN) -> list[str]:
    """When each mail was handed over, in local time."""
    sent = Message.objects.filter(state="sent").order_by("handed_at")
    return [message.handed_at.astimezone(zone).strftime("%a %d.%m. %H:%M") for message in sent]


@pytest.mark.requirement("S57")
def test_three_mails_go_out_once_each_at_their_intervals_in_local_time(mail_server):
    start = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    office = Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(17))
    sequence = make_sequence(
        mail("m1", subject="One"),
        wait("w1", amount=3, unit="days"),
        mail("m2", subject="Two"),
        wait("w2", weekday=2, at=time(9, 30)),
        mail("m3", subject="Three"),
        window=office,
        as_of=start,
    )
    enrol(make_reader(), sequence, as_of=start)

    run_clock(start, start + timedelta(days=20), every=timedelta(minutes=30))

    assert local_times() == ["Mon 02.11. 11:00", "Thu 05.11. 11:00", "Tue 10.11. 09:30"]
    assert [sent["Subject"] for sent in mail_server.accepted] == ["One", "Two", "Three"]


@pytest.mark.requirement("S57")
def test_the_hours_are_those_of_the_lead_where_its_time_zone_is_known(mail_server):
    start = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    sequence = make_sequence(window=Window(start=time(9), end=time(17)), as_of=start)
    lead = make_reader(time_zone="America/New_York")
    enrol(lead, sequence, as_of=start)

    run_clock(start, start + timedelta(days=1), every=timedelta(minutes=30))

    assert local_times(ZoneInfo("America/New_York")) == ["Mon 02.11. 09:00"]


@pytest.mark.case("E19")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # The night in which 2:00 to 3:00 is left out.
        (
            datetime(2027, 3, 26, 1, 30, tzinfo=UTC),
            ["Fri 26.03. 02:30", "Sat 27.03. 02:30", "Sun 28.03. 03:30", "Mon 29.03. 02:30"],
        ),
        # The night in which 2:00 to 3:00 comes twice.
        (
            datetime(2026, 10, 23, 0, 30, tzinfo=UTC),
            ["Fri 23.10. 02:30", "Sat 24.10. 02:30", "Sun 25.10. 02:30", "Mon 26.10. 02:30"],
        ),
    ],
)
def test_a_daily_mail_crosses_the_change_of_the_clock_once_a_day(mail_server, start, expected):
    night = Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(1), end=time(5))
    sequence = make_sequence(
        mail("m1"),
        wait("w1", at=time(2, 30), amount=1, unit="days"),
        mail("m2"),
        wait("w2", at=time(2, 30), amount=1, unit="days"),
        mail("m3"),
        wait("w3", at=time(2, 30), amount=1, unit="days"),
        mail("m4"),
        window=night,
        as_of=start,
    )
    enrol(make_reader(), sequence, as_of=start)

    run_clock(start, start + timedelta(days=6), every=timedelta(minutes=15))

    assert local_times() == expected


@pytest.mark.case("E19")
def test_a_window_that_the_clock_leaves_out_opens_on_the_next_day():
    window = Window(days=(1, 2, 3, 4, 5, 6, 7), start=time(2), end=time(3))
    midnight = datetime(2027, 3, 28, 0, 0, tzinfo=BERLIN)

    opens = window.next_open(midnight, BERLIN)

    assert opens == datetime(2027, 3, 29, 2, 0, tzinfo=BERLIN)


@pytest.mark.case("E19")
@pytest.mark.parametrize(
    ("wait_for", "start", "end"),
    [
        # Days are counted on the calendar, hours as they pass.
        (Wait(amount=1, unit="days"), (2027, 3, 27, 12, 0), (2027, 3, 28, 12, 0)),
        (Wait(amount=24, unit="hours"), (2027, 3, 27, 12, 0), (2027, 3, 28, 13, 0)),
        (Wait(weekday=1, at=time(9)), (2026, 11, 2, 9, 0), (2026, 11, 2, 9, 0)),
        (Wait(weekday=1, at=time(9)), (2026, 11, 2, 9, 1), (2026, 11, 9, 9, 0)),
        (Wait(amount=2, weekday=1), (2026, 11, 3, 14, 0), (2026, 11, 9, 14, 0)),
        (Wait(amount=1, at=time(9)), (2026, 11, 2, 9, 1), (2026, 11, 3, 9, 0)),
        (Wait(amount=2, unit="hours", at=time(9)), (2026, 11, 2, 8, 0), (2026, 11, 3, 9, 0)),
        (Wait(at=time(8)), (2026, 11, 2, 9, 0), (2026, 11, 3, 8, 0)),
        (Wait(amount=1, unit="weeks"), (2026, 10, 22, 9, 0), (2026, 10, 29, 9, 0)),
    ],
)
def test_a_wait_ends_where_the_calendar_says(wait_for, start, end):
    ended = wait_for.ends(datetime(*start, tzinfo=BERLIN), BERLIN)

    assert ended == datetime(*end, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ((2026, 11, 6, 17, 59), (2026, 11, 6, 17, 59)),
        ((2026, 11, 6, 18, 0), (2026, 11, 9, 8, 0)),
        ((2026, 11, 7, 12, 0), (2026, 11, 9, 8, 0)),
        ((2026, 11, 9, 3, 0), (2026, 11, 9, 8, 0)),
    ],
)
def test_the_window_opens_on_the_next_weekday_it_names(moment, opens):
    found = Window().next_open(datetime(*moment, tzinfo=BERLIN), BERLIN)

    assert found == datetime(*opens, tzinfo=BERLIN)
