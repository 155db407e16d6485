"""What of a calendar counts: recurring, moved, left out, whole days, free, cancelled, broken."""

from zoneinfo import ZoneInfo

import pytest

from handoff.calendars.busy import UnreadableError, busy_times
from tests.meetings.scene import BERLIN, utc

pytestmark = pytest.mark.requirement("S31")
START, END = utc(2026, 10, 19), utc(2026, 11, 2)


def calendar(*events):
    lines = "".join(
        f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{one}\nEND:VEVENT\n" for one in events
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{lines}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def busy(*events, zone=BERLIN, **more):
    found = busy_times(calendar(*events), start=START, end=END, zone=zone, **more)
    return [(start.strftime("%d %H:%M"), end.strftime("%d %H:%M")) for start, end in found]


WEEKLY = (
    "UID:w\nDTSTART;TZID=Europe/Berlin:20261012T090000\nDTEND;TZID=Europe/Berlin:20261012T100000\n"
    "RRULE:FREQ=WEEKLY;COUNT=10"
)


def test_a_weekly_appointment_keeps_its_hour_over_the_change_of_the_clock():
    assert busy(WEEKLY) == [("19 07:00", "19 08:00"), ("26 08:00", "26 09:00")]


def test_one_that_was_left_out_does_not_count_and_one_that_was_moved_counts_there():
    moved = (
        "UID:w\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\n"
        "DTSTART;TZID=Europe/Berlin:20261027T150000\nDTEND;TZID=Europe/Berlin:20261027T160000"
    )
    without = f"{WEEKLY}\nEXDATE;TZID=Europe/Berlin:20261019T090000"

    assert busy(without, moved) == [("27 14:00", "27 15:00")]


def test_whole_days_are_those_of_the_host():
    day = "UID:d\nDTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261026"
    alone = "UID:e\nDTSTART;VALUE=DATE:20261020"

    # The day on which the clock is put back has 25 hours.
    assert busy(day) == [("24 22:00", "25 23:00")]
    assert busy(day, zone=ZoneInfo("America/New_York")) == [("25 04:00", "26 04:00")]
    assert busy(alone) == [("19 22:00", "20 22:00")]


def test_times_without_zone_are_those_of_the_host():
    assert busy("UID:f\nDTSTART:20261020T100000\nDURATION:PT45M") == [("20 08:00", "20 08:45")]


@pytest.mark.parametrize(
    "line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"]
)
def test_what_is_free_or_cancelled_does_not_count(line):
    event = "UID:t\nDTSTART:20261020T100000Z\nDTEND:20261020T110000Z"

    assert busy(f"{event}\n{line}") == []
    assert busy(event) == [("20 10:00", "20 11:00")]


def test_one_of_a_series_can_be_cancelled():
    cancelled = (
        "UID:w\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=Europe/Berlin:20261026T090000\nDTEND;TZID=Europe/Berlin:20261026T100000"
    )

    assert busy(WEEKLY, cancelled) == [("19 07:00", "19 08:00")]


def test_our_own_meetings_and_moments_without_length_do_not_count():
    event = "UID:m@leadcrm\nDTSTART:20261020T100000Z\nDTEND:20261020T110000Z"

    assert busy(event, without={"m@leadcrm"}) == []
    assert busy("UID:n\nDTSTART:20261020T100000Z") == []


def test_long_appointments_are_cut_to_what_is_looked_at():
    event = "UID:l\nDTSTART:20260101T000000Z\nDTEND:20270101T000000Z"

    assert busy(event) == [("19 00:00", "02 00:00")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Please log in</html>",
        b"BEGIN:VCALENDAR\r\n",
        b"\xff\xfe\x00",
        b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n",
    ],
)
def test_what_is_no_calendar_is_refused(data):
    with pytest.raises(UnreadableError):
        busy_times(data, start=START, end=END, zone=BERLIN)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=DAILY;BYMINUTE=0,10,20,30,40,50;BYHOUR=0,1,2,3,4,5,6,7,8",
    ],
)
def test_a_series_without_a_pause_is_not_read(rule):
    with pytest.raises(UnreadableError):
        busy(f"UID:s\nDTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:{rule}")
    hourly = "UID:s\nDTSTART:20261019T000000Z\nDURATION:PT5M\nRRULE:FREQ=HOURLY;COUNT=3"
    assert len(busy(hourly)) == 3
