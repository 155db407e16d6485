from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import system_actor, user_actor
from accounts.rights import Right, Role
from ground.errors import DomainError, NotAllowedError
from leads.actions.lifecycle import change_stage, open_episodes
from leads.models import Episode, StageChange
from leads.stages import Channel, OtherReason, Stage
from tests.factories import EVERYTHING, NOW, make_lead, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.mark.requirement("S47")
def test_the_log_says_who_made_an_mql_and_why(marketer):
    lead = make_lead(score=71, fit=40, engagement=31)

    (change,) = change_stage(
        [lead.pk], to=Stage.MQL, by=user_actor(marketer), as_of=LATER, reason="Messegespräch"
    )

    lead.refresh_from_db()
    assert (lead.stage, lead.stage_at) == (Stage.MQL, LATER)
    assert (change.from_stage, change.to_stage, change.at) == (Stage.LEAD, Stage.MQL, LATER)
    assert (change.actor_label, change.reason) == ("Mara Marketing", "Messegespräch")
    assert (change.score, change.fit, change.engagement) == (71, 40, 31)


def test_a_lead_that_is_there_already_is_left_alone(marketer):
    lead = make_lead()
    by = user_actor(marketer)

    change_stage([lead.pk], to=Stage.MQL, by=by, as_of=LATER)
    assert change_stage([lead.pk], to=Stage.MQL, by=by, as_of=LATER) == []

    assert lead.stage_changes.count() == 2
    assert lead.activities.filter(kind="lead.stage_changed").count() == 1


@pytest.mark.requirement("S48")
@pytest.mark.parametrize("stage", [Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER])
def test_marketing_cannot_move_a_lead_into_a_stage_of_sales(marketer, stage):
    lead = make_lead(stage=Stage.MQL)

    with pytest.raises(NotAllowedError):
        change_stage([lead.pk], to=stage, by=user_actor(marketer), as_of=LATER)

    lead.refresh_from_db()
    assert lead.stage == Stage.MQL
    assert lead.stage_changes.count() == 1


@pytest.mark.requirement("S52")
def test_outside_the_funnel_needs_a_sub_reason(marketer):
    lead = make_lead()
    by = user_actor(marketer)

    with pytest.raises(DomainError) as refusal:
        change_stage([lead.pk], to=Stage.OTHER, by=by, as_of=LATER)
    change_stage([lead.pk], to=Stage.OTHER, other_reason=OtherReason.NO_FIT, by=by, as_of=LATER)

    lead.refresh_from_db()
    assert refusal.value.code == "other_reason_missing"
    assert (lead.stage, lead.other_reason) == (Stage.OTHER, OtherReason.NO_FIT)


@pytest.mark.requirement("S10")
def test_new_interest_of_a_customer_opens_an_episode_and_keeps_the_old_history():
    lead = make_lead(stage=Stage.CUSTOMER)
    before = list(StageChange.objects.values())

    (episode,) = open_episodes(
        [lead.pk], channel=Channel.WEBINAR, source_detail="Herbst", by=EVERYTHING, as_of=LATER
    )

    lead.refresh_from_db()
    assert (episode.number, episode.channel, lead.stage) == (2, Channel.WEBINAR, Stage.LEAD)
    first, second = Episode.objects.all()
    assert (first.closed_at, second.closed_at) == (LATER, None)
    assert list(StageChange.objects.filter(episode=first).values()) == before
    assert list(second.stage_changes.values_list("from_stage", "to_stage")) == [
        ("customer", "lead")
    ]


def test_a_lead_in_the_middle_of_the_funnel_gets_no_second_episode():
    lead = make_lead(stage=Stage.MQL)

    assert open_episodes([lead.pk], channel=Channel.PHONE, by=EVERYTHING, as_of=LATER) == []

    assert lead.episodes.count() == 1


@pytest.mark.requirement("S47")
@pytest.mark.parametrize("role", [Role.SALES_REP, Role.SALES_MANAGER, Role.SERVICE, Role.VIEWER])
def test_nobody_but_marketing_sets_mql_by_hand(as_user, team, role):
    person = make_user(role, team=team)
    lead = make_lead(owner=person, team=team)

    with pytest.raises(NotAllowedError):
        change_stage([lead.pk], to=Stage.MQL, by=user_actor(person), as_of=LATER)
    page = as_user(person).post(reverse("lead_stage", args=[lead.public_id]), {"to": "mql"})

    lead.refresh_from_db()
    assert (page.status_code, lead.stage) == (403, Stage.LEAD)
    assert list(lead.stage_changes.values_list("to_stage", flat=True)) == ["lead"]
    assert not lead.activities.filter(kind="lead.stage_changed").exists()


@pytest.mark.requirement("S47")
def test_the_timeline_names_the_rule_version_or_the_person(as_user, marketer):
    by_rule, by_hand = make_lead(), make_lead()
    scoring = system_actor("scoring", Right.STAGE_MARKETING)
    change_stage([by_rule.pk], to=Stage.MQL, by=scoring, as_of=LATER, rule="Standard v2")
    change_stage([by_hand.pk], to=Stage.MQL, by=user_actor(marketer), as_of=LATER, reason="Messe")

    def newest(lead):
        page = as_user(marketer).get(reverse("lead_detail", args=[lead.public_id]))
        entry = page.context["stretch"].entries[0]
        return entry.text, entry.activity.actor_label

    assert newest(by_rule) == ("Lead → MQL · Standard v2", "scoring")
    assert newest(by_hand) == ("Lead → MQL · Messe", "Mara Marketing")
