"""Forms whose event is closed, cancelled or over: what visitors see, and what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture.events.actions import cancel_event
from capture.models import EventRegistration
from leads.models import Activity
from tests.capture.scene import answers, send, visitor, work
from tests.events.scene import (
    JOIN,
    change,
    in_days,
    last_mail,
    mails_to,
    make_event,
    make_event_form,
)
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
EVA = "eva@example.org"


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"closes_at": -1}, "Registration is closed"),
        ({"state": "cancelled"}, "This was cancelled"),
        ({"starts_at": -2}, "This is over"),
    ],
)
def test_a_closed_event_says_so_and_leads_to_the_next(values, told):
    event = make_event()
    form = make_event_form(event)
    coming = make_event(9, title_en="Storage for firms")
    there = make_event_form(coming)
    if "closes_at" in values:
        change(event, closes_at=timezone.now() - timedelta(hours=1))
    elif "state" in values:
        cancel_event(event.pk, by=EVERYTHING, as_of=timezone.now())
    else:
        change(event, starts_at=in_days(-2), ends_at=in_days(-1.9))

    page = visitor().get(f"/f/{form.public_id}/")
    embedded = visitor().get(f"/f/{form.public_id}/definition.json").json()["html"]

    for text in (page.content.decode(), embedded):
        assert told in text
        assert "Storage for firms" in text
        assert f"/f/{there.public_id}/" in text
        assert "<form" not in text
    assert page.status_code == 410


def test_who_sends_a_form_after_closing_is_kept_as_a_lead_and_told_the_truth():
    event = make_event()
    form = make_event_form(event)
    change(event, closes_at=timezone.now() - timedelta(minutes=1))

    response = send(form, answers(form, first_name="Eva"))
    work()

    assert "You are not registered." in response.json()["message"]
    assert not EventRegistration.objects.exists()
    assert mails_to(EVA) == ["refused"]
    assert JOIN not in last_mail(EVA).text
    assert Activity.objects.filter(kind="form.submitted").exists()
