from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from conditions.compile import make_context
from conditions.forms import ConditionField
from conditions.preview import preview_count
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.actions.position import PositionChange, change_positions
from leads.conditions import LEADS
from leads.models import Lead, PositionRule
from leads.position import USUAL, Position, position_halves, positions
from leads.stages import JourneyPhase


class PositionForm(forms.Form):
    """Name and condition of each position; an empty condition is the usual one."""

    def __init__(self, data: Any = None, *, actor: Actor) -> None:
        super().__init__(data)
        known = {row.position: row for row in PositionRule.objects.all()}
        for position in positions():
            row = known.get(position.phase) or PositionRule(position=position.phase)
            names = {"de": gettext_lazy("Name in German"), "en": gettext_lazy("Name in English")}
            for language, label in names.items():
                self.fields[f"{position.phase}.{language}"] = forms.CharField(
                    label=label,
                    required=False,
                    max_length=40,
                    initial=getattr(row, f"label_{language}"),
                    widget=forms.TextInput(attrs={"data-width": "half"}),
                )
            if position.phase != JourneyPhase.AWARENESS:
                where = ConditionField(
                    subject=LEADS, required=False, label=gettext_lazy("Holds for leads that")
                )
                where.rights, where.initial = actor.rights, position.where
                self.fields[f"{position.phase}.where"] = where

    @property
    def changes(self) -> dict[str, PositionChange]:
        """What was entered; a condition that is the usual one is not stored."""
        given = self.cleaned_data
        found = {}
        for phase in JourneyPhase:
            where = given.get(f"{phase.value}.where")
            where = None if where == USUAL.get(phase) else where
            names = given[f"{phase.value}.de"], given[f"{phase.value}.en"]
            found[phase.value] = PositionChange(where, *names)
        return found


@login_required
@require_http_methods(["GET", "POST"])
def position_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    form = PositionForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            change_positions(form.changes, by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error, field=f"{error.field}.where")
        else:
            toast(request, _("Saved."))
            return redirect("position_settings")
    rows = [_row(position, form, actor) for position in positions()]
    status = 422 if form.errors else 200
    return render(
        request, "leads/position_settings.html", {"form": form, "rows": rows}, status=status
    )


def _row(position: Position, form: PositionForm, actor: Actor) -> dict[str, Any]:
    context = make_context(as_of=timezone.now())
    there = position_halves([position.phase.value], context).when
    names = [name for name in form.fields if name.startswith(f"{position.phase.value}.")]
    return {
        "position": position,
        "count": preview_count(Lead.objects.visible_to(actor).filter(there)),
        "fields": [form[name] for name in names],
    }
