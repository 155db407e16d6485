"""A lead of a chat is a lead like any other: it is scored, becomes MQL, and rules assign it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture.activities import FORM_SUBMITTED
from capture.ticks import take_in
from handoff.models import Handoff
from handoff.ticks import assign
from leads.models import Lead
from scoring.ticks import drain
from tests.chat.scene import Browser, care, make_bot
from tests.handoff.factories import make_rule
from tests.scoring.scene import activity_rule, make_active

pytestmark = pytest.mark.django_db


def ticks(began):
    """Run for ten seconds what runs every two seconds."""
    for seconds in range(2, 12, 2):
        at = began + timedelta(seconds=seconds)
        take_in(at)
        drain(at)
        assign(at)


@pytest.mark.requirement("S18")
def test_a_lead_of_a_chat_has_an_owner_in_less_than_a_minute(rep, team):
    make_active(activity_rule(50, FORM_SUBMITTED), mql_threshold=35, min_fit=0)
    make_rule(target_team=team)
    browser = Browser(make_bot())

    for field, value in [
        ("q_1", "pumps"),
        ("last_name", "Muster"),
        ("email", "eva@example.org"),
        ("phone", "+49 30 901820"),
        ("message", "Please call me about the big pump."),
    ]:
        browser.answer(field, value)
    ended_at = timezone.now()
    ticks(ended_at)

    lead = Lead.objects.get()
    assert (lead.stage, lead.owner) == ("mql", rep)
    handoff = Handoff.objects.get()
    assert handoff.origin == "rule"
    assert handoff.offered_at - ended_at < timedelta(minutes=1)
    assert browser.chat.lead == lead
    assert care(minutes=6) == 1
