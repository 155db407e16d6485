from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.forms import DateTimeInput
from handoff.actions.tasks import NewTask
from handoff.forms.people import PersonField, workers
from handoff.models import Task, TaskKind, TaskPriority


class TaskForm(forms.Form):
    """What is to be done, when and by whom."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=TaskKind.choices,
        widget=forms.Select(attrs={"data-width": "half"}),
    )
    due_at = forms.DateTimeField(
        label=_("When"), widget=DateTimeInput(attrs={"data-width": "half"})
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    assignee = PersonField(
        label=_("Who"),
        required=False,
        empty_label=_("Nobody yet"),
        widget=forms.Select(attrs={"data-width": "half"}),
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=TaskPriority.choices,
        coerce=int,
        initial=TaskPriority.NORMAL,
        widget=forms.Select(attrs={"data-width": "half"}),
    )

    def __init__(self, *args: Any, actor: Actor, task: Task | None = None, **kwargs: Any) -> None:
        if task is not None:
            names = ("kind", "due_at", "title", "priority")
            kwargs["initial"] = {name: getattr(task, name) for name in names}
            kwargs["initial"]["assignee"] = task.assignee and task.assignee.public_id
        super().__init__(*args, **kwargs)
        people = workers(actor)
        if task is not None and task.assignee_id is not None:
            people = people | people.model.objects.filter(pk=task.assignee_id)
        self.fields["assignee"].queryset = people.distinct()  # type: ignore[attr-defined]

    def new_task(self, lead_id: int) -> NewTask:
        """Return what was typed in as a task for a lead."""
        return NewTask(lead_id, **self.values())

    def values(self) -> dict[str, Any]:
        """Return what was typed in by the columns of a task."""
        data = self.cleaned_data
        due_at: datetime = data["due_at"]
        assignee = data["assignee"]
        return {
            "kind": data["kind"],
            "due_at": due_at,
            "title": data["title"],
            "priority": data["priority"],
            "assignee_id": assignee.pk if assignee else None,
        }
