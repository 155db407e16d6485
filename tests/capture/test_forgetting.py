from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.actions.submissions import forget_submissions, forget_visits
from capture.actors import CAPTURE
from capture.judging import HONEYPOT
from capture.models import PageView, Submission, Visitor
from leads.models import Lead
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db


def age(rows, days, *columns):
    then = timezone.now() - timedelta(days=days)
    with writing("scene"):
        rows.update(**dict.fromkeys(columns, then))


@pytest.mark.parametrize(("days", "is_kept"), [(89, True), (91, False)])
def test_what_was_taken_in_is_emptied_after_ninety_days(days, is_kept):
    submission = submit(make_form())
    age(Submission.objects.all(), days, "processed_at", "received_at")

    forget_submissions(by=CAPTURE, as_of=timezone.now())

    kept = Submission.objects.get()
    assert (bytes(kept.body) == bytes(submission.body)) is is_kept
    assert (kept.ip == "127.0.0.1", bool(kept.email_key)) == (is_kept, is_kept)
    assert (kept.state, kept.lead) == ("processed", Lead.objects.get())


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_what_was_held_is_deleted_after_thirty_days(days, left):
    submit(make_form(), **{HONEYPOT: "x"})
    age(Submission.objects.all(), days, "received_at")

    forget_submissions(by=CAPTURE, as_of=timezone.now())

    assert Submission.objects.count() == left


def test_forgetting_again_finds_nothing():
    submit(make_form())
    age(Submission.objects.all(), 91, "processed_at", "received_at")

    first = forget_submissions(by=CAPTURE, as_of=timezone.now())
    second = forget_submissions(by=CAPTURE, as_of=timezone.now())

    assert (first, second) == (1, 0)


def test_old_visits_and_visitors_are_deleted():
    now = timezone.now()
    with writing("scene"):
        for number, days in enumerate([1, 500]):
            then = now - timedelta(days=days)
            visitor = Visitor.objects.create(
                token=f"{number:032x}", consented_at=then, first_seen_at=then, last_seen_at=then
            )
            PageView.objects.create(visitor=visitor, path="/", url="/", occurred_at=then)

    count = forget_visits(by=CAPTURE, as_of=now)

    assert count == 2
    assert (Visitor.objects.count(), PageView.objects.count()) == (1, 1)
