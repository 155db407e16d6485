"""Both are told, each in the own language and time zone, over every change of the clock."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from icalendar import Calendar

from accounts.action import writing
from capture.replies import write
from handoff.meetings.ics import invitation
from handoff.meetings.mails import attach
from handoff.meetings.told import in_zone, tell
from handoff.models import Meeting
from leads.models import Lead
from nurturing.compose import _attachments
from nurturing.models import Message
from tests.capture.scene import forget_crowd, visitor
from tests.factories import NOW, make_lead, make_user
from tests.meetings.scene import (
    booked,
    by_hand,
    first_slot,
    guest_mails,
    host_mails,
    make_hours,
    make_type,
    manage_path,
    utc,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S32")]


@pytest.mark.parametrize(
    ("at", "berlin", "new_york"),
    [
        # Both on summer time; only New York; both back; only Berlin back.
        (utc(2027, 7, 1, 14), "4 p.m. (Europe/Berlin, UTC+2)", "10 a.m. (America/New York, UTC-4)"),
        (
            utc(2027, 3, 20, 14),
            "3 p.m. (Europe/Berlin, UTC+1)",
            "10 a.m. (America/New York, UTC-4)",
        ),
        (utc(2027, 1, 5, 14), "3 p.m. (Europe/Berlin, UTC+1)", "9 a.m. (America/New York, UTC-5)"),
        (
            utc(2026, 10, 28, 14),
            "3 p.m. (Europe/Berlin, UTC+1)",
            "10 a.m. (America/New York, UTC-4)",
        ),
    ],
)
def test_one_moment_is_told_in_both_zones(at, berlin, new_york):
    assert in_zone(at, "Europe/Berlin").endswith(berlin)
    assert in_zone(at, "America/New_York").endswith(new_york)
    with translation.override("de"):
        assert "Uhr" in in_zone(at, "Europe/Berlin") or ":" in in_zone(at, "Europe/Berlin")


def test_guest_and_host_are_told_in_their_own_language_and_zone(team):
    host = make_user(team=team, name="Rita", language="de", time_zone="Europe/Berlin")
    lead = make_lead(owner=host, language="en", time_zone="America/New_York", last_name="Smith")
    meeting = by_hand(lead, make_type(host), host, utc(2027, 3, 22, 9), as_of=utc(2027, 3, 1))

    (reply,), (note,) = guest_mails(meeting), host_mails(meeting)
    with translation.override(reply.language):
        mail = write(reply)

    assert reply.language == "en"
    assert "Monday, March 22, 2027, 5 a.m. (America/New York, UTC-4)" in mail.subject
    assert note.language == "de"
    assert "10:00" in note.text
    assert "UTC+1" in note.text
    assert "05:00" in note.text
    assert "Smith" in note.text


def test_the_file_holds_the_moment_in_utc_under_one_name(rep):
    make_hours(rep)
    meeting = booked(make_type(rep))
    (reply,) = guest_mails(meeting)
    (file,) = attach(reply)
    (again,) = attach(reply)
    (event,) = Calendar.from_ical(file.data).walk("VEVENT")

    assert file.data == again.data
    assert event["DTSTART"].dt == meeting.starts_at
    assert b"DTSTART:" in file.data
    assert meeting.starts_at.strftime("%Y%m%dT%H%M%SZ").encode() in file.data
    assert event["UID"] == meeting.uid
    people = [str(one) for one in event["ATTENDEE"]]
    assert people == [f"mailto:{rep.email}", "mailto:eva@example.org"]


@pytest.mark.case("C22")
@pytest.mark.case("C27")
def test_nothing_that_a_visitor_typed_goes_to_the_address_that_was_given(rep):
    make_hours(rep)
    meeting = booked(
        make_type(rep),
        first_name="Bargain",
        last_name="Hunter",
        message="BUY NOW\r\nBcc: victim@example.org",
    )
    (reply,) = guest_mails(meeting)
    (file,) = attach(reply)
    message = Message.objects.get(dedupe_key=f"reply:{reply.public_id}")

    for text in (message.subject, message.text, message.html, file.data.decode()):
        assert "BUY NOW" not in text
        assert "Bcc" not in text
    (note,) = host_mails(meeting)
    assert "BUY NOW" in note.text
    assert "\n" not in note.subject


def test_the_link_in_the_mail_opens_the_meeting(rep):
    make_hours(rep)
    meeting = booked(make_type(rep))
    (reply,) = guest_mails(meeting)
    message = Message.objects.get(dedupe_key=f"reply:{reply.public_id}")

    page = visitor().get(manage_path(message.text))

    assert page.status_code == 200
    assert "Your meeting" in page.content.decode()


def test_what_was_asked_for_by_strangers_is_capped_and_what_follows_is_not(rep):
    make_hours(rep)
    kind = make_type(rep)
    for number in range(6):
        meeting = booked(kind, first_slot(kind), email=f"eva+{number}@example.org")
        with writing("scene"):
            # As if each were over: the cap on coming meetings is another one.
            Meeting.objects.filter(pk=meeting.pk).update(mailbox_key=f"other{number}@example.org")
        forget_crowd()
    last = Meeting.objects.latest("pk")
    assert guest_mails(last) == []

    visitor().post(manage_path(_manage(last)) + "cancel/")

    assert [row.data["what"] for row in guest_mails(last)] == ["cancelled"]


def _manage(meeting):
    from handoff.meetings.links import manage_link

    return manage_link(meeting.public_id)


def test_a_lead_without_a_valid_address_gets_no_mail_and_the_host_does(rep):
    lead = make_lead(owner=rep, is_email_valid=False)
    meeting = by_hand(lead, make_type(rep), rep, NOW + timedelta(days=1))

    assert guest_mails(meeting) == []
    assert len(host_mails(meeting)) == 1
    (file,) = _attachments(host_mails(meeting)[0])
    assert b"ATTENDEE" in file.data


def test_a_mail_keeps_what_it_said_when_the_meeting_changes_later(rep):
    meeting = by_hand(make_lead(owner=rep), make_type(rep), rep, NOW + timedelta(days=1))
    with writing("scene"):
        Meeting.objects.update(place="video", place_text="https://video.example", sequence=9)

    (file,) = attach(guest_mails(meeting)[0])

    assert b"SEQUENCE:0" in file.data
    assert b"video.example" not in file.data
    assert Lead.objects.count() == 1


def test_long_names_and_odd_signs_make_a_readable_file(rep):
    rep.name = "Rita; Vertrieb, \\ „Süd“\nX"
    meeting = by_hand(make_lead(owner=rep), make_type(rep), rep, NOW + timedelta(days=1))
    meeting.host = rep

    data = invitation(
        tell(meeting, "booked", zone="Europe/Berlin"), "de", stamp=timezone.now(), is_host=False
    )

    assert len(Calendar.from_ical(data).walk("VEVENT")) == 1
    assert max(map(len, data.split(b"\r\n"))) <= 75
