from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from ground.api import NewestFirst, documented
from scoring.backtest.figures import difference_of, moves_of, reports_of
from scoring.backtest.outcomes import readable_outcomes
from scoring.models import Backtest, BacktestState

SHARE = "Between 0 and 1."


class IntervalSerializer(serializers.Serializer):
    """A value with the limits of its 95 % confidence interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class BandSerializer(serializers.Serializer):
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    leads = serializers.IntegerField()
    good = serializers.IntegerField()
    rate = IntervalSerializer(allow_null=True, help_text=SHARE)
    lift = serializers.FloatField(allow_null=True)


class ThresholdSerializer(serializers.Serializer):
    threshold = serializers.IntegerField(source="points")
    leads = serializers.IntegerField()
    good = serializers.IntegerField()
    precision = IntervalSerializer(allow_null=True, help_text=SHARE)
    recall = IntervalSerializer(allow_null=True, help_text=SHARE)
    per_week = serializers.FloatField(help_text="Leads that newly reach it.")
    is_own = serializers.BooleanField(help_text="Whether it is that of the version.")


class WeekSerializer(serializers.Serializer):
    monday = serializers.DateField()
    mqls = serializers.IntegerField()


class ReportSerializer(serializers.Serializer):
    """How one version did on the past."""

    version = serializers.CharField()
    version_id = serializers.UUIDField(source="version.public_id")
    leads = serializers.IntegerField()
    good = serializers.IntegerField()
    rate = IntervalSerializer(allow_null=True, help_text=SHARE)
    auc = IntervalSerializer(source="area", allow_null=True)
    bands = BandSerializer(many=True)
    thresholds = ThresholdSerializer(many=True)
    weeks = serializers.SerializerMethodField()

    @extend_schema_field(WeekSerializer(many=True))
    def get_weeks(self, report: Any) -> list[dict[str, Any]]:
        return [{"monday": monday.isoformat(), "mqls": mqls} for monday, mqls in report.weeks]


class DifferenceSerializer(IntervalSerializer):
    p = serializers.FloatField()


class MovesSerializer(serializers.Serializer):
    up = serializers.IntegerField()
    down = serializers.IntegerField()
    same = serializers.IntegerField()
    crossed_up = serializers.IntegerField()
    crossed_down = serializers.IntegerField()


class BacktestSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    model = serializers.UUIDField(source="version.model.public_id")
    version = serializers.CharField()
    against = serializers.CharField(allow_null=True)
    last_on = serializers.DateField()
    asked_by = serializers.CharField(source="created_by_label")
    is_outdated = serializers.BooleanField(help_text="Whether a version was edited since.")

    class Meta:
        model = Backtest
        fields: tuple[str, ...] = (
            *("id", "model", "version", "against", "outcome", "horizon_days"),
            *("first_on", "last_on", "steps", "state", "done_count", "lead_count"),
            *("is_outdated", "asked_by", "created_at", "finished_at"),
        )
        read_only_fields = fields


class BacktestResultSerializer(BacktestSerializer):
    """A backtest with what it found; the parts are empty or null until it is done."""

    reports = serializers.SerializerMethodField()
    difference = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta(BacktestSerializer.Meta):
        fields = (*BacktestSerializer.Meta.fields, "reports", "difference", "moves")
        read_only_fields = fields

    @extend_schema_field(ReportSerializer(many=True))
    def get_reports(self, backtest: Backtest) -> Any:
        found = reports_of(backtest) if backtest.state == BacktestState.DONE else []
        return ReportSerializer(found, many=True).data

    @extend_schema_field(DifferenceSerializer(allow_null=True))
    def get_difference(self, backtest: Backtest) -> Any:
        found = difference_of(backtest) if backtest.state == BacktestState.DONE else None
        return None if found is None else DifferenceSerializer(found).data

    @extend_schema_field(MovesSerializer(allow_null=True))
    def get_moves(self, backtest: Backtest) -> Any:
        found = moves_of(backtest) if backtest.state == BacktestState.DONE else None
        return None if found is None else MovesSerializer(found).data


class BacktestView(GenericAPIView):
    rights = {"GET": Right.SCORES_READ}
    serializer_class: type[BacktestSerializer] = BacktestSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Backtest]:
        if getattr(self, "swagger_fake_view", False):
            return Backtest.objects.none()
        rows = Backtest.objects.select_related("version__model", "against__model")
        return rows.filter(outcome__in=readable_outcomes(actor_of(self.request)))


class BacktestList(BacktestView):
    @documented(
        "List the versions that were tried on the past",
        {200: BacktestSerializer(many=True)},
        operation_id="backtests_list",
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class BacktestDetail(BacktestView):
    serializer_class = BacktestResultSerializer

    @documented(
        "Read what trying a version on the past found",
        {200: BacktestResultSerializer},
        operation_id="backtests_read",
    )
    def get(self, request: Request, id: Any) -> Response:
        found = get_object_or_404(self.get_queryset(), public_id=id)
        return Response(self.get_serializer(found).data)
