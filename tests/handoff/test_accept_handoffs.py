import threading

import pytest
from django.db import connection

from accounts.actor import user_actor
from accounts.rights import Role
from ground.errors import ConflictError, DomainError, NotAllowedError
from handoff.actions.answers import accept_handoffs
from handoff.actions.closing import win_opportunities
from handoff.actions.distribution import accept_own_leads, claim_handoffs
from handoff.actions.offers import offer_leads
from handoff.models import DueSla, Handoff
from leads.actions.lifecycle import change_stage, open_episodes
from leads.models import Activity, Lead, StageChange
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_lead, make_user
from tests.handoff.factories import make_deal, make_mql, make_offer

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S48")
def test_accepting_makes_an_sql_in_the_name_of_the_rep_and_stops_the_clock(rep):
    handoff = make_offer(rep)

    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.state, handoff.accepted_at, handoff.answered_by) == ("accepted", NOW, rep)
    assert handoff.lead.stage == Stage.SQL
    assert StageChange.objects.filter(to_stage="sql").get().actor_label == "Rita Vertrieb"
    assert DueSla.objects.count() == 0


def test_accepting_twice_is_recorded_once(rep):
    handoff = make_offer(rep)

    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    again = accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    assert again == []
    assert Activity.objects.filter(kind="handoff.accepted").count() == 1


@pytest.mark.requirement("S48")
@pytest.mark.case("Z08")
def test_marketing_cannot_accept_and_nothing_changes(marketer, rep):
    handoff = make_offer(rep)

    with pytest.raises(NotAllowedError):
        accept_handoffs([handoff.pk], by=user_actor(marketer), as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.state, handoff.lead.stage) == ("offered", Stage.MQL)
    assert not StageChange.objects.filter(to_stage="sql").exists()


@pytest.mark.case("Z08")
def test_the_manager_does_not_accept_what_a_rep_was_given(manager, rep):
    handoff = make_offer(rep)

    with pytest.raises(NotAllowedError) as refusal:
        accept_handoffs([handoff.pk], by=user_actor(manager), as_of=NOW)

    assert refusal.value.code == "not_addressee"
    handoff.refresh_from_db()
    assert handoff.state == "offered"


def test_a_lead_that_one_may_not_see_is_left_out(rep, stranger):
    handoff = make_offer(rep)

    assert accept_handoffs([handoff.pk], by=user_actor(stranger), as_of=NOW) == []
    handoff.refresh_from_db()
    assert handoff.state == "offered"


def test_of_mixed_hand_overs_all_or_none_are_accepted(rep, stranger, admin):
    mine, foreign = make_offer(rep), make_offer(stranger)

    with pytest.raises(NotAllowedError):
        accept_handoffs([mine.pk, foreign.pk], by=user_actor(admin), as_of=NOW)

    assert Handoff.objects.open().count() == 2


@pytest.mark.requirement("S48")
@pytest.mark.parametrize("scope", ["rep", "system"])
def test_no_other_door_makes_an_sql(rep, scope):
    lead = make_mql(owner=rep, team=rep.team)
    by = user_actor(rep) if scope == "rep" else EVERYTHING

    with pytest.raises(DomainError) as refusal:
        change_stage([lead.pk], to=Stage.SQL, by=by, as_of=NOW)

    assert refusal.value.code == "not_accepted"
    assert Lead.objects.get().stage == Stage.MQL


@pytest.mark.requirement("S48")
def test_marketing_is_not_allowed_to_set_the_stage_sql(marketer):
    lead = make_mql()

    with pytest.raises(NotAllowedError) as refusal:
        change_stage([lead.pk], to=Stage.SQL, by=user_actor(marketer), as_of=NOW)

    assert refusal.value.status == 403


def test_a_hand_over_of_an_earlier_episode_opens_no_gate(rep):
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    win_opportunities([make_deal(handoff.lead).pk], by=EVERYTHING, as_of=NOW)
    open_episodes([handoff.lead_id], channel="phone", by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        change_stage([handoff.lead_id], to=Stage.SQL, by=user_actor(rep), as_of=NOW)

    assert refusal.value.code == "not_accepted"


@pytest.mark.requirement("S11")
def test_a_rep_makes_an_sql_of_a_lead_found_by_sales(rep):
    lead = make_lead(is_sales_sourced=True, owner=rep, team=rep.team)

    (handoff,) = accept_own_leads([lead.pk], by=user_actor(rep), as_of=NOW)
    again = accept_own_leads([lead.pk], by=user_actor(rep), as_of=NOW)

    lead.refresh_from_db()
    assert (lead.stage, handoff.origin, handoff.due_at) == (Stage.SQL, "self_sourced", None)
    assert again == []


@pytest.mark.requirement("S09")
def test_a_lead_found_by_sales_never_counts_as_mql(rep):
    lead = make_lead(is_sales_sourced=True, owner=rep, team=rep.team)

    accept_own_leads([lead.pk], by=user_actor(rep), as_of=NOW)

    steps = StageChange.objects.filter(lead=lead).values_list("to_stage", flat=True)
    assert list(steps) == ["lead", "sql"]


def test_taking_on_the_lead_of_somebody_else_is_refused(rep, manager):
    lead = make_lead(owner=rep, team=rep.team)

    with pytest.raises(NotAllowedError) as refusal:
        accept_own_leads([lead.pk], by=user_actor(manager), as_of=NOW)

    assert refusal.value.code == "not_owner"
    assert Lead.objects.get().stage == Stage.LEAD


def test_whoever_accepts_from_the_pool_gets_the_lead(rep, team):
    lead = make_mql()
    (handoff,) = offer_leads([lead.pk], to_team=team, by=EVERYTHING, as_of=NOW)

    claim_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    lead.refresh_from_db()
    handoff.refresh_from_db()
    assert (lead.owner, lead.stage, handoff.to_user) == (rep, Stage.SQL, rep)


def test_the_pool_of_another_team_is_not_seen(stranger, rep, team):
    (handoff,) = offer_leads([make_mql().pk], to_team=team, by=EVERYTHING, as_of=NOW)

    assert claim_handoffs([handoff.pk], by=user_actor(stranger), as_of=NOW) == []
    assert Lead.objects.get().owner is None


@pytest.mark.case("Z07")
@pytest.mark.django_db(transaction=True)
def test_of_two_reps_who_claim_at_once_exactly_one_wins(rep, team):
    rival = make_user(Role.SALES_REP, team=team)
    (handoff,) = offer_leads([make_mql().pk], to_team=team, by=EVERYTHING, as_of=NOW)
    start, outcomes = threading.Barrier(2), []

    def claim(person):
        start.wait()
        try:
            outcomes.append(claim_handoffs([handoff.pk], by=user_actor(person), as_of=NOW))
        except ConflictError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=[person]) for person in (rep, rival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [outcome for outcome in outcomes if outcome == [handoff]]
    handoff.refresh_from_db()
    assert (len(outcomes), len(won)) == (2, 1)
    assert handoff.lead.owner in (rep, rival)
    assert Activity.objects.filter(kind="handoff.accepted").count() == 1
    assert StageChange.objects.filter(to_stage="sql").count() == 1


@pytest.mark.case("Z07")
def test_claiming_what_a_colleague_has_is_a_conflict(rep, team, manager):
    (handoff,) = offer_leads([make_mql().pk], to_team=team, by=EVERYTHING, as_of=NOW)
    claim_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    with pytest.raises(ConflictError) as refusal:
        claim_handoffs([handoff.pk], by=user_actor(manager), as_of=NOW)

    assert refusal.value.code == "already_taken"


def test_the_number_of_queries_does_not_grow(rep, queries):
    one, many = [make_offer(rep).pk], [make_offer(rep).pk for _ in range(12)]

    first = queries(lambda: accept_handoffs(one, by=user_actor(rep), as_of=NOW))
    second = queries(lambda: accept_handoffs(many, by=user_actor(rep), as_of=NOW))

    assert first == second
    assert Lead.objects.filter(stage=Stage.SQL).count() == 13
