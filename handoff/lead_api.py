"""What sales and service tell about a lead by API: calls, recommendations, satisfaction."""

from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of, idempotent
from accounts.rights import Right
from ground.api import IDEMPOTENCY_KEY, documented
from handoff.actions.contacts import Contact, NextStep, log_contacts
from handoff.actions.referrals import record_referral, record_satisfaction
from handoff.api import valid_data
from handoff.models import Call, CallDirection, CallOutcome, TaskKind
from leads.api import answers_of, entry_of
from leads.models import Lead
from leads.serializers import EnteredSerializer, ExternalIdSerializer, LeadFieldsSerializer
from leads.stages import Channel


class CallSerializer(serializers.ModelSerializer):
    """A call as it is read."""

    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")
    note = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = ("id", "lead", "user_label", "at", "direction", "outcome", "duration_minutes",
                  "note")  # fmt: skip
        read_only_fields = fields

    def get_note(self, call: Call) -> str:
        """Return what was noted, or ""."""
        return call.note.body if call.note else ""


class NextStepSerializer(serializers.Serializer):
    """What comes after a call; it becomes a task of the caller."""

    kind = serializers.ChoiceField(choices=TaskKind.choices)
    due_at = serializers.DateTimeField()
    title = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Needed for the kind “other”."
    )


class CallInSerializer(serializers.Serializer):
    """A call that took place."""

    outcome = serializers.ChoiceField(choices=CallOutcome.choices)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    direction = serializers.ChoiceField(choices=CallDirection.choices, required=False)
    duration_minutes = serializers.IntegerField(min_value=0, max_value=600, required=False)
    next_step = NextStepSerializer(required=False)


class ReferralSerializer(LeadFieldsSerializer):
    """Somebody whom a lead recommended."""

    source_detail = serializers.CharField(max_length=200, required=False, allow_blank=True)
    identifiers: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ExternalIdSerializer(), required=False, max_length=10
    )


class SatisfactionSerializer(serializers.Serializer):
    """How likely somebody would recommend us."""

    score = serializers.IntegerField(
        min_value=0, max_value=10, help_text="From 9 on a customer becomes a promoter."
    )
    text = serializers.CharField(max_length=500, required=False, allow_blank=True)


class LeadPartView(GenericAPIView):
    """Shared by what belongs to one lead that the key may see."""

    def get_queryset(self) -> QuerySet[Lead]:
        """Return the leads that the key may see."""
        return Lead.objects.visible_to(actor_of(self.request))

    def lead(self) -> Lead:
        """Return the lead of the address; any other is not there."""
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["id"])


class LeadCalls(LeadPartView):
    """``/leads/<id>/calls/``."""

    rights = {"POST": Right.HANDOFF_WORK}
    serializer_class = CallSerializer

    @documented(
        "Log a call with a lead",
        {201: CallSerializer},
        errors=(409, 415, 422),
        request=CallInSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_call",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        """Log the call with its note and next step."""
        lead = self.lead()
        data = dict(valid_data(CallInSerializer, request))
        step = data.pop("next_step", None)
        contact = Contact(
            lead.pk, next_step=NextStep(**step) if step else None, contact_id=uuid4(), **data
        )
        (call,) = log_contacts([contact], by=actor_of(request), as_of=timezone.now())
        return Response(self.get_serializer(call).data, status=201)


class LeadReferrals(LeadPartView):
    """``/leads/<id>/referrals/``."""

    rights = {"POST": Right.LEADS_CREATE}
    serializer_class = EnteredSerializer

    @documented(
        "Record somebody whom a lead recommended",
        {200: EnteredSerializer, 201: EnteredSerializer},
        errors=(409, 415, 422),
        request=ReferralSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_referral",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        """Enter the person; a customer who recommends becomes a promoter."""
        promoter = self.lead()
        now = timezone.now()
        data = {**valid_data(ReferralSerializer, request), "channel": Channel.REFERRAL}
        entered = record_referral(
            promoter.pk, [entry_of(data, now)], by=actor_of(request), as_of=now
        )
        (answer,) = answers_of(entered)
        return Response(answer, status=201 if answer["is_new"] else 200)


class LeadSatisfaction(LeadPartView):
    """``/leads/<id>/satisfaction/``."""

    rights = {"POST": Right.LEADS_EDIT}
    serializer_class = SatisfactionSerializer

    @documented(
        "Record how satisfied a lead is",
        {204: None},
        errors=(409, 415, 422),
        request=SatisfactionSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_satisfaction",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        """Note the answer; from 9 on a customer becomes a promoter."""
        lead = self.lead()
        data = valid_data(SatisfactionSerializer, request)
        record_satisfaction([lead.pk], by=actor_of(request), as_of=timezone.now(), **data)
        return Response(status=204)
