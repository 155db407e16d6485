"""Visitors book: the slot is taken once, the person becomes a lead, both are told."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.action import writing
from accounts.actor import VISITOR
from capture.models import Submission, SubmissionState
from handoff.activities import MEETING_BOOKED
from handoff.models import DueReminder, Meeting, MeetingState
from leads.models import Activity, Consent, Lead
from tests.capture.scene import MARKETING_CONSENT, visitor
from tests.database.connections import in_parallel
from tests.factories import make_lead, make_user
from tests.meetings.scene import (
    book,
    booked,
    first_slot,
    guest_mails,
    host_mails,
    make_hours,
    make_type,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S30")]


@pytest.fixture
def kind(rep):
    make_hours(rep)
    return make_type(rep)


def test_a_visitor_books_and_becomes_a_lead_with_everything_that_was_said(kind, rep):
    at = first_slot(kind)

    response = book(kind, at, **{MARKETING_CONSENT: "on"})

    meeting, lead = Meeting.objects.get(), Lead.objects.get()
    assert response.status_code == 200
    assert "Your meeting is booked" in response.content.decode()
    assert (meeting.state, meeting.lead, meeting.host) == (MeetingState.BOOKED, lead, rep)
    assert (meeting.starts_at, meeting.ends_at - at) == (at, timedelta(minutes=30))
    assert (lead.email, lead.owner, meeting.note) == (
        "eva@example.org",
        rep,
        "Es geht um unser Dach.",
    )
    assert Submission.objects.get().state == SubmissionState.PROCESSED
    assert Consent.objects.get(lead=lead).state == "pending"
    told = Activity.objects.get(kind=MEETING_BOOKED)
    assert (told.lead, told.data["meeting"]) == (lead, str(meeting.public_id))
    assert len(guest_mails(meeting)) == len(host_mails(meeting)) == 1
    assert DueReminder.objects.count() == sum(
        at - before > timezone.now() for before in (timedelta(days=1), timedelta(hours=1))
    )


def test_what_is_sent_twice_is_booked_once(kind):
    data = wish(kind.form_en, first_slot(kind))

    first, second = book(kind, None, data=data), book(kind, None, data=data)

    assert first.status_code == second.status_code == 200
    assert "Your meeting is booked" in second.content.decode()
    assert Meeting.objects.count() == Lead.objects.count() == 1
    assert len(guest_mails(Meeting.objects.get())) == 1


def test_who_is_too_late_gets_the_page_again_with_what_was_typed_and_other_times(kind):
    at = first_slot(kind)
    booked(kind, at, email="first@example.org")

    response = book(kind, at, email="second@example.org", message="Mein Dach ist undicht.")
    page = response.content.decode()

    assert response.status_code == 409
    assert "Somebody else was faster" in page
    assert "second@example.org" in page
    assert "Mein Dach ist undicht." in page
    assert page.count('type="radio" name="slot"') == 6
    assert first_slot(kind).isoformat() in page
    assert Meeting.objects.count() == Lead.objects.count() == 1
    assert Submission.objects.filter(state=SubmissionState.INVALID).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_slot_at_the_same_moment_one_wins(rep):
    make_hours(rep)
    kind = make_type(rep)
    at = first_slot(kind)
    people = [wish(kind.form_en, at, email=f"guest{n}@example.org") for n in range(8)]

    answers = in_parallel(8, lambda: book(kind, at, data=people.pop()).status_code)

    assert Counter(answers) == {200: 1, 409: 7}
    assert Meeting.objects.count() == Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_in_a_team_of_two_get_one_host_each(team, rep):
    other = make_user(team=team)
    for user in (rep, other):
        make_hours(user)
    kind = make_type(hosting="team", team=team)
    at = first_slot(kind)
    people = [wish(kind.form_en, at, email=f"guest{n}@example.org") for n in range(3)]

    answers = in_parallel(3, lambda: book(kind, at, data=people.pop()).status_code)

    assert Counter(answers) == {200: 2, 409: 1}
    assert {meeting.host for meeting in Meeting.objects.all()} == {rep, other}


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_the_same_moment_is_one_meeting(rep):
    make_hours(rep)
    kind = make_type(rep)
    data = wish(kind.form_en, first_slot(kind))

    answers = in_parallel(4, lambda: book(kind, None, data=dict(data)).status_code)

    assert answers == [200] * 4
    assert Meeting.objects.count() == Lead.objects.count() == 1


def test_the_database_itself_lets_no_two_meetings_of_one_host_overlap(kind, rep):
    meeting = booked(kind)
    twin = {
        "kind": kind,
        "lead": meeting.lead,
        "host": rep,
        "state": MeetingState.BOOKED,
        "starts_at": meeting.starts_at + timedelta(minutes=10),
        "ends_at": meeting.ends_at + timedelta(minutes=10),
        "blocked_from": meeting.starts_at + timedelta(minutes=10),
        "blocked_until": meeting.ends_at + timedelta(minutes=10),
        "created_at": timezone.now(),
        "updated_at": timezone.now(),
    }

    refused = pytest.raises(IntegrityError, match="meeting_once_at_a_time")
    with writing("test"), refused, transaction.atomic():
        Meeting.objects.create(**twin)
    with writing("test"):
        Meeting.objects.create(**{**twin, "state": MeetingState.CANCELLED})
        Meeting.objects.create(**{**twin, "host": make_user()})
    assert Meeting.objects.count() == 3


@pytest.mark.parametrize("at", ["", "yesterday", "2027-01-04T09:00:00"])
def test_without_a_readable_time_nothing_is_booked(kind, at):
    response = book(kind, first_slot(kind), slot=at)

    assert response.status_code == 422
    assert Meeting.objects.count() == Lead.objects.count() == 0
    assert Submission.objects.get().state == SubmissionState.INVALID


def test_times_that_are_no_slots_are_not_booked(kind):
    at = first_slot(kind)

    for odd in (at + timedelta(minutes=7), at - timedelta(days=30), at + timedelta(days=300)):
        assert book(kind, odd).status_code == 409
    assert not Meeting.objects.exists()


def test_the_owner_of_a_known_lead_holds_the_meeting_when_free(team, rep):
    other = make_user(team=team)
    for user in (rep, other):
        make_hours(user)
    kind = make_type(hosting="owner", team=team)
    make_lead(email="eva@example.org", owner=other)

    first = booked(kind)
    second = booked(kind, first.starts_at, email="new@example.org")

    assert (first.host, second.host) == (other, rep)
    assert book(kind, first.starts_at, email="third@example.org").status_code == 409


def test_a_type_that_is_paused_cannot_be_booked(kind):
    at = first_slot(kind)
    with writing("scene"):
        kind.is_active = False
        kind.save()

    assert visitor().get(f"/m/{kind.public_id}/").status_code == 410
    assert book(kind, at).status_code == 409
    assert visitor().get(f"/m/{uuid4()}/").status_code == 404
    assert visitor().get(f"/m/{kind.public_id}/fr/").status_code == 404


def test_the_same_slot_key_under_another_body_is_told_what_was_booked(kind):
    key = str(uuid4())
    first = wish(kind.form_en, first_slot(kind), submission_id=key)
    book(kind, None, data=first)

    again = book(kind, None, data={**first, "message": "something else"})

    assert again.status_code == 200
    assert Meeting.objects.count() == 1


def test_reading_the_page_changes_nothing(kind, django_assert_max_num_queries):
    before = [model.objects.count() for model in (Meeting, Submission, Activity)]

    with django_assert_max_num_queries(12):
        page = visitor().get(f"/m/{kind.public_id}/en/?zone=Europe/Berlin")
    at = first_slot(kind).isoformat()
    form = visitor().get(f"/m/{kind.public_id}/en/", {"zone": "Europe/Berlin", "slot": at})
    head = visitor().head(f"/m/{kind.public_id}/")

    assert (page.status_code, form.status_code, head.status_code) == (200, 200, 200)
    assert [model.objects.count() for model in (Meeting, Submission, Activity)] == before
    assert VISITOR.rights == frozenset()
