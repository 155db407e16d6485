"""A calendar behind CalDAV: busy times are read, meetings are entered, moved and taken out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from accounts.action import writing
from accounts.actor import user_actor
from ground.errors import DomainError, PermanentError
from ground.seal import unseal
from handoff.calendars.actions import (
    NewCalendar,
    connect_calendar,
    remove_calendar,
)
from handoff.calendars.caldav import (
    Account,
    LoginRefusedError,
    NoCalendarError,
    find_calendars,
)
from handoff.calendars.drains import drain_entries, drain_readings
from handoff.meetings.actions.changes import cancel_meetings, move_meeting
from handoff.models import (
    BusyTime,
    CalendarEntry,
    DueCalendar,
    DueCalendarEntry,
    HostCalendar,
)
from tests.factories import make_lead
from tests.meetings.scene import by_hand, make_hours, make_type, slots, utc
from tests.simulators.caldav import MAKE, PASSWORD, USER, caldav_server
from tests.simulators.wire import ask

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S31")]
MONDAY = utc(2026, 11, 9, 5)
EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20261101T000000Z\r
DTSTART:{start}\r
DTEND:{end}\r
SUMMARY:Zahnarzt\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def server(tmp_path, settings):
    with caldav_server(tmp_path) as running:
        settings.ALLOWED_SERVERS = [running.url]
        make_calendar(running, "office", "Arbeit")
        yield running


def account(server, path="/rita/office/", password=PASSWORD):
    return Account(f"{server.url}{path}", USER, password)


def headers(**more):
    return {**Account("", USER, PASSWORD).headers(), **more}


def make_calendar(server, name, title):
    answer = ask(
        f"{server.url}/rita/{name}/",
        method="MKCALENDAR",
        body=MAKE.format(name=title).encode(),
        headers=headers(),
    )
    assert answer.status == 201


def put(server, uid, start, end):
    body = EVENT.format(uid=uid, start=start, end=end).encode()
    answer = ask(
        f"{server.url}/rita/office/{uid}.ics",
        method="PUT",
        body=body,
        headers=headers(**{"Content-Type": "text/calendar"}),
    )
    assert answer.status == 201


def connect(rep, server, *, is_written=True, as_of=MONDAY):
    new = NewCalendar("caldav", "Arbeit", f"{server.url}/rita/office/", USER, PASSWORD, is_written)
    return connect_calendar(new, by=user_actor(rep), as_of=as_of)


def entry(server):
    """Return the one appointment of ours that stands in the calendar."""
    (text,) = [text for name, text in server.files().items() if "leadcrm" in name]
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


def test_calendars_are_found_at_their_own_address_and_behind_a_login(server):
    make_calendar(server, "home", "Privat")

    direct = find_calendars(account(server))
    behind = find_calendars(account(server, "/"))

    assert [(one.address, one.name) for one in direct] == [
        (f"{server.url}/rita/office/", "Arbeit"),
    ]
    assert {one.name for one in behind} == {"Arbeit", "Privat"}
    with pytest.raises(LoginRefusedError):
        find_calendars(account(server, password="wrong"))
    with pytest.raises((NoCalendarError, LoginRefusedError)):
        find_calendars(account(server, "/nobody/nothing/"))


@pytest.mark.case("W01")
@pytest.mark.case("W06")
def test_only_public_servers_are_asked(server, settings):
    settings.ALLOWED_SERVERS = []

    for address in (server.url, "https://127.0.0.1/rita/", "https://localhost/", "ftp://x.de/"):
        with pytest.raises(PermanentError):
            find_calendars(Account(address, USER, PASSWORD))
    assert server.asked == [("MKCALENDAR", "/rita/office/")]


def test_busy_times_block_slots_and_nothing_else_of_them_is_kept(rep, server):
    make_hours(rep, {"0": [["09:00", "11:00"]]})
    kind = make_type(rep)
    put(server, "a", "20261109T080000Z", "20261109T090000Z")
    connect(rep, server)

    assert drain_readings(MONDAY) == 1

    assert slots(kind, as_of=MONDAY) == ["Mon 10:00", "Mon 10:30"]
    assert BusyTime.objects.count() == 1
    assert DueCalendar.objects.get().due_at == MONDAY + timedelta(minutes=10)
    assert not any("Zahnarzt" in str(row) for row in BusyTime.objects.values())


def test_a_calendar_that_fails_says_so_and_its_last_times_go_on_counting(rep, server):
    make_hours(rep, {"0": [["09:00", "10:00"]]})
    kind = make_type(rep)
    put(server, "a", "20261109T080000Z", "20261109T083000Z")
    connect(rep, server)
    drain_readings(MONDAY)

    server.status = "503 Away"
    for hours in range(1, 4):
        drain_readings(MONDAY + timedelta(hours=hours))
    row = HostCalendar.objects.get()
    assert (row.failure, row.failing_since) == ("away", MONDAY + timedelta(hours=1))
    assert row.read_at == MONDAY
    assert slots(kind, as_of=MONDAY) == ["Mon 09:30"]
    server.status = "401 No"
    drain_readings(MONDAY + timedelta(hours=9))
    assert HostCalendar.objects.get().failure == "login"

    server.status = ""
    drain_readings(MONDAY + timedelta(days=1))
    row.refresh_from_db()
    assert (row.failure, row.failing_since) == ("", None)


def test_a_meeting_is_entered_moved_and_taken_out_under_one_name(rep, server):
    make_hours(rep)
    kind, by = make_type(rep), user_actor(rep)
    connect(rep, server)
    meeting = by_hand(make_lead(owner=rep), kind, rep, utc(2026, 11, 10, 9))

    drain_entries(MONDAY)
    first = entry(server)
    drain_readings(MONDAY)
    move_meeting(meeting.pk, utc(2026, 11, 11, 9), by=by, as_of=MONDAY)
    drain_entries(MONDAY)
    second = entry(server)

    assert first["UID"] == second["UID"] == f"{meeting.public_id}@leadcrm"
    assert (first["DTSTART"].dt, first["SEQUENCE"]) == (utc(2026, 11, 10, 9), 0)
    assert (second["DTSTART"].dt, second["SEQUENCE"]) == (utc(2026, 11, 11, 9), 1)
    # Our own entry is no appointment of somebody else.
    assert not BusyTime.objects.exists()

    cancel_meetings([meeting.pk], by=by, as_of=MONDAY)
    drain_entries(MONDAY)

    assert server.files() == {}
    assert not CalendarEntry.objects.exists()
    assert not DueCalendarEntry.objects.exists()


@pytest.mark.case("W11")
def test_a_worker_that_dies_after_the_server_took_it_writes_it_once(rep, server):
    make_hours(rep)
    connect(rep, server)
    meeting = by_hand(make_lead(owner=rep), make_type(rep), rep, utc(2026, 11, 10, 9))

    def die(method):
        if method in {"PUT", "DELETE"}:
            server.after = None
            raise ConnectionAbortedError

    server.after = die
    drain_entries(MONDAY)
    assert len(server.files()) == 1
    assert not CalendarEntry.objects.filter(sequence=0).exists()

    # It is cancelled before anybody tried again: what nobody noted is taken out all the same.
    cancel_meetings([meeting.pk], by=user_actor(rep), as_of=MONDAY)
    drain_entries(MONDAY + timedelta(hours=1))

    assert server.files() == {}


def test_what_a_server_refuses_is_set_aside_and_goes_through_later(rep, server):
    make_hours(rep)
    connect(rep, server)
    by_hand(make_lead(owner=rep), make_type(rep), rep, utc(2026, 11, 20, 9))

    server.status = "403 No"
    for minutes in range(0, 50, 5):
        drain_entries(MONDAY + timedelta(minutes=minutes))
    row = DueCalendarEntry.objects.get()
    assert row.quarantined_at is not None
    assert row.last_error.startswith("LoginRefusedError")

    server.status = ""
    with writing("scene"):
        DueCalendarEntry.objects.update(quarantined_at=None, attempts=0, due_at=MONDAY)
    drain_entries(MONDAY + timedelta(hours=1))
    assert entry(server)["SUMMARY"]


def test_a_server_that_is_away_is_asked_again_for_a_day(rep, server):
    make_hours(rep)
    connect(rep, server)
    by_hand(make_lead(owner=rep), make_type(rep), rep, utc(2026, 11, 20, 9))

    server.status = "503 Away"
    for hours in range(6):
        drain_entries(MONDAY + timedelta(hours=hours))
    assert DueCalendarEntry.objects.get().quarantined_at is None
    assert HostCalendar.objects.get().failure == "away"

    server.status = ""
    drain_entries(MONDAY + timedelta(hours=7))
    assert entry(server)["STATUS"] == "CONFIRMED"


def test_coming_meetings_are_entered_when_a_calendar_is_connected(rep, server):
    make_hours(rep)
    now = timezone.now()
    meeting = by_hand(make_lead(owner=rep), make_type(rep), rep, now + timedelta(days=3), as_of=now)
    assert not DueCalendarEntry.objects.exists()

    connect(rep, server, as_of=now)
    drain_entries(now)

    assert entry(server)["UID"] == f"{meeting.public_id}@leadcrm"


@pytest.mark.case("Z12")
def test_secrets_are_sealed_and_a_foreign_calendar_is_left_alone(rep, stranger, server):
    row = connect(rep, server)

    assert PASSWORD not in row.password
    assert server.url not in row.address
    assert unseal(row.password) == PASSWORD
    with pytest.raises(DomainError):
        remove_calendar(row, by=user_actor(stranger), as_of=MONDAY)
    remove_calendar(row, by=user_actor(rep), as_of=MONDAY)
    assert not HostCalendar.objects.exists()
    with pytest.raises(DomainError, match="https"):
        connect_calendar(
            NewCalendar("ics", "x", "file:///etc/passwd"), by=user_actor(rep), as_of=MONDAY
        )
