from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from ground.api import documented
from ground.errors import ConflictError
from leads.models import Lead
from scoring.breakdown import breakdown


class PieceSerializer(serializers.Serializer):
    activity_id = serializers.IntegerField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    at = serializers.DateTimeField()
    points = serializers.DecimalField(max_digits=8, decimal_places=2)


class RuleSerializer(serializers.Serializer):
    name = serializers.CharField(source="spec.name")
    sentence = serializers.CharField()
    points = serializers.IntegerField()
    change = serializers.IntegerField(help_text="How much more than a week ago.")
    is_capped = serializers.BooleanField()
    count = serializers.IntegerField(help_text="How many activities count.")
    activities = PieceSerializer(source="pieces", many=True, help_text="The newest of them.")


class AxisSerializer(serializers.Serializer):
    points = serializers.IntegerField(help_text="The sum of the rules and of “limited”.")
    cap = serializers.IntegerField()
    limited = serializers.IntegerField(help_text="What the limits of the axis take or add.")
    rules = RuleSerializer(source="rows", many=True)


class HintSerializer(serializers.Serializer):
    name = serializers.CharField()
    sentence = serializers.CharField()
    points = serializers.IntegerField()
    axis = serializers.CharField()


class MissingSerializer(serializers.Serializer):
    points = serializers.IntegerField(help_text="Up to the threshold.")
    fit = serializers.IntegerField(help_text="Up to the least fit.")
    given_back_at = serializers.DateTimeField(
        allow_null=True, help_text="When sales gave the lead back, with nothing new since."
    )
    hints = HintSerializer(many=True)


class ScoreSerializer(serializers.Serializer):
    """Why a lead is worth what it is; both axes and ``limited`` add up to ``total``."""

    version = serializers.CharField(source="label")
    as_of = serializers.DateTimeField()
    total = serializers.IntegerField()
    limited = serializers.IntegerField()
    grade = serializers.CharField(allow_blank=True)
    temperature = serializers.CharField()
    temperature_rule = serializers.CharField()
    is_objected = serializers.BooleanField(help_text="The person objected to being scored.")
    fit = AxisSerializer()
    engagement = AxisSerializer()
    missing = MissingSerializer(
        allow_null=True, help_text="What is missing for an MQL; null from there on."
    )


class LeadScore(GenericAPIView):
    rights = {"GET": Right.SCORES_READ}
    serializer_class = ScoreSerializer

    def get_queryset(self) -> QuerySet[Lead]:
        return Lead.objects.visible_to(actor_of(self.request))

    @documented(
        "Read why a lead has its score",
        {200: ScoreSerializer},
        errors=(409,),
        operation_id="leads_score",
    )
    def get(self, request: Request, id: Any) -> Response:
        lead = get_object_or_404(self.get_queryset(), public_id=id)
        why = breakdown(lead.pk, as_of=timezone.now())
        if why is None:
            raise ConflictError("no_active_model", _("No scoring model is active yet."))
        return Response(self.get_serializer(why).data)
