"""Forms that are tried out every day, and those that fall silent."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from accounts.action import writing
from capture.actors import CAPTURE
from capture.health.actions import SHORTEST, note_silence, try_forms
from capture.models import Form, FormHealth, Submission
from capture.readymade import KEYS
from capture.ticks import look_after_forms
from tests.capture.scene import make_form
from tests.capture.test_questions import asking, question
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def everything():
    """Return how many rows each table has, but for what the trial itself notes."""
    return {
        model._meta.label: model.objects.count()
        for model in apps.get_models()
        if model is not FormHealth and issubclass(model, Model)
    }


def tried(form):
    try_forms([form.pk], by=CAPTURE, as_of=NOW)
    return FormHealth.objects.get(form=form)


@pytest.mark.requirement("S29")
@pytest.mark.parametrize("key", KEYS)
def test_a_form_that_works_is_tried_to_the_lead_and_leaves_no_trace(key):
    form = make_form(key)
    before = everything()

    health = tried(form)

    assert (health.problem, health.tried_at, health.is_well) == ("", NOW, True)
    assert everything() == before


def test_a_form_with_every_kind_of_question_is_filled_in():
    choices = [{"value": "a", "label": "A"}]
    kinds = [
        *("text", "textarea", "number", "select", "radio", "multi", "checkbox", "date", "time"),
        *("rating", "scale", "hidden", "note", "page"),
    ]
    asked = [
        question(kind, number, required=True, choices=choices)
        for number, kind in enumerate(kinds, start=1)
    ]

    assert tried(asking(*asked)).problem == ""


@pytest.mark.requirement("S29")
def test_a_form_that_cannot_be_sent_is_noticed_and_told(as_user, marketer, monkeypatch):
    form = make_form()
    before = everything()
    monkeypatch.setattr("capture.guard.proof.check", lambda *args, **kwargs: 1 / 0)

    health = tried(form)

    assert health.problem == "ZeroDivisionError: division by zero"
    assert everything() == before
    for address in (reverse("home"), reverse("form_results", args=[form.public_id])):
        assert "does not work" in as_user(marketer).get(address).content.decode()


@pytest.mark.requirement("S29")
def test_a_form_whose_leads_are_held_as_spam_does_not_work(monkeypatch):
    monkeypatch.setattr("capture.guard.verdict.Verdict.is_spam", True)

    assert tried(make_form()).problem.startswith("quarantined:")


@pytest.mark.requirement("S29")
def test_each_form_is_tried_once_a_day_and_drafts_never():
    form = make_form()

    look_after_forms(NOW)
    look_after_forms(NOW + 23 * HOUR)
    assert FormHealth.objects.get().tried_at == NOW
    look_after_forms(NOW + 24 * HOUR)
    assert FormHealth.objects.get().tried_at == NOW + 24 * HOUR
    with writing("scene"):
        Form.objects.filter(pk=form.pk).update(state="archived")
    look_after_forms(NOW + 72 * HOUR)
    assert FormHealth.objects.get().tried_at == NOW + 24 * HOUR


def sent(form, *hours):
    with writing("scene"):
        Submission.objects.bulk_create(
            Submission(
                form=form,
                form_public_id=form.public_id,
                body=b"",
                body_hash="",
                state="processed",
                received_at=NOW - hour * HOUR,
            )
            for hour in hours
        )


@pytest.mark.requirement("S29")
@pytest.mark.parametrize(
    ("hours", "is_silent"),
    [
        (range(100, 112), True),
        (range(20, 32), False),
        (range(100, 109), False),
        ([100, *range(180, 192)], False),
        ([130, *range(180, 192)], True),
        ([], False),
    ],
    ids=["long", "less than a day", "too few to tell", "as long before", "longer", "never used"],
)
def test_silence_is_unusual_when_it_is_longer_than_ever_before(hours, is_silent):
    form = make_form()
    sent(form, *hours)

    assert note_silence(by=CAPTURE, as_of=NOW) == int(is_silent)

    last = NOW - min(hours, default=0) * HOUR
    assert FormHealth.objects.get().silent_since == (last if is_silent else None)


@pytest.mark.requirement("S29")
def test_the_alarm_ends_when_somebody_sends_the_form(as_user, marketer):
    form = make_form()
    sent(form, *range(100, 112))
    note_silence(by=CAPTURE, as_of=NOW)
    assert "nobody has sent it for" in as_user(marketer).get(reverse("home")).content.decode()

    sent(form, 1)

    assert SHORTEST > HOUR
    assert note_silence(by=CAPTURE, as_of=NOW) == 0
    assert "nobody has sent it" not in as_user(marketer).get(reverse("home")).content.decode()
