from datetime import date, timedelta

import pytest

from accounts.actor import user_actor
from ground.errors import ConflictError, DomainError, NotAllowedError
from handoff.actions.answers import accept_handoffs, reject_handoffs, return_handoffs
from handoff.actions.revisits import reopen_leads
from handoff.authority import ASSIGNER
from handoff.models import DueRevisit, DueSla, Handoff, Task
from handoff.ticks import revisit
from leads.models import Activity, Episode, Lead, StageChange
from leads.stages import Stage
from tests.factories import NOW
from tests.handoff.factories import make_offer, make_task

pytestmark = pytest.mark.django_db
LATER = date(2027, 2, 1)


def reject(handoff, person, reason="too_early", **options):
    return reject_handoffs([handoff.pk], reason=reason, by=user_actor(person), as_of=NOW, **options)


@pytest.mark.parametrize(
    ("reason", "stage", "other_reason"),
    [
        ("too_early", "lead", ""),
        ("wrong_person", "lead", ""),
        ("no_fit", "other", "no_fit"),
        ("wrong_data", "other", "invalid"),
        ("duplicate", "other", "invalid"),
        ("competitor", "other", "competitor"),
    ],
)
def test_a_rejected_lead_goes_where_its_reason_says(rep, reason, stage, other_reason):
    handoff = make_offer(rep)

    reject(handoff, rep, reason, text="Passt nicht")

    handoff.refresh_from_db()
    lead = handoff.lead
    assert (lead.stage, lead.other_reason, lead.owner) == (stage, other_reason, None)
    assert (handoff.state, handoff.reject_reason, handoff.answer_text) == (
        "rejected",
        reason,
        "Passt nicht",
    )
    assert StageChange.objects.filter(lead=lead).last().actor_label == "Rita Vertrieb"
    assert DueSla.objects.count() == 0


def test_the_rejection_is_told_with_its_reason(rep):
    handoff = make_offer(rep)

    reject(handoff, rep, "too_early", text="Erst 2027")

    data = Activity.objects.get(kind="handoff.rejected").data
    assert (data["reject_reason"], data["text"]) == ("too_early", "Erst 2027")


@pytest.mark.parametrize("reason", ["", "because"])
def test_without_a_reason_nothing_is_rejected(rep, reason):
    handoff = make_offer(rep)

    with pytest.raises(DomainError) as refusal:
        reject(handoff, rep, reason)

    assert (refusal.value.code, refusal.value.field) == ("reject_reason_missing", "reason")
    handoff.refresh_from_db()
    assert (handoff.state, handoff.lead.owner) == ("offered", rep)


@pytest.mark.requirement("S96")
@pytest.mark.parametrize("options", [{}, {"revisit_on": LATER, "is_final": True}])
def test_no_interest_needs_a_day_to_ask_again_or_an_end(rep, options):
    handoff = make_offer(rep)

    with pytest.raises(DomainError) as refusal:
        reject(handoff, rep, "no_interest", **options)

    assert refusal.value.code == "revisit_missing"
    handoff.refresh_from_db()
    assert handoff.state == "offered"


@pytest.mark.requirement("S96")
def test_no_interest_with_an_end_is_the_end(rep):
    handoff = make_offer(rep)

    reject(handoff, rep, "no_interest", is_final=True)

    handoff.refresh_from_db()
    assert (handoff.lead.stage, handoff.lead.other_reason) == ("other", "no_interest")
    assert (DueRevisit.objects.count(), Task.objects.count()) == (0, 0)


@pytest.mark.requirement("S96")
def test_on_the_agreed_day_the_lead_is_back_and_the_rep_has_a_task(rep):
    handoff = make_offer(rep)

    reject(handoff, rep, "no_interest", revisit_on=LATER)
    due = DueRevisit.objects.get().due_at
    before = revisit(due - timedelta(seconds=1))
    on_the_day = revisit(due)

    lead = Lead.objects.get()
    assert (before, on_the_day, lead.stage) == (0, 1, Stage.LEAD)
    assert Episode.objects.filter(lead=lead).count() == 2
    task = Task.objects.get()
    assert (task.assignee, task.origin, task.due_at) == (rep, "revisit", due)


def test_a_day_in_the_past_is_refused(rep):
    handoff = make_offer(rep)

    with pytest.raises(DomainError) as refusal:
        reject(handoff, rep, "no_interest", revisit_on=NOW.date())

    assert refusal.value.code == "revisit_past"


def test_a_lead_that_came_back_by_itself_is_not_asked_again(rep):
    handoff = make_offer(rep)
    reject(handoff, rep, "no_interest", revisit_on=LATER)
    reopen_leads([handoff.lead_id], by=ASSIGNER, as_of=NOW)

    assert reopen_leads([handoff.lead_id], by=ASSIGNER, as_of=NOW) == []
    assert Activity.objects.filter(kind="handoff.revisit_due").count() == 1


def test_a_lead_can_be_rejected_after_the_first_contact(rep):
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    make_task(handoff.lead, rep)

    reject(handoff, rep, "no_fit")

    handoff.refresh_from_db()
    assert (handoff.state, handoff.accepted_at, handoff.lead.stage) == ("rejected", NOW, "other")
    assert Task.objects.open().count() == 0


def test_rejecting_twice_is_recorded_once(rep):
    handoff = make_offer(rep)

    reject(handoff, rep)
    again = reject(handoff, rep)

    assert again == []
    assert Activity.objects.filter(kind="handoff.rejected").count() == 1


@pytest.mark.case("Z08")
def test_others_cannot_reject_and_nothing_changes(rep, manager, marketer):
    handoff = make_offer(rep)

    for person in (manager, marketer):
        with pytest.raises(NotAllowedError):
            reject(handoff, person)

    handoff.refresh_from_db()
    assert (handoff.state, handoff.lead.stage, handoff.lead.owner) == ("offered", "mql", rep)


def test_what_was_rejected_cannot_be_accepted(rep):
    handoff = make_offer(rep)
    reject(handoff, rep)

    with pytest.raises(ConflictError) as refusal:
        accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    assert refusal.value.code == "already_answered"


@pytest.mark.requirement("S94")
def test_a_wrong_assignment_is_returned_to_the_team_and_logged(rep, team):
    handoff = make_offer(rep)

    return_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    again = return_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    handoff.refresh_from_db()
    lead = handoff.lead
    assert (handoff.state, lead.owner, lead.team, lead.stage) == ("returned", None, team, "mql")
    assert again == []
    assert Activity.objects.get(kind="handoff.returned").actor_label == "Rita Vertrieb"
    assert DueSla.objects.count() == 0


def test_what_was_to_do_about_a_returned_lead_waits_for_the_next_one(rep):
    handoff = make_offer(rep)
    task = make_task(handoff.lead, rep)

    return_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.done_at) == (None, None)


def test_many_are_rejected_in_one_go(rep):
    rows = [make_offer(rep) for _ in range(3)]

    done = reject_handoffs([row.pk for row in rows], reason="no_fit", by=user_actor(rep), as_of=NOW)

    assert len(done) == 3
    assert Handoff.objects.filter(state="rejected").count() == 3
    assert Lead.objects.filter(other_reason="no_fit").count() == 3
