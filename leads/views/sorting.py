from typing import Any

import django_filters as filters
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from leads.actions.sorting import sort_out, stages_before, take_back
from leads.listing import find_leads, lead_listing, search_leads
from leads.models import Lead, StageChange
from leads.stages import SORTED_OUT_BY_HAND, OtherReason, Stage
from leads.views.detail import find_lead
from leads.views.lists import back_to_list


class SortedOutFilters(filters.FilterSet):
    why = filters.MultipleChoiceFilter(
        label=gettext_lazy("Reason"),
        field_name="other_reason",
        choices=[(reason.value, reason.label) for reason in SORTED_OUT_BY_HAND],
        distinct=False,
    )

    class Meta:
        model = Lead
        fields: list[str] = []


SORTED_OUT_LIST: Listing[Lead] = Listing(
    key="sorted-out",
    columns=[
        Column("name", gettext_lazy("Lead"), ("last_name", "first_name"), is_main=True),
        Column("why", gettext_lazy("Reason")),
        Column("from", gettext_lazy("Came from"), on_phone=False),
        Column("who", gettext_lazy("By")),
        Column("when", gettext_lazy("When"), "stage_at"),
    ],
    ordering="-when",
    row="leads/sorted_out.html#row",
    row_name="lead",
    search=search_leads,
    count_search=find_leads,
    search_label=gettext_lazy("Name, e-mail, phone or company"),
    filters=SortedOutFilters,
    has_bulk=True,
    empty=Empty(
        gettext_lazy("Nobody is sorted out"),
        gettext_lazy(
            "Who turns out to be no lead is put aside here, gets no mails, and can be taken back."
        ),
        gettext_lazy("Show the leads"),
        reverse_lazy("lead_list"),
        icon="user-off",
    ),
)


def _told(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Return leads with who sorted them out and what was noted."""
    changes = StageChange.objects.filter(lead=OuterRef("pk"), to_stage=Stage.OTHER)
    last = changes.order_by("-at", "-pk")
    return leads.select_related("company").annotate(
        sorted_by=Subquery(last.values("actor_label")[:1]),
        sorted_note=Subquery(last.values("reason")[:1]),
    )


@login_required
@require_GET
def sorted_out_list(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.LEADS_READ)
    leads = _told(Lead.objects.visible_to(actor).sorted_out())
    page = SORTED_OUT_LIST.page(request, leads.prefetch_related("identifiers"))
    before = stages_before([lead.pk for lead in page.rows])
    for lead in page.rows:
        lead.came_from = before.get(lead.pk, (Stage.LEAD, ""))[0]  # type: ignore[attr-defined]
    return render_listing(request, "leads/sorted_out.html", page)


@login_required
@require_POST
def lead_sort_out(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    why = request.POST.get("why", "")
    sort_out([lead.pk], why=why, by=actor, as_of=timezone.now())
    undo = reverse("lead_take_back", args=[lead.public_id])
    told = {"lead": lead, "why": OtherReason(why).label}
    toast(request, _("%(lead)s is sorted out: %(why)s.") % told, undo_url=undo)
    return redirect("lead_detail", lead.public_id)


@login_required
@require_POST
def lead_take_back(request: HttpRequest, public_id: Any) -> HttpResponse:
    lead, actor = find_lead(request, public_id)
    take_back([lead.pk], by=actor, as_of=timezone.now())
    toast(request, _("%(lead)s is back.") % {"lead": lead})
    return redirect("lead_detail", lead.public_id)


@login_required
@require_POST
def leads_sort_out(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    leads = lead_listing(actor).narrow(request, Lead.objects.visible_to(actor)).rows
    keys = list(leads.values_list("pk", flat=True))
    count = sort_out(keys, why=request.POST.get("why", ""), by=actor, as_of=timezone.now())
    text = ngettext("%(count)d lead is sorted out.", "%(count)d leads are sorted out.", count)
    toast(request, text % {"count": count})
    return back_to_list(request)


@login_required
@require_POST
def leads_take_back(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    leads = Lead.objects.visible_to(actor).sorted_out()
    keys = list(SORTED_OUT_LIST.narrow(request, leads).rows.values_list("pk", flat=True))
    count = take_back(keys, by=actor, as_of=timezone.now())
    text = ngettext("%(count)d lead is back.", "%(count)d leads are back.", count)
    toast(request, text % {"count": count})
    return redirect("sorted_out_list")
