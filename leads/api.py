import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from accounts.api import actor_of, idempotent
from accounts.models import User
from accounts.rights import Right
from conditions.errors import ConditionError
from ground.api import IDEMPOTENCY_KEY, NewestFirst, documented
from ground.errors import DomainError
from leads.actions.consent import Declaration, record_consents
from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.actions.lifecycle import change_stage
from leads.actions.notes import add_notes
from leads.actions.ownership import assign_leads
from leads.conditions import leads_where
from leads.customfields import hidden_keys
from leads.entries import (
    ENTRY_FIELDS,
    ConsentEntry,
    Entered,
    IdentifierEntry,
    LeadEntry,
    found_by,
)
from leads.information import with_informing
from leads.listing import search_leads
from leads.models import IdentifierKind, Lead
from leads.normalise import normalise_email
from leads.position import with_position
from leads.profile import with_completeness
from leads.reading import as_told_to, readable_activities
from leads.serializers import (
    ActivitySerializer,
    BulkAnswerSerializer,
    BulkSerializer,
    ConsentChangeSerializer,
    EnteredSerializer,
    LeadInSerializer,
    LeadPatchSerializer,
    LimitedLeadSerializer,
    NoteSerializer,
    OwnerInSerializer,
    StageInSerializer,
)
from leads.stages import Stage

FILTERS = [
    OpenApiParameter("where", str, description="A condition as JSON, as in segments."),
    OpenApiParameter("q", str, description="Words in name, contact, handle, company or address."),
    OpenApiParameter("stage", str, enum=Stage.values),
    OpenApiParameter("email", str, description="An address, compared as identity is."),
]


class LeadView(GenericAPIView):
    """Shared by all endpoints about leads."""

    serializer_class = LimitedLeadSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Lead]:
        if getattr(self, "swagger_fake_view", False):
            return Lead.objects.none()
        leads = Lead.objects.visible_to(actor_of(self.request))
        seen = leads.select_related("company", "owner").prefetch_related("tags")
        now = timezone.now()
        return with_position(with_informing(with_completeness(seen), as_of=now), as_of=now)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        actor = actor_of(self.request)
        may_see = actor.may(Right.SCORES_READ)
        return {**context, "with_scores": may_see, "hidden_keys": hidden_keys(actor)}

    def lead(self) -> Lead:
        return get_object_or_404(self.get_queryset(), public_id=self.kwargs["id"])

    def shown(self, lead: Lead, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=lead.pk)
        return Response(self.get_serializer(fresh).data, status=status)


class LeadList(LeadView):
    rights = {"GET": Right.LEADS_READ, "POST": Right.LEADS_CREATE}

    @documented(
        "List leads",
        {200: LimitedLeadSerializer(many=True)},
        errors=(422,),
        parameters=FILTERS,
        operation_id="leads_list",
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(_narrow(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @documented(
        "Create or fill a lead",
        {200: EnteredSerializer, 201: EnteredSerializer},
        errors=(409, 415, 422),
        request=LeadInSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        data = _valid(LeadInSerializer, request)
        (entered,) = _enter([data], actor_of(request))
        return Response(entered, status=201 if entered["is_new"] else 200)


class LeadBulk(LeadView):
    rights = {"POST": Right.LEADS_CREATE}

    @documented(
        "Create or fill up to 500 leads",
        {200: BulkAnswerSerializer},
        errors=(409, 415, 422),
        request=BulkSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_bulk",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        data = _valid(BulkSerializer, request)
        return Response({"results": _enter(data["leads"], actor_of(request))})


class LeadDetail(LeadView):
    rights = {"GET": Right.LEADS_READ, "PATCH": Right.LEADS_EDIT}

    @documented("Read a lead", {200: LimitedLeadSerializer}, operation_id="leads_read")
    def get(self, request: Request, id: Any) -> Response:
        return Response(self.get_serializer(self.lead()).data)

    @documented(
        "Change a lead",
        {200: LimitedLeadSerializer},
        errors=(409, 415, 422),
        request=LeadPatchSerializer,
        operation_id="leads_change",
    )
    def patch(self, request: Request, id: Any) -> Response:
        lead = self.lead()
        data = dict(_valid(LeadPatchSerializer, request))
        version = data.pop("version", None)
        custom = data.pop("custom", {})
        changes = data | {f"custom.{key}": value for key, value in custom.items()}
        edit_lead(lead.pk, changes, by=actor_of(request), as_of=timezone.now(), version=version)
        return self.shown(lead)


class LeadTimeline(LeadView):
    rights = {"GET": Right.LEADS_READ}
    serializer_class = ActivitySerializer  # type: ignore[assignment]

    @documented(
        "Read what happened to a lead",
        {200: ActivitySerializer(many=True)},
        operation_id="leads_timeline",
    )
    def get(self, request: Request, id: Any) -> Response:
        actor = actor_of(request)
        page = self.paginate_queryset(readable_activities(self.lead().activities.all(), actor))
        told = as_told_to(actor, page or [])
        return self.get_paginated_response(ActivitySerializer(told, many=True).data)


class LeadNotes(LeadView):
    rights = {"POST": Right.NOTES_ADD}

    @documented(
        "Write a note on a lead",
        {201: NoteSerializer},
        errors=(409, 415, 422),
        request=NoteSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="leads_note",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        body = _valid(NoteSerializer, request)["body"]
        bodies = {self.lead().pk: body}
        (note,) = add_notes(bodies, by=actor_of(request), as_of=timezone.now())
        return Response(NoteSerializer(note).data, status=201)


class LeadStage(LeadView):
    rights = {"POST": Right.LEADS_EDIT}

    @documented(
        "Move a lead to another stage",
        {200: LimitedLeadSerializer},
        errors=(409, 415, 422),
        request=StageInSerializer,
        operation_id="leads_stage",
    )
    def post(self, request: Request, id: Any) -> Response:
        lead = self.lead()
        data = _valid(StageInSerializer, request)
        change_stage(
            [lead.pk],
            to=Stage(data["to"]),
            reason=data.get("reason", ""),
            other_reason=data.get("other_reason", ""),
            by=actor_of(request),
            as_of=timezone.now(),
        )
        return self.shown(lead)


class LeadOwner(LeadView):
    rights = {"POST": Right.LEADS_ASSIGN}

    @documented(
        "Give a lead to somebody",
        {200: LimitedLeadSerializer},
        errors=(415, 422),
        request=OwnerInSerializer,
        operation_id="leads_owner",
    )
    def post(self, request: Request, id: Any) -> Response:
        lead = self.lead()
        data = _valid(OwnerInSerializer, request)
        owner = _person(data["owner"])
        reason = data.get("reason", "")
        assign_leads(
            [lead.pk], owner=owner, reason=reason, by=actor_of(request), as_of=timezone.now()
        )
        # A key that sees only its own leads may have given this one away.
        return self.shown(lead) if self.get_queryset().filter(pk=lead.pk).exists() else Response()


class LeadConsents(LeadView):
    rights = {"POST": Right.CONSENT_ADD}

    @documented(
        "Record what a lead agreed to, or no longer",
        {204: None},
        errors=(415, 422),
        request=ConsentChangeSerializer,
        operation_id="leads_consent",
    )
    def post(self, request: Request, id: Any) -> Response:
        lead = self.lead()
        data = _valid(ConsentChangeSerializer, request)
        now = timezone.now()
        declaration = Declaration(
            lead.pk, data["purpose"], data["channel"], data["state"], now, {"how": data["proof"]}
        )
        record_consents([declaration], by=actor_of(request), as_of=now)
        return Response(status=204)


def _valid(serializer_class: Any, request: Request) -> Mapping[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: Mapping[str, Any] = serializer.validated_data
    return data


def _narrow(leads: QuerySet[Lead], request: Request) -> QuerySet[Lead]:
    params = request.query_params
    if params.get("where"):
        matching = leads_where(
            _condition(params["where"]), actor=actor_of(request), as_of=timezone.now()
        )
        leads = leads.filter(pk__in=matching.values("pk"))
    if params.get("stage"):
        if params["stage"] not in Stage.values:
            raise DomainError("stage_unknown", _("There is no such stage."), field="stage")
        leads = leads.filter(stage=params["stage"])
    text = params.get("q", "").replace("\x00", "")[:200]
    if text:
        leads = search_leads(leads, text)
    if params.get("email"):
        key = normalise_email(params["email"]).key
        leads = leads.filter(identifiers__kind=IdentifierKind.EMAIL, identifiers__normalised=key)
    return leads


def _condition(text: str) -> Any:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConditionError("where", _("This condition is not readable.")) from error
    if not isinstance(data, dict):
        raise ConditionError("where", _("This condition is not readable."))
    return data


def _person(email: str | None) -> User | None:
    if email is None:
        return None
    person = User.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise DomainError("person_unknown", _("There is nobody with this address."), field="owner")
    return person


def _enter(items: list[Mapping[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    now = timezone.now()
    entries = [replace(entry_of(item, now), **found_by(actor)) for item in items]
    return answers_of(enter_leads(entries, by=actor, as_of=now))


def entry_of(item: Mapping[str, Any], now: datetime) -> LeadEntry:
    """Return the entry that a valid ``LeadInSerializer`` describes; nobody found it yet."""
    return LeadEntry(
        channel=item["channel"],
        occurred_at=min(item.get("occurred_at") or now, now),
        values={name: item[name] for name in ENTRY_FIELDS if item.get(name)},
        custom=item.get("custom", {}),
        company=item.get("company", ""),
        identifiers=[IdentifierEntry(i["kind"], i["value"]) for i in item.get("identifiers", [])],
        consents=[
            ConsentEntry(c["purpose"], c["channel"], evidence={"how": c["proof"]})
            for c in item.get("consents", [])
        ],
        tags=item.get("tags", []),
        source_detail=item.get("source_detail", ""),
        stage=item.get("stage", Stage.LEAD),
        overwrite=item.get("overwrite", False),
    )


def answers_of(entered: Sequence[Entered]) -> list[dict[str, Any]]:
    """Return what is told about each entry, as ``EnteredSerializer`` documents it."""
    ids = dict(
        Lead.objects.filter(pk__in={result.lead_id for result in entered}).values_list(
            "pk", "public_id"
        )
    )
    return [_answer(result, ids[result.lead_id]) for result in entered]


def _answer(result: Entered, public_id: Any) -> dict[str, Any]:
    return {
        "id": str(public_id),
        "is_new": result.is_new,
        "changed": sorted(result.changed),
        "warnings": [
            {"code": w.code, "message": str(w.message), "field": str(w.field)}
            for w in result.warnings
        ],
    }
