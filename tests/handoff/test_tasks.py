from datetime import timedelta

import pytest

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from handoff.actions.tasks import (
    NewTask,
    change_tasks,
    complete_tasks,
    create_tasks,
    reopen_tasks,
)
from handoff.models import Task
from leads.models import Activity
from tests.factories import EVERYTHING, NOW, make_lead
from tests.handoff.factories import make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(rep):
    return make_lead(owner=rep, team=rep.team)


def test_a_task_is_made_and_told(rep, lead):
    new = NewTask(lead.pk, NOW, "mail", " Katalog \n schicken", assignee_id=rep.pk)

    (task,) = create_tasks([new], by=user_actor(rep), as_of=NOW)

    task.refresh_from_db()
    assert (task.title, task.assignee, task.created_by) == ("Katalog schicken", rep, rep)
    assert Activity.objects.get(kind="task.created").data["task"] == str(task.public_id)


def test_what_follows_from_one_thing_is_made_once(lead, rep):
    new = NewTask(lead.pk, NOW, origin="hot", origin_key="activity:7")

    create_tasks([new], by=EVERYTHING, as_of=NOW)
    again = create_tasks([new], by=EVERYTHING, as_of=NOW)

    assert (again, Task.objects.count()) == ([], 1)


def test_a_task_for_a_foreign_lead_is_left_out(stranger, lead):
    assert create_tasks([NewTask(lead.pk, NOW)], by=user_actor(stranger), as_of=NOW) == []
    assert Task.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "title", "field"), [("", "x", "kind"), ("dance", "x", "kind"), ("other", " ", "title")]
)
def test_a_task_must_say_what_is_to_be_done(rep, lead, kind, title, field):
    with pytest.raises(DomainError) as refusal:
        create_tasks([NewTask(lead.pk, NOW, kind, title)], by=user_actor(rep), as_of=NOW)

    assert refusal.value.field == field
    assert Task.objects.count() == 0


def test_a_rep_gives_tasks_to_people_of_the_own_team_who_can_do_them(rep, lead, stranger, viewer):
    for person in (stranger, viewer):
        new = NewTask(lead.pk, NOW, assignee_id=person.pk)
        with pytest.raises(DomainError) as refusal:
            create_tasks([new], by=user_actor(rep), as_of=NOW)
        assert refusal.value.code == "assignee_cannot_work"

    assert Task.objects.count() == 0


def test_done_twice_is_recorded_once_and_can_be_taken_back(rep, lead):
    task = make_task(lead, rep)

    first = complete_tasks([task.pk], by=user_actor(rep), as_of=NOW)
    second = complete_tasks([task.pk], by=user_actor(rep), as_of=NOW)
    reopen_tasks([task.pk], by=user_actor(rep), as_of=NOW)

    task.refresh_from_db()
    assert (first, second, task.done_at) == ([task], [], None)
    assert Activity.objects.filter(kind="task.done").count() == 1


@pytest.mark.case("Z08")
def test_the_task_of_somebody_else_is_refused_and_unchanged(rep, lead, marketer):
    task = make_task(lead, rep)

    with pytest.raises(NotAllowedError) as refusal:
        complete_tasks([task.pk], by=user_actor(marketer), as_of=NOW)

    task.refresh_from_db()
    assert (refusal.value.code, task.done_at) == ("not_assignee", None)


def test_the_manager_moves_a_task_to_a_colleague(manager, rep, lead, team):
    task = make_task(lead, manager)

    values = {"assignee_id": rep.pk, "due_at": NOW + timedelta(days=1)}
    change_tasks([task.pk], values=values, by=user_actor(manager), as_of=NOW)
    again = change_tasks([task.pk], values=values, by=user_actor(manager), as_of=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.due_at, again) == (rep, NOW + timedelta(days=1), [])


def test_a_task_on_a_lead_that_one_cannot_see_is_left_out(stranger, rep, lead):
    task = make_task(lead, rep)

    assert complete_tasks([task.pk], by=user_actor(stranger), as_of=NOW) == []


def test_the_number_of_queries_does_not_grow(rep, lead, queries):
    def create(size):
        new = [NewTask(lead.pk, NOW, assignee_id=rep.pk) for _ in range(size)]
        create_tasks(new, by=user_actor(rep), as_of=NOW)

    assert queries(lambda: create(1)) == queries(lambda: create(9))
    assert Task.objects.count() == 10
