import pytest

from accounts.actor import user_actor
from accounts.rights import Role
from ground.errors import DomainError, NotAllowedError
from handoff.actions.answers import accept_handoffs, return_handoffs
from handoff.actions.distribution import distribute_leads
from handoff.models import DueSla, Handoff
from leads.models import Lead
from leads.stages import Stage
from tests.factories import NOW, make_user
from tests.handoff.factories import make_mql, make_offer, make_task

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S91")
def test_the_manager_distributes_what_was_returned(manager, rep, team):
    other = make_user(Role.SALES_REP, team=team)
    first = make_offer(rep)
    task = make_task(first.lead, rep)
    return_handoffs([first.pk], by=user_actor(rep), as_of=NOW)

    (second,) = distribute_leads([first.lead_id], to_user=other, by=user_actor(manager), as_of=NOW)

    task.refresh_from_db()
    assert (second.state, second.to_user, second.origin) == ("offered", other, "distributed")
    assert second.assignment_reason["en"] == "Distributed by Max Leitung"
    assert (Lead.objects.get().owner, task.assignee) == (other, other)


def test_an_open_hand_over_is_withdrawn_first(manager, rep, team):
    other = make_user(Role.SALES_REP, team=team)
    first = make_offer(rep)

    distribute_leads([first.lead_id], to_user=other, by=user_actor(manager), as_of=NOW)

    states = Handoff.objects.order_by("pk").values_list("state", "to_user")
    assert list(states) == [("withdrawn", rep.pk), ("offered", other.pk)]
    assert set(DueSla.objects.values_list("handoff", flat=True)) == {
        Handoff.objects.open().get().pk
    }


def test_giving_to_who_has_it_already_changes_nothing(manager, rep):
    first = make_offer(rep)

    assert distribute_leads([first.lead_id], to_user=rep, by=user_actor(manager), as_of=NOW) == []
    first.refresh_from_db()
    assert first.state == "offered"


def test_an_accepted_lead_goes_to_a_colleague_and_stays_sql(manager, rep, team):
    other = make_user(Role.SALES_REP, team=team)
    first = make_offer(rep)
    accept_handoffs([first.pk], by=user_actor(rep), as_of=NOW)

    (second,) = distribute_leads([first.lead_id], to_user=other, by=user_actor(manager), as_of=NOW)
    accept_handoffs([second.pk], by=user_actor(other), as_of=NOW)

    lead = Lead.objects.get()
    assert (lead.owner, lead.stage) == (other, Stage.SQL)


def test_a_manager_distributes_within_the_own_team(manager, rep, stranger):
    handoff = make_offer(rep)

    with pytest.raises(NotAllowedError) as refusal:
        distribute_leads([handoff.lead_id], to_user=stranger, by=user_actor(manager), as_of=NOW)

    assert refusal.value.code == "foreign_team"
    assert Lead.objects.get().owner == rep


@pytest.mark.case("Z08")
def test_a_rep_and_a_marketer_do_not_distribute(rep, marketer, team):
    handoff = make_offer(rep)

    for person in (rep, marketer):
        with pytest.raises(NotAllowedError):
            distribute_leads([handoff.lead_id], to_team=team, by=user_actor(person), as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.state, handoff.lead.owner) == ("offered", rep)


def test_leads_of_other_teams_are_left_out(manager, rep, stranger):
    mine, foreign = make_mql(), make_offer(stranger)

    done = distribute_leads(
        [mine.pk, foreign.lead_id], to_user=rep, by=user_actor(manager), as_of=NOW
    )

    assert [handoff.lead for handoff in done] == [mine]


@pytest.mark.parametrize("targets", [[], ["rep", "team"]])
def test_exactly_one_target_is_needed(manager, rep, team, targets):
    options = {"to_user": rep if "rep" in targets else None}
    options["to_team"] = team if "team" in targets else None

    with pytest.raises(DomainError) as refusal:
        distribute_leads([make_mql().pk], by=user_actor(manager), as_of=NOW, **options)

    assert refusal.value.code == "target_missing"


def test_a_lead_that_is_not_with_sales_is_refused(manager, rep):
    lead = make_mql(stage=Stage.LEAD)

    with pytest.raises(DomainError) as refusal:
        distribute_leads([lead.pk], to_user=rep, by=user_actor(manager), as_of=NOW)

    assert refusal.value.code == "not_for_sales"
    assert Lead.objects.get().owner is None


def test_the_number_of_queries_does_not_grow(manager, rep, team, queries):
    other = make_user(Role.SALES_REP, team=team)
    one, many = [make_offer(rep).lead_id], [make_offer(rep).lead_id for _ in range(12)]

    def distribute(ids):
        distribute_leads(ids, to_user=other, by=user_actor(manager), as_of=NOW)

    assert queries(lambda: distribute(one)) == queries(lambda: distribute(many))
    assert Lead.objects.filter(owner=other).count() == 13
