"""Which times are free, by hours, holidays, absences, meetings, calendars and the clock."""

from datetime import date, timedelta

import pytest

from accounts.action import writing
from handoff.meetings.slots import Free, free_hosts, hosts_of
from handoff.models import Absence, BusyTime, HostCalendar, Meeting, MeetingState
from tests.factories import NOW, make_lead, make_user
from tests.meetings.scene import NEW_YORK, by_hand, make_hours, make_type, slots, utc

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S30")]
# Monday, six in the morning in Berlin.
MONDAY = utc(2026, 11, 2, 5)


def busy(user, start, end):
    with writing("scene"):
        calendar, _new = HostCalendar.objects.get_or_create(
            user=user, name="Work", defaults={"kind": "ics", "created_at": NOW}
        )
        BusyTime.objects.create(calendar=calendar, starts_at=start, ends_at=end)


def test_slots_follow_hours_length_and_grid(rep):
    make_hours(rep, {"0": [["09:00", "10:30"], ["13:00", "14:00"]]})

    half_hours = slots(make_type(rep), as_of=MONDAY)
    hours = slots(make_type(rep, minutes=60, grid_minutes=15), as_of=MONDAY)

    assert half_hours == [f"Mon {at}" for at in ("09:00", "09:30", "10:00", "13:00", "13:30")]
    assert hours == ["Mon 09:00", "Mon 09:15", "Mon 09:30", "Mon 13:00"]


def test_who_set_no_hours_works_by_those_of_the_agreement(rep):
    kind = make_type(rep, minutes=240, grid_minutes=240)

    assert slots(kind, as_of=MONDAY, days=7) == [
        f"{day} {at}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri") for at in ("09:00", "13:00")
    ]


def test_notice_and_how_far_ahead_bound_the_slots(rep):
    make_hours(rep)
    kind = make_type(rep, minutes=480, notice_minutes=24 * 60, ahead_days=3)

    assert slots(kind, as_of=MONDAY, days=30) == ["Tue 09:00", "Wed 09:00"]


def test_holidays_and_absences_are_no_days_of_work(rep):
    make_hours(rep, region="DE")
    kind = make_type(rep, minutes=480, ahead_days=30)
    with writing("scene"):
        Absence.objects.create(user=rep, from_on=date(2026, 12, 28), until_on=date(2026, 12, 31))

    found = slots(kind, as_of=utc(2026, 12, 24, 5), days=10)

    # The 25th and 26th and New Year are holidays, the 28th to 31st leave.
    assert found == ["Thu 09:00", "Sun 09:00", "Sat 09:00"]


def test_meetings_keep_their_buffers_free(rep):
    make_hours(rep, {"0": [["09:00", "12:00"]]})
    kind = make_type(rep, buffer_before=30, buffer_after=15)
    by_hand(make_lead(owner=rep), kind, rep, utc(2026, 11, 9, 9, 30))

    # Taken from 10:00 to 11:15; a slot itself needs half an hour before and a quarter after.
    assert slots(kind, as_of=utc(2026, 11, 9, 5)) == ["Mon 09:00"]


def test_appointments_in_calendars_block_and_touching_does_not(rep):
    make_hours(rep, {"0": [["09:00", "11:00"]]})
    busy(rep, utc(2026, 11, 2, 8, 30), utc(2026, 11, 2, 9))

    assert slots(make_type(rep), as_of=MONDAY) == ["Mon 09:00", "Mon 10:00", "Mon 10:30"]


def test_an_appointment_of_many_days_blocks_them_all(rep):
    make_hours(rep)
    busy(rep, utc(2026, 10, 1), utc(2026, 11, 4))

    assert slots(make_type(rep, minutes=480), as_of=MONDAY, days=4) == ["Wed 09:00", "Thu 09:00"]


@pytest.mark.parametrize(
    ("night", "hours", "found"),
    [
        # Spring: 2:00 to 3:00 does not exist. Autumn: it comes twice.
        (utc(2027, 3, 27, 22), [["01:00", "04:00"]], ["01:00", "01:30", "03:00", "03:30"]),
        (
            utc(2026, 10, 24, 21),
            [["01:30", "03:30"]],
            ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"],
        ),
        (utc(2027, 3, 27, 22), [["02:00", "03:00"]], []),
    ],
)
def test_slots_in_the_night_in_which_the_clock_changes(rep, night, hours, found):
    make_hours(rep, {"6": hours})

    assert [slot[4:] for slot in slots(make_type(rep), as_of=night)] == found


def test_hours_are_those_of_the_host_wherever_the_visitor_is(rep):
    make_hours(rep, {"6": [["09:00", "10:00"]], "0": [["09:00", "10:00"]]})

    # Berlin changes its clock on 28 March 2027, New York two weeks before.
    found = slots(make_type(rep), as_of=utc(2027, 3, 22), days=7, zone=NEW_YORK)

    assert found == ["Mon 04:00", "Mon 04:30", "Sun 03:00", "Sun 03:30"]


def test_in_a_team_whoever_has_the_fewest_coming_meetings_is_first(team, rep, manager):
    other = make_user(team=team)
    for user in (rep, other):
        make_hours(user)
    kind = make_type(hosting="team", team=team)
    at = utc(2026, 11, 9, 9)
    by_hand(make_lead(owner=rep), kind, rep, utc(2026, 11, 10, 9))

    hosts = list(hosts_of(kind))

    assert hosts == [rep, other]
    assert free_hosts(kind, hosts, at, as_of=MONDAY) == [other, rep]
    with writing("scene"):
        Meeting.objects.update(state=MeetingState.CANCELLED)
    assert free_hosts(kind, hosts, at, as_of=MONDAY) == [other, rep]
    by_hand(make_lead(owner=other), kind, other, utc(2026, 11, 10, 9))
    assert free_hosts(kind, hosts, at, as_of=MONDAY) == [rep, other]


def test_a_time_that_is_no_slot_is_free_for_nobody(rep):
    make_hours(rep)
    kind = make_type(rep)

    for minutes in (1, 15, -60, 60 * 24 * 90):
        at = utc(2026, 11, 9, 8) + timedelta(minutes=minutes)
        assert free_hosts(kind, [rep], at, as_of=MONDAY) == []


def test_who_is_deactivated_holds_no_meetings(rep):
    make_hours(rep)
    kind = make_type(rep)
    with writing("scene"):
        rep.is_active = False
        rep.save()

    assert slots(kind, as_of=MONDAY) == []


def test_taken_times_that_overlap_are_one():
    free = Free(
        [(utc(2026, 1, 1, 9), utc(2026, 1, 1, 12)), (utc(2026, 1, 1, 10), utc(2026, 1, 1, 11))]
    )

    assert not free.has(utc(2026, 1, 1, 11, 30), utc(2026, 1, 1, 12, 30))
    assert free.has(utc(2026, 1, 1, 12), utc(2026, 1, 1, 13))
    assert free.has(utc(2026, 1, 1, 8), utc(2026, 1, 1, 9))
