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
from conditions.forms import ConditionField
from conditions.preview import preview_count
from ground.errors import DomainError
from ground.forms import add_refusal
from ground.toasts import toast
from leads.actions.information import MAX_DAYS, change_information, mark_information
from leads.buying_signals import SIGNALS
from leads.conditions import LEADS
from leads.customfields import all_fields
from leads.information import (
    chosen_signals,
    find_informing,
    informing_q,
    rule_sentence,
    stored_information,
)
from leads.models import FieldType, Lead
from leads.views.detail import find_lead


class MarkForm(forms.Form):
    """Why a lead counts as only gathering information, or does not."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class InformationForm(forms.Form):
    """How it is known that leads only gather information, and what ends it."""

    field = forms.ChoiceField(
        label=gettext_lazy("Field by which leads say so themselves"),
        required=False,
        help_text=gettext_lazy(
            "A field with yes or no. Put it into a form: whoever ticks it is not pushed to buy."
        ),
    )
    where = ConditionField(
        subject=LEADS,
        required=False,
        label=gettext_lazy("It is also inferred of leads that"),
        help_text=gettext_lazy("Leave it empty to infer nothing."),
    )
    signals = forms.MultipleChoiceField(
        label=gettext_lazy("Signals to buy that end it"), widget=forms.CheckboxSelectMultiple
    )
    signal_days = forms.IntegerField(
        label=gettext_lazy("For so many days after a signal nothing is inferred"),
        min_value=1,
        max_value=MAX_DAYS,
        widget=forms.NumberInput(attrs={"data-width": "half"}),
    )

    def __init__(self, data: Any = None, *, actor: Actor) -> None:
        row = stored_information()
        initial = {
            "field": row.field,
            "where": row.where,
            "signals": chosen_signals(),
            "signal_days": row.signal_days,
        }
        super().__init__(data, initial=initial)
        where, field, signals = (self.fields[name] for name in ("where", "field", "signals"))
        assert isinstance(where, ConditionField)
        assert isinstance(field, forms.ChoiceField)
        assert isinstance(signals, forms.ChoiceField)
        where.rights = actor.rights
        known = [item for item in all_fields() if item.field_type == FieldType.BOOLEAN]
        field.choices = [("", "–"), *((item.key, item.label) for item in known)]
        signals.choices = [(signal.name, signal.label) for signal in SIGNALS.values()]


@login_required
@require_http_methods(["GET", "POST"])
def information_settings(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    form = InformationForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            change_information(**form.cleaned_data, by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("information_settings")
    leads = Lead.objects.visible_to(actor).filter(informing_q(timezone.now()))
    context = {"form": form, "count": preview_count(leads), "sentence": rule_sentence()}
    status = 422 if form.errors else 200
    return render(request, "leads/information_settings.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def lead_information(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_EDIT)
    now = timezone.now()
    # What the reader saw decides, so that pressing twice does not turn it round.
    is_informing = bool(find_informing([lead.pk], as_of=now))
    asked = request.POST.get("is_only", "" if is_informing else "yes")
    form = MarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        mark_information([lead.pk], is_only=asked == "yes", reason=reason, by=actor, as_of=now)
        toast(request, _("Done."))
        return redirect("lead_detail", lead.public_id)
    title = _("Only gathering information") if asked else _("No longer only gathering information")
    context = {"form": form, "lead": lead, "title": title, "is_only": asked}
    status = 422 if form.errors else 200
    return render(request, "leads/information.html", context, status=status)
