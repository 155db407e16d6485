"""What is no booking: spam, too many posts, and what a dying worker left behind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture.actions.submissions import release_submissions
from capture.models import Submission, SubmissionState
from handoff.activities import MEETING_ASKED
from handoff.meetings.drains import give_back
from handoff.models import Meeting, MeetingState, Task, TaskKind
from leads.models import Activity, Lead
from tests.capture.scene import visitor, work
from tests.factories import EVERYTHING
from tests.meetings.scene import (
    book,
    booked,
    first_slot,
    guest_mails,
    make_hours,
    make_type,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S30")]


@pytest.fixture
def kind(rep):
    make_hours(rep)
    return make_type(rep)


@pytest.mark.case("C25")
def test_who_falls_into_the_trap_sees_success_and_takes_no_slot(kind):
    response = book(kind, first_slot(kind), company_fax="1")
    work()

    assert response.status_code == 200
    assert "Thank you" in response.content.decode()
    assert Submission.objects.get().state == SubmissionState.QUARANTINED
    assert Meeting.objects.count() == Lead.objects.count() == 0


@pytest.mark.case("C27")
def test_spam_gives_its_slot_back_and_gets_it_when_a_person_lets_it_through(kind):
    at = first_slot(kind)
    name = "Click https://evil.tld now"
    page = book(kind, at, last_name=name).content.decode()

    meeting = Meeting.objects.get()
    assert "Thank you" in page
    assert (meeting.state, Lead.objects.count()) == (MeetingState.DROPPED, 0)
    assert first_slot(kind) == at
    assert guest_mails(meeting) == []

    release_submissions([meeting.submission_id], by=EVERYTHING, as_of=timezone.now())
    work()
    meeting.refresh_from_db()

    assert (meeting.state, meeting.lead) == (MeetingState.BOOKED, Lead.objects.get())
    assert name not in guest_mails(meeting)[0].data.values()


def test_what_is_let_through_too_late_makes_somebody_offer_another_time(kind, rep):
    at = first_slot(kind)
    book(kind, at, last_name="www.evil.tld")
    booked(kind, at, email="other@example.org")
    held = Submission.objects.get(state=SubmissionState.QUARANTINED)

    release_submissions([held.pk], by=EVERYTHING, as_of=timezone.now())
    work()

    lead = Lead.objects.get(email="eva@example.org")
    task = Task.objects.get(lead=lead)
    assert (task.kind, task.assignee) == (TaskKind.MEETING, rep)
    assert Activity.objects.filter(kind=MEETING_ASKED, lead=lead).count() == 1
    assert Meeting.objects.filter(state=MeetingState.BOOKED).count() == 1


def test_a_worker_that_dies_after_the_slot_was_taken_loses_nothing(kind, monkeypatch):
    def die(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr("handoff.meetings.booking.take_in_submissions", die)
    response = book(kind, first_slot(kind))
    assert response.status_code == 200
    assert Meeting.objects.get().state == MeetingState.PENDING

    work()

    meeting = Meeting.objects.get()
    assert (meeting.state, meeting.lead) == (MeetingState.BOOKED, Lead.objects.get())
    assert len(guest_mails(meeting)) == 1


def test_a_slot_of_which_nothing_became_is_given_back(kind, monkeypatch):
    monkeypatch.setattr("handoff.meetings.booking.take_in_submissions", lambda *a, **k: None)
    at = first_slot(kind)
    book(kind, at)
    now = timezone.now()

    assert give_back(now) == 0
    assert give_back(now + timedelta(hours=2)) == 1
    assert first_slot(kind) == at


@pytest.mark.case("C26")
def test_one_mailbox_books_three_meetings_and_no_more(kind):
    for number in range(3):
        booked(kind, first_slot(kind), email=f"eva+{number}@example.org")

    response = book(kind, first_slot(kind), email="eva@example.org")

    assert response.status_code == 409
    assert "For this address several meetings are booked already" in response.content.decode()
    assert Meeting.objects.count() == 3


@pytest.mark.case("C26")
def test_many_posts_from_one_network_are_held_and_then_refused(kind, monkeypatch):
    monkeypatch.setattr("capture.guard.doors.FORM.address.limit", 1)
    at = first_slot(kind)
    network = {"REMOTE_ADDR": "203.0.113.77"}
    path = f"/m/{kind.public_id}/en/"
    send = lambda n: visitor().post(  # noqa: E731
        path, wish(kind.form_en, at, email=f"a{n}@example.org"), **network
    )

    held = [send(n).status_code for n in range(10)]

    assert held[:10] == [200] * 10
    assert Meeting.objects.count() == 1
    assert Submission.objects.filter(state=SubmissionState.THROTTLED).count() == 9
    assert send(11).status_code == 429
