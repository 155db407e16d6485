from datetime import UTC, datetime, timedelta

import pytest

from accounts.actor import user_actor
from handoff.actions.tasks import complete_tasks
from handoff.models import Task
from handoff.ticks import plan_callbacks, plan_hot_calls
from leads.models import Activity
from leads.stages import Stage
from tests.factories import NOW, make_activity, make_lead
from tests.handoff.factories import make_agreement

pytestmark = pytest.mark.django_db


def ask_for_callback(lead, at=NOW):
    make_activity(
        lead, "form.submitted", at, data={"form_kind": "callback", "form_name": "Rückruf"}
    )


@pytest.mark.requirement("S21")
def test_a_callback_is_due_in_business_hours(rep):
    make_agreement()
    lead = make_lead(owner=rep, team=rep.team)
    friday_evening = datetime(2026, 11, 6, 18, 0, tzinfo=UTC)

    ask_for_callback(lead, friday_evening)
    done = plan_callbacks(friday_evening)

    task = Task.objects.get()
    assert (done, task.kind, task.origin, task.assignee) == (1, "call", "callback", rep)
    assert task.due_at == datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
    assert str(task) == "Callback asked for"


@pytest.mark.case("J06")
def test_one_form_makes_one_task_however_often_the_tick_comes(rep):
    lead = make_lead(owner=rep, team=rep.team)
    ask_for_callback(lead)

    for _ in range(5):
        plan_callbacks(NOW)

    assert Task.objects.count() == 1


def test_other_forms_make_no_task(rep):
    lead = make_lead(owner=rep, team=rep.team)
    make_activity(lead, "form.submitted", data={"form_kind": "contact"})

    assert plan_callbacks(NOW) == 0
    assert Task.objects.count() == 0


def test_the_callback_of_a_lead_without_rep_waits_for_whoever_is_first(marketer):
    ask_for_callback(make_lead(owner=marketer))

    plan_callbacks(NOW)

    assert Task.objects.get().assignee is None


@pytest.mark.requirement("S70")
def test_a_hot_lead_is_called_once_while_it_stays_hot(rep):
    make_lead(owner=rep, team=rep.team, temperature="hot")
    make_lead(owner=rep, team=rep.team, temperature="warm")

    first, second = plan_hot_calls(NOW), plan_hot_calls(NOW + timedelta(seconds=30))

    task = Task.objects.get()
    assert (first, second) == (1, 0)
    assert (task.lead.temperature, task.kind, task.assignee) == ("hot", "call", rep)
    assert task.created_at == NOW


def test_a_lead_that_is_still_hot_after_a_month_is_called_again(rep):
    make_lead(owner=rep, team=rep.team, temperature="hot")
    plan_hot_calls(NOW)
    complete_tasks(list(Task.objects.values_list("pk", flat=True)), by=user_actor(rep), as_of=NOW)

    assert plan_hot_calls(NOW + timedelta(days=30)) == 1


def test_a_lead_outside_the_funnel_is_left_in_peace(rep):
    make_lead(temperature="hot", stage=Stage.OTHER, other_reason="no_interest")

    assert plan_hot_calls(NOW) == 0


def test_the_task_stands_on_the_timeline(rep):
    make_lead(owner=rep, team=rep.team, temperature="hot")

    plan_hot_calls(NOW)

    assert Activity.objects.get(kind="task.created").actor_label == "planning"
