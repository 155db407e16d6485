"""What is to be done about leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import LeadScope, Right
from ground.errors import DomainError, NotAllowedError
from handoff.activities import TASK_CHANGED, TASK_CREATED, TASK_DONE
from handoff.authority import may_work
from handoff.models import Task, TaskKind, TaskOrigin, TaskPriority
from leads.actions.timeline import NewActivity, record
from leads.models import Lead
from leads.normalise import clean_text


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be made; ``origin_key`` names what it follows from, so that it is made once."""

    lead_id: int
    due_at: datetime
    kind: str = TaskKind.CALL
    title: str = ""
    assignee_id: int | None = None
    priority: int = TaskPriority.NORMAL
    origin: str = TaskOrigin.PERSON
    origin_key: str | None = None


@action
def create_tasks(wanted: Sequence[NewTask], *, by: Actor, as_of: datetime) -> list[Task]:
    """Make tasks; leads that the actor may not see are left out, as are known ``origin_key`` s.

    Raises ``DomainError`` (``task_kind``, ``task_title``, ``assignee_cannot_work``): a task of the
    kind *something else* needs a title, and whoever is to do it must be able to work on leads.
    """
    by.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    for task in wanted:
        _check(task.kind, task.title)
    _check_assignees({task.assignee_id for task in wanted}, by)
    visible = Lead.objects.visible_to(by).filter(pk__in={task.lead_id for task in wanted})
    seen = set(visible.values_list("pk", flat=True))
    keys = {task.origin_key for task in wanted} - {None}
    known = set(Task.objects.filter(origin_key__in=keys).values_list("origin_key", flat=True))
    tasks = Task.objects.bulk_create(
        Task(
            lead_id=task.lead_id,
            assignee_id=task.assignee_id,
            kind=task.kind,
            title=clean_text(task.title, limit=200),
            due_at=task.due_at,
            priority=task.priority,
            origin=task.origin,
            origin_key=task.origin_key,
            created_by_id=by.user_id,
            created_at=as_of,
        )
        for task in wanted
        if task.lead_id in seen and task.origin_key not in known
    )
    _tell(tasks, TASK_CREATED, by=by, as_of=as_of)
    return tasks


@action
def complete_tasks(task_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Task]:
    """Mark tasks as done; those that are done already are left alone."""
    tasks = [task for task in lock_tasks(task_ids, by=by) if task.done_at is None]
    for task in tasks:
        task.done_at, task.done_by_id = as_of, by.user_id
    Task.objects.bulk_update(tasks, ["done_at", "done_by"])
    _tell(tasks, TASK_DONE, by=by, as_of=as_of)
    return tasks


@action
def reopen_tasks(task_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Task]:
    """Take back that tasks were done."""
    tasks = [task for task in lock_tasks(task_ids, by=by) if task.done_at is not None]
    for task in tasks:
        task.done_at = task.done_by = None
    Task.objects.bulk_update(tasks, ["done_at", "done_by"])
    _tell(tasks, TASK_CHANGED, by=by, as_of=as_of, more={"changed": ["done_at"]})
    return tasks


@action
def change_tasks(
    task_ids: Sequence[int], *, values: dict[str, Any], by: Actor, as_of: datetime
) -> list[Task]:
    """Change what tasks say: ``kind``, ``title``, ``due_at``, ``priority``, ``assignee_id``.

    Tasks that say so already are left alone. Raises what ``create_tasks`` raises.
    """
    unknown = set(values) - {"kind", "title", "due_at", "priority", "assignee_id"}
    if unknown:
        raise ValueError(f"These cannot be changed: {', '.join(sorted(unknown))}.")
    if "title" in values:
        values = {**values, "title": clean_text(values["title"], limit=200)}
    if "assignee_id" in values:
        _check_assignees({values["assignee_id"]}, by)
    changed = []
    for task in lock_tasks(task_ids, by=by):
        _check(values.get("kind", task.kind), values.get("title", task.title))
        if any(getattr(task, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(task, name, value)
            changed.append(task)
    if changed and values:
        columns = [name.removesuffix("_id") for name in values]
        Task.objects.bulk_update(changed, columns)
    _tell(changed, TASK_CHANGED, by=by, as_of=as_of, more={"changed": sorted(values)})
    return changed


def lock_tasks(task_ids: Sequence[int], *, by: Actor) -> list[Task]:
    """Return the tasks that the actor may see, locked in key order.

    People work on their own tasks and on those of nobody; a manager on all that are visible.
    Raises ``NotAllowedError`` with code ``not_assignee`` for the task of somebody else.
    """
    by.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    tasks = list(
        Task.objects.visible_to(by)
        .filter(pk__in=task_ids)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    mine = {None, by.user_id}
    if not by.may(Right.HANDOFF_DISTRIBUTE) and any(t.assignee_id not in mine for t in tasks):
        raise NotAllowedError("not_assignee", _("This task belongs to somebody else."))
    return tasks


def _check(kind: str, title: str) -> None:
    if kind not in TaskKind.values:
        raise DomainError("task_kind", _("Say what is to be done."), field="kind")
    if kind == TaskKind.OTHER and not title.strip():
        raise DomainError("task_title", _("Say what is to be done."), field="title")


def _check_assignees(user_ids: set[int | None], by: Actor) -> None:
    """Refuse people who cannot work on leads, and for a rep everybody outside the own team."""
    for person in User.objects.filter(pk__in=[key for key in user_ids if key is not None]):
        foreign = by.lead_scope != LeadScope.ALL and (
            person.pk != by.user_id and (by.team_id is None or person.team_id != by.team_id)
        )
        if not may_work(person) or foreign:
            raise DomainError(
                "assignee_cannot_work", _("This person cannot do that."), field="assignee"
            )


def _tell(
    tasks: Sequence[Task],
    kind: str,
    *,
    by: Actor,
    as_of: datetime,
    more: dict[str, Any] | None = None,
) -> None:
    record(
        [
            NewActivity(
                task.lead_id,
                kind,
                as_of,
                {
                    "task": str(task.public_id),
                    "kind": task.kind,
                    "title": task.title,
                    "origin": task.origin,
                    "due_at": task.due_at.isoformat(),
                    "assignee": task.assignee_id,
                    **(more or {}),
                },
            )
            for task in tasks
        ],
        by=by,
        as_of=as_of,
    )
