from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from ground.listing import View, render_listing
from ground.toasts import toast
from handoff.actions.tasks import change_tasks, complete_tasks, create_tasks, reopen_tasks
from handoff.forms.tasks import TaskForm
from handoff.listing import TASK_LIST
from handoff.models import Task
from handoff.queue import task_view
from handoff.views.common import back, run_form
from leads.views.detail import find_lead


def find_task(request: HttpRequest, public_id: Any) -> tuple[Task, Actor]:
    """Return a task that the reader may see; anything else is not there."""
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    tasks = Task.objects.visible_to(actor).select_related("lead", "assignee")
    return get_object_or_404(tasks, public_id=public_id), actor


@login_required
@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    show = request.GET.get("show", "open")
    tasks = _tasks(actor).select_related("lead__company", "assignee")
    page = TASK_LIST.page(
        request, task_view(tasks, show, as_of=timezone.now()), views=_views(actor, show)
    )
    return render_listing(request, "handoff/tasks.html", page, {"show": show})


def _tasks(actor: Actor) -> QuerySet[Task]:
    """Return the actor's own tasks; for a manager those of the team."""
    tasks = Task.objects.visible_to(actor)
    return tasks if actor.may(Right.HANDOFF_DISTRIBUTE) else tasks.filter(assignee=actor.user_id)


def _views(actor: Actor, show: str) -> list[View]:
    names = {"open": _("Open"), "today": _("Due today"), "done": _("Done")}
    address = reverse("task_list")
    return [View(label, f"{address}?show={key}", key == show) for key, label in names.items()]


@login_required
@require_http_methods(["GET", "POST"])
@once
def task_create(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.HANDOFF_WORK, Right.HANDOFF_GIVE)
    back_url = reverse("lead_detail", args=[lead.public_id])
    form = TaskForm(
        request.POST or None,
        actor=actor,
        initial={"assignee": request.user.public_id},  # type: ignore[union-attr]
    )

    def act(_form: forms.Form) -> HttpResponse:
        create_tasks([form.new_task(lead.pk)], by=actor, as_of=timezone.now())
        toast(request, _("Saved."))
        return redirect(back_url)

    context = {
        "title": _("New task for %(lead)s") % {"lead": lead},
        "cancel_url": back_url,
        "crumbs": [(_("Leads"), reverse("lead_list")), (str(lead), back_url)],
    }
    return run_form(request, form, act, context=context)


@login_required
@require_http_methods(["GET", "POST"])
def task_edit(request: HttpRequest, public_id: Any) -> HttpResponse:
    task, actor = find_task(request, public_id)
    form = TaskForm(request.POST or None, actor=actor, task=task)

    def act(_form: forms.Form) -> HttpResponse:
        change_tasks([task.pk], values=form.values(), by=actor, as_of=timezone.now())
        toast(request, _("Saved."))
        return back(request, "lead_detail", task.lead.public_id)

    lead_url = reverse("lead_detail", args=[task.lead.public_id])
    context = {
        "title": str(task),
        "cancel_url": lead_url,
        "crumbs": [(_("Tasks"), reverse("task_list")), (str(task.lead), lead_url)],
    }
    return run_form(request, form, act, context=context)


@login_required
@require_POST
def complete_task(request: HttpRequest, public_id: Any) -> HttpResponse:
    task, actor = find_task(request, public_id)
    complete_tasks([task.pk], by=actor, as_of=timezone.now())
    undo = reverse("reopen_task", args=[task.public_id])
    toast(request, _("Done: %(task)s") % {"task": task}, undo_url=undo)
    return back(request, "task_list")


@login_required
@require_POST
def reopen_task(request: HttpRequest, public_id: Any) -> HttpResponse:
    task, actor = find_task(request, public_id)
    reopen_tasks([task.pk], by=actor, as_of=timezone.now())
    toast(request, _("Open again: %(task)s") % {"task": task})
    return back(request, "task_list")
