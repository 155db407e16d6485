from typing import Any
from uuid import UUID

import django_filters as filters
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.rights import Right
from capture.actions.pages import tag_page
from capture.exporting import csv_response
from capture.models import Campaign, Page
from capture.models.tracking import PageTag
from capture.post_filters import all_campaigns
from ground import days
from ground.asked import asked_uuid
from ground.charts import Chart, Series
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from reports.pages.figures import by_day, campaigns_by_visits, done_on, pages_with_figures, totals
from reports.period import Period, PeriodForm


class PageFilter(filters.FilterSet):
    """Narrows the list of pages; ``campaign`` chooses whose visits count (see the view)."""

    host = filters.CharFilter(lookup_expr="icontains", label=gettext_lazy("Website"))
    campaign = filters.ModelChoiceFilter(
        queryset=all_campaigns,
        to_field_name="public_id",
        label=gettext_lazy("Campaign"),
        method="leave",
    )

    # The period, for the address alone: the figures are counted for it already.
    first = filters.DateFilter(label=gettext_lazy("From"), method="leave")
    last = filters.DateFilter(label=gettext_lazy("Until"), method="leave")

    class Meta:
        model = Page
        fields: list[str] = []

    def leave(self, rows: QuerySet[Page], name: str, value: Campaign) -> QuerySet[Page]:
        """Return ``rows``, whose figures are those of the campaign already."""
        return rows


def _figure(key: str, label: Any, order: str, **more: Any) -> Column:
    return Column(key, label, order, nulls_last=True, is_number=True, **more)


PAGES: Listing[Page] = Listing(
    key="pages",
    columns=[
        Column("page", gettext_lazy("Page"), ("host", "path"), is_main=True),
        _figure("visitors", gettext_lazy("Visitors"), "sum_visitors"),
        _figure("time", gettext_lazy("Time on the page"), "time_on_page"),
        _figure("bounces", gettext_lazy("Bounce rate"), "bounce_rate"),
        _figure("actors", gettext_lazy("Sent a form"), "sum_actors", is_optional=True),
        _figure("conversion", gettext_lazy("Conversion"), "conversion"),
        _figure("leads", gettext_lazy("Leads"), "lead_count"),
        _figure("views", gettext_lazy("Views"), "sum_views", is_optional=True),
        _figure("depth", gettext_lazy("Scroll depth"), "scroll_depth", is_optional=True),
        _figure("clicks", gettext_lazy("Outside clicks"), "sum_clicks", is_optional=True),
        _figure(
            "machines", gettext_lazy("Left out as machines"), "sum_machine_views", is_optional=True
        ),
    ],
    ordering="-visitors",
    row="reports/pages.html#row",
    row_name="seen",
    search=lambda rows, text: rows.filter(Q(path__icontains=text) | Q(title__icontains=text)),
    filters=PageFilter,
    empty=Empty(
        gettext_lazy("No visits in this period"),
        gettext_lazy("Switch tracking on and put the script on your pages."),
        gettext_lazy("To tracking"),
        reverse_lazy("tracking_settings"),
        icon="radar-2",
    ),
)


def _reader(request: HttpRequest) -> Actor:
    actor = request_actor(request)
    actor.require(Right.REPORTS_READ)
    return actor


def _asked(request: HttpRequest) -> tuple[PeriodForm, Campaign | None]:
    key = asked_uuid(request.GET.get("campaign", ""))
    campaign = Campaign.objects.filter(public_id=key).first() if key else None
    return PeriodForm(request.GET.dict(), today=days.today()), campaign


@login_required
@require_GET
def report_pages(request: HttpRequest) -> HttpResponse:
    actor = _reader(request)
    form, campaign = _asked(request)
    period = form.period
    page = PAGES.page(request, pages_with_figures(period, actor=actor, campaign=campaign))
    context = {
        "form": form,
        "period": period,
        "campaign": campaign,
        "totals": totals(period, actor=actor, campaign=campaign),
        "chart": _chart(period, campaign=campaign),
        "campaigns": campaigns_by_visits(period, actor=actor),
    }
    return render_listing(request, "reports/pages.html", page, context)


@login_required
@require_GET
def report_pages_export(request: HttpRequest) -> HttpResponseBase:
    actor = _reader(request)
    form, campaign = _asked(request)
    page = PAGES.page(request, pages_with_figures(form.period, actor=actor, campaign=campaign))
    columns = {
        "host": "host",
        "path": "path",
        "visitors": "sum_visitors",
        "views": "sum_views",
        "seconds_on_page": "time_on_page",
        "bounce_rate": "bounce_rate",
        "sent_a_form": "sum_actors",
        "conversion": "conversion",
        "leads": "lead_count",
        "scroll_depth": "scroll_depth",
        "outside_clicks": "sum_clicks",
        "machine_views": "sum_machine_views",
    }
    rows = page.matching.order_by(*page.terms).values_list(*columns.values())
    return csv_response("pages", list(columns), rows.iterator(chunk_size=500))


@login_required
@require_GET
def report_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = _reader(request)
    found = get_object_or_404(Page, public_id=public_id)
    form, _campaign = _asked(request)
    period = form.period
    context = {
        "page": found,
        "form": form,
        "period": period,
        "totals": totals(period, actor=actor, page=found),
        "chart": _chart(period, page=found),
        "campaigns": campaigns_by_visits(period, actor=actor, page=found),
        "done": done_on(found, period),
        "tags": [(tag.value, tag.label, tag.value in found.tags) for tag in PageTag],
    }
    return render(request, "reports/page.html", context)


@login_required
@require_POST
def page_tags(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = _reader(request)
    found = get_object_or_404(Page, public_id=public_id)
    tag_page(found.pk, request.POST.getlist("tags"), by=actor, as_of=timezone.now())
    toast(request, _("Saved. Scores that rest on it are being worked out."))
    return redirect("report_page", found.public_id)


def _chart(period: Period, **which: Any) -> Chart:
    rows = by_day(period, **which)
    return Chart(
        key="visitors",
        kind="line",
        title=_("Visitors a day"),
        labels=[date_format(day, "SHORT_DATE_FORMAT") for day, _seen, _acted in rows],
        series=[
            Series(_("Visitors"), [seen for _day, seen, _acted in rows], "blue"),
            Series(_("Sent a form"), [acted for _day, _seen, acted in rows], "green"),
        ],
        number=number_format(max((seen for _d, seen, _a in rows), default=0), force_grouping=True),
        note=_("on the best day"),
    )
