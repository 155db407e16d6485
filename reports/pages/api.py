from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from capture.models import Page
from capture.post_api import campaign_named, day_named
from ground import days
from ground.api import NewestFirst, documented
from reports.pages.figures import pages_with_figures
from reports.period import Period


class PageSerializer(serializers.ModelSerializer):
    """``leads`` is null for a key that reads no leads."""

    id = serializers.UUIDField(source="public_id")
    visitors = serializers.IntegerField(
        source="sum_visitors", help_text="Different people who agreed to be measured."
    )
    views = serializers.IntegerField(source="sum_views")
    machine_views = serializers.IntegerField(
        source="sum_machine_views", help_text="Left out of everything else."
    )
    seconds_on_page = serializers.FloatField(source="time_on_page", allow_null=True)
    bounce_rate = serializers.FloatField(allow_null=True, help_text="Between 0 and 1.")
    actors = serializers.IntegerField(
        source="sum_actors", help_text="Visitors who sent a form on the page."
    )
    conversion = serializers.FloatField(allow_null=True, help_text="Actors by visitors.")
    scroll_depth = serializers.FloatField(allow_null=True, help_text="In percent.")
    outside_clicks = serializers.IntegerField(source="sum_clicks")
    leads = serializers.SerializerMethodField(
        help_text="All who sent a form on it, measured or not."
    )

    class Meta:
        model = Page
        fields = ("id", "host", "path", "title", "tags", "visitors", "views", "machine_views",
                  "seconds_on_page", "bounce_rate", "actors", "conversion", "scroll_depth",
                  "outside_clicks", "leads")  # fmt: skip
        read_only_fields = fields

    def get_leads(self, page: Page) -> int | None:
        return page.lead_count if self.context["reads_leads"] else None  # type: ignore[attr-defined]


class PageList(GenericAPIView):
    rights = {"GET": Right.REPORTS_READ}
    serializer_class = PageSerializer
    pagination_class = NewestFirst
    queryset = Page.objects.all()

    @documented(
        "List landing pages with their figures",
        {200: PageSerializer(many=True)},
        errors=(422,),
        operation_id="pages_list",
        parameters=[
            OpenApiParameter("first", str, description="A day; without it 90 days before."),
            OpenApiParameter("last", str, description="A day, this one included; else today."),
            OpenApiParameter("campaign", str, description="Only visits by this campaign (its id)."),
            OpenApiParameter("host", str, description="Only pages of this host."),
        ],
    )
    def get(self, request: Request) -> Response:
        actor, asked = actor_of(request), request.query_params
        campaign = campaign_named(asked["campaign"]) if asked.get("campaign") else None
        rows = pages_with_figures(asked_period(asked), actor=actor, campaign=campaign)
        if asked.get("host"):
            rows = rows.filter(host=asked["host"].lower().replace("\x00", "")[:255])
        page = self.paginate_queryset(rows)
        context = {"reads_leads": actor.may(Right.LEADS_READ)}
        return self.get_paginated_response(PageSerializer(page, many=True, context=context).data)


def asked_period(asked: Any) -> Period:
    """Return the period between the days ``first`` and ``last`` of a request to the API."""
    last = _day(asked, "last") or days.today()
    first = _day(asked, "first") or Period.ending(last).first
    return Period(min(first, last), max(first, last))


def _day(asked: Any, name: str) -> date | None:
    return day_named(name, asked[name]) if asked.get(name) else None
