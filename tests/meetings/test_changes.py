"""Guests and colleagues cancel and move meetings; both are told each time, once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from accounts.action import writing
from accounts.actor import user_actor
from ground.errors import ConflictError, DomainError
from ground.ics import content_type
from handoff.activities import (
    MEETING_BOOKED,
    MEETING_CANCELLED,
    MEETING_HELD,
    MEETING_MISSED,
    MEETING_MOVED,
)
from handoff.meetings.actions.changes import cancel_meetings, move_meeting, note_outcomes
from handoff.meetings.drains import drain_reminders
from handoff.meetings.links import manage_link
from handoff.models import DueReminder, Handoff, HandoffState, Meeting, MeetingState
from leads.models import Activity
from nurturing.compose import _attachments
from nurturing.models import Message
from tests.capture.scene import visitor
from tests.factories import make_lead
from tests.handoff.factories import make_offer
from tests.meetings.scene import (
    booked,
    by_hand,
    first_slot,
    guest_mails,
    host_mails,
    make_hours,
    make_type,
    manage_path,
    move_back,
    utc,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S32")]


@pytest.fixture
def kind(rep):
    make_hours(rep)
    return make_type(rep, notice_minutes=24 * 60 * 2)


def path_of(meeting, more=""):
    return manage_path(manage_link(meeting.public_id)) + more


def invite(message):
    """Return the one event in the file of a mail, with the method of its calendar."""
    (file,) = _attachments(message)
    calendar = Calendar.from_ical(file.data)
    (event,) = calendar.walk("VEVENT")
    assert file.content_type == content_type(calendar["METHOD"])
    return str(calendar["METHOD"]), event


def guest_message(reply):
    return Message.objects.get(dedupe_key=f"reply:{reply.public_id}")


@pytest.mark.case("E01")
@pytest.mark.case("R08")
def test_reading_the_link_changes_nothing_and_a_forged_one_is_none(kind):
    meeting = booked(kind)
    path = path_of(meeting)
    before = Meeting.objects.values().get()

    page, slots = visitor().get(path), visitor().get(path + "move/")
    visitor().head(path)
    refused = visitor().get(path + "cancel/")
    forged = visitor().post(path[:-4] + "xyz/cancel/")

    assert (page.status_code, slots.status_code) == (200, 200)
    assert refused.status_code == 405
    assert forged.status_code == 404
    assert Meeting.objects.values().get() == before
    assert page["Referrer-Policy"] == "no-referrer"


def test_a_guest_cancels_once_and_both_get_the_end_of_the_same_event(kind):
    meeting = booked(kind)
    (first,) = guest_mails(meeting)
    method, event = invite(guest_message(first))
    assert (method, event["SEQUENCE"], event["STATUS"]) == ("REQUEST", 0, "CONFIRMED")

    for _time in range(2):
        response = visitor().post(path_of(meeting, "cancel/"))
        assert response.status_code == 200
        assert "This meeting was cancelled" in response.content.decode()

    meeting.refresh_from_db()
    _first, last = guest_mails(meeting)
    ended, end = invite(guest_message(last))
    assert (ended, end["SEQUENCE"], end["STATUS"], end["UID"]) == (
        "CANCEL",
        1,
        "CANCELLED",
        event["UID"],
    )
    assert invite(host_mails(meeting)[-1])[1]["UID"] == event["UID"]
    assert len(host_mails(meeting)) == 2
    assert meeting.state == MeetingState.CANCELLED
    assert Activity.objects.filter(kind=MEETING_CANCELLED).count() == 1
    assert not DueReminder.objects.exists()
    assert first_slot(kind) == meeting.starts_at


def test_a_guest_moves_the_meeting_into_another_free_slot(kind):
    meeting = booked(kind)
    old, new = meeting.starts_at, first_slot(kind, 3)

    response = visitor().post(path_of(meeting, "move/"), {"slot": new.isoformat()})

    meeting.refresh_from_db()
    assert response.status_code == 200
    assert "Your meeting was moved" in response.content.decode()
    assert (meeting.starts_at, meeting.sequence, meeting.state) == (new, 1, "booked")
    method, event = invite(guest_message(guest_mails(meeting)[-1]))
    assert (method, event["SEQUENCE"], event["DTSTART"].dt) == ("REQUEST", 1, new)
    assert first_slot(kind) == old
    assert Activity.objects.filter(kind=MEETING_MOVED).count() == 1
    assert {row.due_at for row in DueReminder.objects.all()} == {
        new - timedelta(days=1),
        new - timedelta(hours=1),
    }


def test_moving_to_the_same_or_a_taken_time_is_no_move(kind):
    meeting = booked(kind)
    taken = booked(kind, first_slot(kind, 2), email="other@example.org")

    same = visitor().post(path_of(meeting, "move/"), {"slot": meeting.starts_at.isoformat()})
    late = visitor().post(path_of(meeting, "move/"), {"slot": taken.starts_at.isoformat()})
    none = visitor().post(path_of(meeting, "move/"), {"slot": "soon"})

    meeting.refresh_from_db()
    assert (same.status_code, late.status_code, none.status_code) == (200, 409, 422)
    assert "This time is not free any more." in late.content.decode()
    assert meeting.sequence == 0
    assert len(guest_mails(meeting)) == 1


def test_too_late_the_guest_is_given_the_phone_of_the_host(kind, rep):
    meeting = booked(kind)
    with writing("scene"):
        rep.phone = "+49 89 1234567"
        rep.save()
    move_back(meeting, starts_at=timezone.now() + timedelta(minutes=100))

    page = visitor().get(path_of(meeting)).content.decode()
    cancel = visitor().post(path_of(meeting, "cancel/"))
    move = visitor().post(path_of(meeting, "move/"), {"slot": first_slot(kind).isoformat()})

    meeting.refresh_from_db()
    assert "It is too late to change this here." in page
    assert "+49 89 1234567" in page
    assert "<button" not in page
    assert (cancel.status_code, move.status_code) == (422, 422)
    assert "+49 89 1234567" in cancel.content.decode()
    assert (meeting.state, meeting.sequence) == (MeetingState.BOOKED, 0)


def test_a_meeting_that_is_over_can_only_be_booked_anew(kind):
    meeting = booked(kind)
    move_back(meeting, starts_at=timezone.now() - timedelta(hours=2))

    page = visitor().get(path_of(meeting)).content.decode()

    assert visitor().post(path_of(meeting, "cancel/")).status_code == 422
    assert f"/m/{kind.public_id}/en/" in page


@pytest.mark.case("J06")
def test_each_is_reminded_a_day_and_an_hour_before_and_once(kind):
    meeting = booked(kind)
    told = len(guest_mails(meeting))

    for before in (timedelta(days=1, seconds=1), timedelta(days=1), timedelta(hours=1)):
        drain_reminders(meeting.starts_at - before)
        drain_reminders(meeting.starts_at - before)

    reminders = guest_mails(meeting)[told:]
    assert [row.data["what"] for row in reminders] == ["day", "hour"]
    assert len(host_mails(meeting)) == 3
    assert not DueReminder.objects.exists()
    assert _attachments(guest_message(reminders[0])) == []


def test_nobody_is_reminded_of_a_meeting_that_was_cancelled_or_has_begun(kind):
    first, second = booked(kind), booked(kind, first_slot(kind, 4), email="b@example.org")
    visitor().post(path_of(first, "cancel/"))

    drain_reminders(second.starts_at + timedelta(minutes=1))

    assert [row.data["what"] for row in guest_mails(first)] == ["booked", "cancelled"]
    assert [row.data["what"] for row in guest_mails(second)] == ["booked"]


def test_a_rep_books_by_hand_moves_and_cancels(rep, now):
    make_hours(rep)
    kind, lead, by = make_type(rep), make_lead(owner=rep), user_actor(rep)
    # Outside the hours: colleagues know what they agreed on.
    meeting = by_hand(lead, kind, rep, utc(2026, 11, 7, 20))
    again = by_hand(lead, kind, rep, utc(2026, 11, 7, 20), key=meeting.public_id)

    move_meeting(meeting.pk, utc(2026, 11, 8, 20), by=by, as_of=now)
    cancel_meetings([meeting.pk], reason="ill", by=by, as_of=now)
    cancel_meetings([meeting.pk], by=by, as_of=now)

    meeting.refresh_from_db()
    assert again.pk == meeting.pk
    assert (meeting.state, meeting.sequence, meeting.ended_reason) == ("cancelled", 2, "ill")
    assert [row.data["what"] for row in guest_mails(meeting)] == ["booked", "moved", "cancelled"]
    assert "ill" not in str(guest_message(guest_mails(meeting)[-1]).text)
    kinds = [MEETING_BOOKED, MEETING_MOVED, MEETING_CANCELLED]
    told = Activity.objects.filter(lead=lead, kind__in=kinds).order_by("pk")
    assert [item.kind for item in told] == kinds


def test_by_hand_too_nobody_is_booked_twice_or_in_the_past(rep, now):
    make_hours(rep)
    kind, lead = make_type(rep), make_lead(owner=rep)
    by_hand(lead, kind, rep, utc(2026, 11, 9, 9))

    with pytest.raises(ConflictError, match="not free"):
        by_hand(lead, kind, rep, utc(2026, 11, 9, 9, 15))
    with pytest.raises(DomainError, match="still to come"):
        by_hand(lead, kind, rep, now - timedelta(hours=1))
    assert Meeting.objects.count() == 1


def test_an_outcome_is_noted_and_answers_the_hand_over(rep, now):
    make_hours(rep)
    kind, handoff = make_type(rep), make_offer(rep)
    lead = handoff.lead
    meeting = booked(kind)
    with writing("scene"):
        Meeting.objects.update(lead=lead)
    by = user_actor(rep)

    with pytest.raises(DomainError, match="not begun"):
        note_outcomes([meeting.pk], "held", by=by, as_of=now)
    after = meeting.ends_at
    with pytest.raises(DomainError, match="how the meeting ended"):
        note_outcomes([meeting.pk], "cancelled", by=by, as_of=after)

    assert note_outcomes([meeting.pk], "missed", by=by, as_of=after) == 1
    assert note_outcomes([meeting.pk], "held", by=by, as_of=after) == 1
    assert note_outcomes([meeting.pk], "held", by=by, as_of=after) == 0
    kinds = [MEETING_MISSED, MEETING_HELD]
    told = Activity.objects.filter(lead=lead, kind__in=kinds).order_by("pk")
    assert [item.kind for item in told] == kinds
    assert Handoff.objects.get(pk=handoff.pk).state == HandoffState.ACCEPTED


def test_a_foreign_meeting_cannot_be_changed(rep, stranger, now):
    make_hours(rep)
    meeting = by_hand(make_lead(owner=rep), make_type(rep), rep, utc(2026, 11, 9, 9))
    by = user_actor(stranger)

    assert cancel_meetings([meeting.pk], by=by, as_of=now) == 0
    assert note_outcomes([meeting.pk], "held", by=by, as_of=utc(2026, 11, 9, 10)) == 0
    with pytest.raises(DomainError, match="not there any more"):
        move_meeting(meeting.pk, utc(2026, 11, 10, 9), by=by, as_of=now)
    meeting.refresh_from_db()
    assert (meeting.state, meeting.sequence) == ("booked", 0)
