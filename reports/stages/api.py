from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from ground.api import documented
from reports.funnel import count_funnel
from reports.pages.api import asked_period


class FunnelStepSerializer(serializers.Serializer):
    stage = serializers.CharField()
    reached = serializers.IntegerField(help_text="Reached this stage or one further down.")
    of_previous = serializers.FloatField(allow_null=True, help_text="Between 0 and 1.")
    of_all = serializers.FloatField(allow_null=True, help_text="Between 0 and 1.")


class FunnelSerializer(serializers.Serializer):
    first = serializers.DateField()
    last = serializers.DateField()
    steps = FunnelStepSerializer(many=True)
    mql = serializers.IntegerField(help_text="The number that every report tells.")
    outside = serializers.IntegerField(source="other", help_text="Outside the funnel now.")
    found_by_sales = serializers.IntegerField(help_text="Found by sales; in no step.")


class FunnelFigures(GenericAPIView):
    rights = {"GET": Right.REPORTS_READ}
    serializer_class = FunnelSerializer
    pagination_class = None

    @documented(
        "Tell how far the leads of a period came",
        {200: FunnelSerializer},
        errors=(422,),
        operation_id="funnel_get",
        parameters=[
            OpenApiParameter("first", str, description="A day; without it 90 days before."),
            OpenApiParameter("last", str, description="A day, this one included; else today."),
        ],
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        actor.require(Right.REPORTS_READ)
        period = asked_period(request.query_params)
        funnel = count_funnel(period, actor=actor)
        told = {
            "first": period.first,
            "last": period.last,
            "steps": funnel.steps,
            "mql": funnel.mql,
            "other": funnel.other,
            "found_by_sales": funnel.found_by_sales,
        }
        return Response(FunnelSerializer(told).data)
