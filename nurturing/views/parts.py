"""The dialogs of a sequence: who enters, who leaves, and its settings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actor import request_actor
from accounts.rights import Right
from ground.errors import DomainError
from ground.forms import add_refusal
from nurturing.actions.sequences import draft_of, rename_sequence
from nurturing.drafts import Draft
from nurturing.forms.sequences import ExitsForm, SettingsForm, TriggerForm
from nurturing.models import Sequence
from nurturing.views.sequences import find_sequence
from nurturing.views.steps import apply


def _dialog(
    request: HttpRequest,
    sequence: Sequence,
    title: str,
    form: forms.Form,
    save: Callable[[], object],
) -> HttpResponse:
    request_actor(request).require(Right.SEQUENCES_MANAGE)
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except DomainError as error:
            add_refusal(form, error)
        else:
            return redirect("sequence_editor", sequence.public_id)
    context = {"form": form, "sequence": sequence, "title": title}
    status = 422 if form.errors else 200
    return render(request, "nurturing/part.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def sequence_trigger(request: HttpRequest, public_id: Any) -> HttpResponse:
    sequence = find_sequence(public_id)
    form = TriggerForm(request.POST or None, draft=draft_of(sequence), actor=request_actor(request))
    return _dialog(
        request,
        sequence,
        _("Which leads enter?"),
        form,
        lambda: apply(request, public_id, lambda draft: replace(draft, trigger=form.trigger)),
    )


@login_required
@require_http_methods(["GET", "POST"])
def sequence_exits(request: HttpRequest, public_id: Any) -> HttpResponse:
    sequence = find_sequence(public_id)
    form = ExitsForm(request.POST or None, draft=draft_of(sequence), actor=request_actor(request))

    def edit(draft: Draft) -> Draft:
        stages = tuple(form.cleaned_data["exit_stages"])
        return replace(draft, exit_stages=stages, goal=form.cleaned_data["goal"])

    return _dialog(
        request,
        sequence,
        _("When do leads leave?"),
        form,
        lambda: apply(request, public_id, edit),
    )


@login_required
@require_http_methods(["GET", "POST"])
def sequence_settings(request: HttpRequest, public_id: Any) -> HttpResponse:
    sequence = find_sequence(public_id)
    form = SettingsForm(request.POST or None, draft=draft_of(sequence), sequence=sequence)

    def save() -> None:
        data = form.cleaned_data
        rename_sequence(
            sequence.pk,
            name=data["name"],
            priority=data["priority"],
            by=request_actor(request),
            as_of=timezone.now(),
        )
        apply(
            request,
            public_id,
            lambda draft: replace(
                draft, purpose=data["purpose"], topic=data["topic"], window=form.window
            ),
        )

    return _dialog(request, sequence, _("Settings of the sequence"), form, save)
