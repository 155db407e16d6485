from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from accounts.rights import ApiScope
from capture.activities import FORM_SUBMITTED
from ground.errors import DomainError
from handoff.actions.distribution import distribute_leads
from handoff.actions.offers import assign_mqls, offer_leads
from handoff.authority import ASSIGNER
from handoff.models import DueHandoff, Handoff, Strategy
from handoff.telling import tell
from leads.actions.information import mark_information
from leads.actions.timeline import NewActivity, record
from leads.models import Activity, Lead
from tests.factories import EVERYTHING, NOW, make_token
from tests.handoff.factories import make_mql, make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S84")]
HOUR = timedelta(hours=1)


def informing_lead(**overrides):
    lead = make_mql(**overrides)
    mark_information([lead.pk], is_only=True, reason="Sagt er", by=EVERYTHING, as_of=NOW)
    return lead


def test_who_only_gathers_information_is_not_handed_over(rep, marketer):
    lead = informing_lead()

    with pytest.raises(DomainError) as refused:
        offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW + HOUR)

    assert (refused.value.code, refused.value.field) == ("only_information", "override")
    assert not Handoff.objects.exists()
    assert Lead.objects.get(pk=lead.pk).stage == lead.stage


def test_a_reason_lets_the_lead_pass_and_is_told_to_sales(rep, marketer):
    lead = informing_lead()

    (handoff,) = offer_leads(
        [lead.pk], to_user=rep, override="Ruft selbst an", by=user_actor(marketer), as_of=NOW + HOUR
    )

    caution = tell(handoff.briefing).caution
    assert (caution.override, caution.reason) == ("Ruft selbst an", "Sagt er")
    assert "that is fine" in tell(handoff.briefing).opening
    logged = Activity.objects.get(kind="handoff.guard_lifted")
    assert (logged.data, logged.actor_id) == ({"reason": "Ruft selbst an"}, marketer.pk)


def test_the_rules_hold_it_back_until_a_signal_to_buy(rep):
    make_rule(target_user=rep, strategy=Strategy.PERSON)
    lead = informing_lead()

    kept = assign_mqls([lead.pk], by=ASSIGNER, as_of=NOW + HOUR)
    DueHandoff.objects.all().delete()
    asked = NewActivity(lead.pk, FORM_SUBMITTED, NOW + 2 * HOUR, {"form_kind": "quote"})
    record([asked], by=EVERYTHING, as_of=NOW + 2 * HOUR)
    due = list(DueHandoff.objects.values_list("lead_id", flat=True))
    (handoff,) = assign_mqls([lead.pk], by=ASSIGNER, as_of=NOW + 3 * HOUR)

    assert kept == []
    assert Activity.objects.get(kind="handoff.held_back").data["is_informing"]
    assert due == [lead.pk]
    assert handoff.briefing["informing"] == {}


def test_a_manager_needs_a_reason_too(rep, manager):
    lead = informing_lead(team=rep.team)
    by = user_actor(manager)

    with pytest.raises(DomainError) as refused:
        distribute_leads([lead.pk], to_user=rep, by=by, as_of=NOW + HOUR)
    (handoff,) = distribute_leads(
        [lead.pk], to_user=rep, override="Kennt uns", by=by, as_of=NOW + HOUR
    )

    assert refused.value.code == "only_information"
    assert handoff.briefing["informing"]["override"] == "Kennt uns"


def test_the_page_asks_for_the_reason_only_where_it_is_needed(as_user, marketer, rep):
    free, kept = make_mql(), informing_lead()
    client = as_user(marketer)

    def address(lead):
        return reverse("hand_over_lead", args=[lead.public_id])

    target = {"target": f"user:{rep.public_id}"}
    without = client.post(address(kept), target)
    passed = client.post(address(kept), {**target, "override": "Will doch kaufen"})

    assert "override" not in client.get(address(free)).context["form"].fields
    assert (without.status_code, passed.status_code) == (422, 302)


def test_the_api_asks_for_the_reason(client, admin, rep):
    lead = informing_lead()
    scopes = (ApiScope.HANDOFFS_WRITE, ApiScope.LEADS_READ, ApiScope.LEADS_WRITE)
    _token, key = make_token(admin, *scopes)
    asked = {"lead": str(lead.public_id), "to_user": rep.email}

    def post(**more):
        return client.post(
            reverse("api_handoff_list"),
            {**asked, **more},
            content_type="application/json",
            headers={"authorization": f"Bearer {key}"},
        )

    refused, done = post(), post(override="Will doch kaufen")

    assert (refused.status_code, refused.json()["code"]) == (422, "only_information")
    assert done.status_code == 201
