from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.exporting import csv_response
from conditions.errors import ConditionError
from ground import days
from leads.conditions import segment_leads
from leads.models import Lead, Segment
from leads.models.lead import LeadQuerySet
from reports.needs.figures import Need, count_needs, parts_of
from reports.period import PeriodForm

HEAD = ("part", "group", "need", "prospects", "new_customers", "existing_customers", "people")


class NeedsForm(PeriodForm):
    """A stretch of time and, for who may read segments, one of them."""

    segment = forms.ModelChoiceField(
        Segment.objects.all(),
        label=_("Segment"),
        to_field_name="public_id",
        required=False,
        empty_label=_("All leads"),
    )

    def __init__(self, chosen: dict[str, Any], *, actor: Actor) -> None:
        super().__init__(chosen, today=days.today())
        self.data = {**self.data, "segment": chosen.get("segment", "")}
        if not actor.may(Right.SEGMENTS_READ):
            del self.fields["segment"]

    @property
    def chosen_segment(self) -> Segment | None:
        """The segment that was asked for; None for all leads."""
        self.is_valid()
        return self.cleaned_data.get("segment")


def _asked(request: HttpRequest) -> tuple[NeedsForm, list[Need], bool]:
    """Return the form, the needs, and whether the condition of the segment could be read."""
    actor = request_actor(request)
    actor.require(Right.REPORTS_READ)
    form = NeedsForm(request.GET.dict(), actor=actor)
    try:
        leads = _leads(form.chosen_segment, actor)
    except ConditionError:
        return form, [], False
    return form, count_needs(leads, form.period, actor=actor), True


def _leads(segment: Segment | None, actor: Actor) -> LeadQuerySet:
    if segment is None:
        return Lead.objects.visible_to(actor)
    return segment_leads(segment, actor=actor, as_of=timezone.now())


@login_required
@require_GET
def report_needs(request: HttpRequest) -> HttpResponse:
    form, needs, is_readable = _asked(request)
    context = {
        "form": form,
        "period": form.period,
        "segment": form.chosen_segment,
        "parts": parts_of(needs),
        "is_readable": is_readable,
    }
    return render(request, "reports/needs.html", context)


@login_required
@require_GET
def report_needs_export(request: HttpRequest) -> HttpResponseBase:
    _form, needs, _is_readable = _asked(request)
    lines = (
        (n.part, n.group, n.name, n.prospects, n.new_customers, n.customers, n.people)
        for n in needs
    )
    return csv_response("needs", HEAD, lines)
