from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of, idempotent
from accounts.models import User
from accounts.rights import Right
from ground.api import IDEMPOTENCY_KEY, NewestFirst, documented
from ground.errors import DomainError
from handoff.actions.answers import accept_handoffs, reject_handoffs
from handoff.actions.closing import lose_opportunities, win_opportunities
from handoff.actions.deals import NewDeal, change_opportunities, create_opportunities
from handoff.actions.offers import offer_leads
from handoff.briefing import readable
from handoff.models import Handoff, HandoffState, LostReason, Opportunity, RejectReason
from handoff.models.deals import OPEN_STAGES, DealStage
from leads.models import Lead

M = TypeVar("M", bound=Model)
_ADDRESS = {"type": "string", "nullable": True}
FILTERS = [
    OpenApiParameter("owner", str, description="The address of a person."),
    OpenApiParameter("lead", UUID, description="The id of a lead."),
]
_DEAL_STATES = {"open": OPEN_STAGES, "won": [DealStage.WON], "lost": [DealStage.LOST]}


class HandoffSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")
    to_user = serializers.SerializerMethodField()
    briefing = serializers.SerializerMethodField()
    reject_reason = serializers.CharField(allow_blank=True)

    class Meta:
        model = Handoff
        fields = ("id", "lead", "state", "origin", "to_user", "offered_at", "due_at",
                  "accepted_at", "rejected_at", "reject_reason", "answer_text", "revisit_on",
                  "briefing")  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(_ADDRESS)
    def get_to_user(self, handoff: Handoff) -> str | None:
        return handoff.to_user.email if handoff.to_user else None

    def get_briefing(self, handoff: Handoff) -> dict[str, Any]:
        request = self.context["request"]
        return readable(handoff.briefing, actor_of(request)) if handoff.briefing else {}


class HandoffInSerializer(serializers.Serializer):
    lead = serializers.UUIDField()
    to_user = serializers.EmailField(
        required=False, help_text="The address of a rep; by the rules when left out."
    )
    interest = serializers.CharField(max_length=300, required=False, allow_blank=True)
    override = serializers.CharField(
        max_length=500, required=False, allow_blank=True,
        help_text="Why a lead that only gathers information is handed over all the same.",
    )  # fmt: skip


class RejectSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(choices=RejectReason.choices)
    text = serializers.CharField(max_length=500, required=False, allow_blank=True)
    revisit_on = serializers.DateField(required=False)
    is_final = serializers.BooleanField(required=False)


class OpportunitySerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")
    owner = serializers.SerializerMethodField()
    lost_reason = serializers.CharField(allow_blank=True)

    class Meta:
        model = Opportunity
        fields = ("id", "lead", "name", "owner", "stage", "amount", "currency", "closes_on",
                  "offer_sent_at", "won_at", "lost_at", "lost_reason", "price_tolerance",
                  "delivery_tolerance", "created_at", "updated_at", "version")  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(_ADDRESS)
    def get_owner(self, deal: Opportunity) -> str | None:
        return deal.owner.email if deal.owner else None


class DealFieldsSerializer(serializers.Serializer):
    amount = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    closes_on = serializers.DateField(required=False, allow_null=True)
    price_tolerance = serializers.CharField(max_length=500, required=False, allow_blank=True)
    delivery_tolerance = serializers.CharField(max_length=500, required=False, allow_blank=True)


class DealInSerializer(DealFieldsSerializer):
    lead = serializers.UUIDField()
    name = serializers.CharField(max_length=200)
    is_offer_sent = serializers.BooleanField(required=False)
    exception = serializers.CharField(
        max_length=500, required=False, allow_blank=True,
        help_text="Why there was neither a talk nor an offer.",
    )  # fmt: skip


class DealPatchSerializer(DealFieldsSerializer):
    name = serializers.CharField(max_length=200, required=False)
    version = serializers.IntegerField(required=False, min_value=1)


class WinSerializer(serializers.Serializer):
    amount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    won_on = serializers.DateField(required=False)


class LoseSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(choices=LostReason.choices)
    text = serializers.CharField(max_length=500, required=False, allow_blank=True)
    is_final = serializers.BooleanField(required=False)


def valid_data(serializer_class: Any, request: Request) -> Mapping[str, Any]:
    """Return the body of a request as the serializer reads it; raises what DRF answers with 400."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: Mapping[str, Any] = serializer.validated_data
    return data


def _lead(request: Request, public_id: Any) -> Lead:
    found = Lead.objects.visible_to(actor_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise DomainError("lead_unknown", _("There is no such lead."), field="lead")
    return found


def _person(email: str, field: str) -> User:
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise DomainError("person_unknown", _("There is nobody with this address."), field=field)
    return found


def narrowed(
    rows: QuerySet[M],
    request: Request,
    column: str,
    states: Mapping[str, Sequence[str]],
    *,
    owner: str,
) -> QuerySet[M]:
    """Return the rows of the state, owner and lead that the address asks for."""
    params = {
        name: request.query_params.get(name, "").replace("\x00", "")
        for name in ("state", "owner", "lead")
    }
    if state := params["state"]:
        if state not in states:
            raise DomainError("state_unknown", _("There is no such state."), field="state")
        rows = rows.filter(**{f"{column}__in": states[state]})
    if email := params["owner"]:
        rows = rows.filter(**{owner: _person(email, "owner")})
    if key := params["lead"]:
        rows = rows.filter(lead=_lead(request, _uuid(key)))
    return rows


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class HandoffView(GenericAPIView):
    serializer_class = HandoffSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Handoff]:
        if getattr(self, "swagger_fake_view", False):
            return Handoff.objects.none()
        visible = Handoff.objects.visible_to(actor_of(self.request))
        return visible.select_related("lead", "to_user")

    def found(self) -> Handoff:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["id"])

    def shown(self, rows: Sequence[Handoff], row: Handoff, status: int = 200) -> Response:
        fresh = Handoff.objects.select_related("lead", "to_user").get(pk=(rows or [row])[0].pk)
        return Response(self.get_serializer(fresh).data, status=status)


class HandoffList(HandoffView):
    rights = {"GET": Right.LEADS_READ, "POST": Right.HANDOFF_GIVE}

    @documented(
        "List hand-overs",
        {200: HandoffSerializer(many=True)},
        errors=(422,),
        parameters=[OpenApiParameter("state", str, enum=HandoffState.values), *FILTERS],
        operation_id="handoffs_list",
    )
    def get(self, request: Request) -> Response:
        states = {state: [state] for state in HandoffState.values}
        rows = narrowed(self.get_queryset(), request, "state", states, owner="to_user")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @documented(
        "Hand a lead over",
        {201: HandoffSerializer},
        errors=(409, 415, 422),
        request=HandoffInSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="handoffs_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        data = valid_data(HandoffInSerializer, request)
        to_user = _person(data["to_user"], "to_user") if data.get("to_user") else None
        lead = _lead(request, data["lead"])
        rows = offer_leads(
            [lead.pk],
            to_user=to_user,
            interest=data.get("interest", ""),
            override=data.get("override", ""),
            by=actor_of(request),
            as_of=timezone.now(),
        )
        known = rows or list(lead.handoffs.order_by("-pk")[:1])
        if not known:
            raise DomainError("not_offered", _("No rule gave this lead to anybody."), field="lead")
        return self.shown(known, known[0], status=201)


class HandoffDetail(HandoffView):
    rights = {"GET": Right.LEADS_READ}

    @documented("Read a hand-over", {200: HandoffSerializer}, operation_id="handoffs_read")
    def get(self, request: Request, id: Any) -> Response:
        return Response(self.get_serializer(self.found()).data)


class HandoffAccept(HandoffView):
    rights = {"POST": Right.HANDOFF_WORK}

    @documented(
        "Accept a hand-over",
        {200: HandoffSerializer},
        errors=(409, 415, 422),
        request=None,
        operation_id="handoffs_accept",
    )
    def post(self, request: Request, id: Any) -> Response:
        row = self.found()
        rows = accept_handoffs([row.pk], by=actor_of(request), as_of=timezone.now())
        return self.shown(rows, row)


class HandoffReject(HandoffView):
    rights = {"POST": Right.HANDOFF_WORK}

    @documented(
        "Reject a hand-over",
        {200: HandoffSerializer},
        errors=(409, 415, 422),
        request=RejectSerializer,
        operation_id="handoffs_reject",
    )
    def post(self, request: Request, id: Any) -> Response:
        row = self.found()
        data = valid_data(RejectSerializer, request)
        rows = reject_handoffs([row.pk], by=actor_of(request), as_of=timezone.now(), **data)
        return self.shown(rows, row)


class OpportunityView(GenericAPIView):
    serializer_class = OpportunitySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Opportunity]:
        if getattr(self, "swagger_fake_view", False):
            return Opportunity.objects.none()
        visible = Opportunity.objects.visible_to(actor_of(self.request))
        return visible.select_related("lead", "owner")

    def found(self) -> Opportunity:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["id"])

    def shown(self, deal: Opportunity, status: int = 200) -> Response:
        fresh = Opportunity.objects.select_related("lead", "owner").get(pk=deal.pk)
        return Response(self.get_serializer(fresh).data, status=status)

    def closed(self, request: Request, serializer: Any, close: Callable[..., Any]) -> Response:
        deal = self.found()
        data = valid_data(serializer, request)
        close([deal.pk], by=actor_of(request), as_of=timezone.now(), **data)
        return self.shown(deal)


class OpportunityList(OpportunityView):
    rights = {"GET": Right.DEALS_READ, "POST": Right.DEALS_EDIT}

    @documented(
        "List opportunities",
        {200: OpportunitySerializer(many=True)},
        errors=(422,),
        parameters=[OpenApiParameter("state", str, enum=[*_DEAL_STATES]), *FILTERS],
        operation_id="opportunities_list",
    )
    def get(self, request: Request) -> Response:
        rows = narrowed(self.get_queryset(), request, "stage", _DEAL_STATES, owner="owner")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @documented(
        "Open an opportunity",
        {201: OpportunitySerializer},
        errors=(409, 415, 422),
        request=DealInSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="opportunities_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        data = dict(valid_data(DealInSerializer, request))
        lead = _lead(request, data.pop("lead"))
        deal = NewDeal(lead.pk, **data)
        (created,) = create_opportunities([deal], by=actor_of(request), as_of=timezone.now())
        return self.shown(created, status=201)


class OpportunityDetail(OpportunityView):
    rights = {"GET": Right.DEALS_READ, "PATCH": Right.DEALS_EDIT}

    @documented(
        "Read an opportunity", {200: OpportunitySerializer}, operation_id="opportunities_read"
    )
    def get(self, request: Request, id: Any) -> Response:
        return Response(self.get_serializer(self.found()).data)

    @documented(
        "Change an opportunity",
        {200: OpportunitySerializer},
        errors=(409, 415, 422),
        request=DealPatchSerializer,
        operation_id="opportunities_change",
    )
    def patch(self, request: Request, id: Any) -> Response:
        deal = self.found()
        data = dict(valid_data(DealPatchSerializer, request))
        version = data.pop("version", None)
        change_opportunities(
            [deal.pk], values=data, by=actor_of(request), as_of=timezone.now(), version=version
        )
        return self.shown(deal)


class OpportunityWin(OpportunityView):
    rights = {"POST": Right.DEALS_EDIT}

    @documented(
        "Win an opportunity",
        {200: OpportunitySerializer},
        errors=(409, 415, 422),
        request=WinSerializer,
        operation_id="opportunities_win",
    )
    def post(self, request: Request, id: Any) -> Response:
        return self.closed(request, WinSerializer, win_opportunities)


class OpportunityLose(OpportunityView):
    rights = {"POST": Right.DEALS_EDIT}

    @documented(
        "Lose an opportunity",
        {200: OpportunitySerializer},
        errors=(409, 415, 422),
        request=LoseSerializer,
        operation_id="opportunities_lose",
    )
    def post(self, request: Request, id: Any) -> Response:
        return self.closed(request, LoseSerializer, lose_opportunities)
