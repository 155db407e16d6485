from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from accounts.api import actor_of, idempotent
from accounts.rights import Right
from capture.events.attendance import Presence, mark_attendance
from capture.events.by_hand import Guest, mail_language, register_by_hand
from capture.events.models import Event, EventKind, EventRegistration
from capture.events.queries import events_with_counts, registrations_of, seen_registrations
from ground.api import IDEMPOTENCY_KEY, NewestFirst, documented
from ground.errors import DomainError
from leads.entries import ENTRY_FIELDS, LeadEntry
from leads.models import Lead
from leads.normalise import normalise_email
from leads.stages import Channel

MOST = 1_000


class EventSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    registered = serializers.IntegerField(source="taken", help_text="Who has a place.")
    waiting = serializers.IntegerField()
    attended = serializers.IntegerField()

    class Meta:
        model = Event
        fields = ("id", "kind", "state", "title_de", "title_en", "starts_at", "ends_at",
                  "time_zone", "place", "capacity", "registered", "waiting", "attended",
                  "created_at", "updated_at")  # fmt: skip
        read_only_fields = fields


class RegistrationSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")

    class Meta:
        model = EventRegistration
        fields = ("id", "lead", "state", "channel", "email", "registered_at", "cancelled_at",
                  "marked_at", "minutes")  # fmt: skip
        read_only_fields = fields


class PresenceSerializer(serializers.Serializer):
    """Who was there: named by address, by lead or by registration, with exactly one of them."""

    email = serializers.CharField(max_length=320, required=False)
    lead = serializers.UUIDField(required=False)
    registration = serializers.UUIDField(required=False)
    attended = serializers.BooleanField(default=True)
    minutes = serializers.IntegerField(
        min_value=0, max_value=44_640, required=False, allow_null=True
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Raise ``ValidationError`` unless one name is given."""
        if len({"email", "lead", "registration"} & data.keys()) != 1:
            message = _("Give one of email, lead and registration.")
            raise serializers.ValidationError({"email": [message]})
        return data


class AttendanceInSerializer(serializers.Serializer):
    attendees: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PresenceSerializer(), max_length=MOST
    )
    others_absent = serializers.BooleanField(
        default=False, help_text="Mark everybody else who has a place as absent."
    )


class AttendanceSerializer(serializers.Serializer):
    """``changed`` counts registrations, ``unmatched`` are the places of those nobody knows."""

    changed = serializers.IntegerField()
    matched = serializers.IntegerField()
    unmatched: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=serializers.IntegerField()
    )


class GuestSerializer(serializers.Serializer):
    """Who asked to be registered: ``lead``, or an address with what else is known of them."""

    lead = serializers.UUIDField(required=False)
    email = serializers.EmailField(max_length=254, required=False)
    first_name = serializers.CharField(max_length=100, required=False)
    last_name = serializers.CharField(max_length=100, required=False)
    company = serializers.CharField(max_length=200, required=False)
    phone = serializers.CharField(max_length=60, required=False)
    channel = serializers.ChoiceField(
        choices=Channel.choices, default=Channel.API, help_text="How they asked."
    )
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Raise ``ValidationError`` unless there is either a lead or an address."""
        if len({"email", "lead"} & data.keys()) != 1:
            message = _("Give one of email and lead.")
            raise serializers.ValidationError({"email": [message]})
        return data


class EventView(GenericAPIView):
    """Shared by the endpoints about events."""

    rights = {"GET": Right.REPORTS_READ}
    serializer_class = EventSerializer

    def get_queryset(self) -> QuerySet[Event]:
        return events_with_counts()


class EventList(EventView):
    pagination_class = NewestFirst

    @documented(
        "List webinars and events",
        {200: EventSerializer(many=True)},
        errors=(422,),
        operation_id="events_list",
        parameters=[OpenApiParameter("kind", str, enum=EventKind.values)],
    )
    def get(self, request: Request) -> Response:
        rows = self.get_queryset()
        if kind := request.query_params.get("kind"):
            if kind not in EventKind.values:
                raise DomainError("kind_unknown", _("There is no such type."), field="kind")
            rows = rows.filter(kind=kind)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class EventDetail(EventView):
    @documented("Read an event", {200: EventSerializer}, operation_id="events_read")
    def get(self, request: Request, id: Any) -> Response:
        event = get_object_or_404(self.get_queryset(), public_id=id)
        return Response(self.get_serializer(event).data)


class EventAttendance(GenericAPIView):
    """Who registered, and who was there."""

    rights = {"GET": Right.LEADS_READ, "POST": Right.EVENTS_MANAGE}
    serializer_class = RegistrationSerializer
    pagination_class = NewestFirst
    queryset = EventRegistration.objects.none()

    @documented(
        "List who registered for an event",
        {200: RegistrationSerializer(many=True)},
        operation_id="events_registrations",
    )
    def get(self, request: Request, id: Any) -> Response:
        event = get_object_or_404(Event, public_id=id)
        page = self.paginate_queryset(seen_registrations(event, actor_of(request)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @documented(
        "Say who was at an event",
        {200: AttendanceSerializer},
        errors=(409, 415, 422),
        request=AttendanceInSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="events_attendance",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        event = get_object_or_404(Event, public_id=id)
        given = AttendanceInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        presence, unmatched = _matched(event, data["attendees"])
        changed = mark_attendance(
            event.pk,
            presence,
            others_absent=data["others_absent"],
            by=actor_of(request),
            as_of=timezone.now(),
        )
        return Response({"changed": changed, "matched": len(presence), "unmatched": unmatched})


class EventRegistrations(GenericAPIView):
    """Registering who asked for it without a form."""

    rights = {"POST": Right.EVENTS_MANAGE}
    serializer_class = RegistrationSerializer
    queryset = EventRegistration.objects.none()

    @documented(
        "Register somebody who asked for it",
        {201: RegistrationSerializer},
        errors=(409, 415, 422),
        request=GuestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        operation_id="events_register",
    )
    @idempotent
    def post(self, request: Request, id: Any) -> Response:
        event = get_object_or_404(Event, public_id=id)
        given = GuestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        guest = _guest(given.validated_data, actor, now)
        row = register_by_hand(event.pk, guest, by=actor, as_of=now)
        return Response(self.get_serializer(row).data, status=201)


def _guest(data: Mapping[str, Any], actor: Actor, now: datetime) -> Guest:
    lead = None
    if "lead" in data:
        lead = Lead.objects.visible_to(actor).filter(public_id=data["lead"]).first()
    language = data.get("language") or mail_language(lead)
    if "lead" in data:
        return Guest(data["channel"], language, lead_id=lead.pk if lead else None)
    values = {name: data[name] for name in ENTRY_FIELDS if name in data}
    entry = LeadEntry(
        channel=data["channel"], occurred_at=now, values=values, company=data.get("company", "")
    )
    return Guest(data["channel"], language, entry=entry)


def _matched(
    event: Event, attendees: list[dict[str, Any]]
) -> tuple[dict[int, Presence], list[int]]:
    """Return presence by registration, and the places in the list of those nobody knows."""
    emails = [normalise_email(item["email"]).key if "email" in item else "" for item in attendees]
    by_email = registrations_of(event, [key for key in emails if key])
    rows = list(EventRegistration.objects.filter(event=event).values_list(
        "pk", "public_id", "lead__public_id"
    ))  # fmt: skip
    by_key = {public_id: pk for pk, public_id, _lead in rows}
    by_lead = {lead: pk for pk, _public_id, lead in rows}
    presence: dict[int, Presence] = {}
    unmatched = []
    for place, (item, email) in enumerate(zip(attendees, emails, strict=True)):
        if email:
            row = by_email.get(email)
            key = row.pk if row else None
        else:
            key = _by_id(item, by_lead, by_key)
        if key is None:
            unmatched.append(place)
        else:
            presence[key] = Presence(item["attended"], item.get("minutes"))
    return presence, unmatched


def _by_id(
    item: Mapping[str, Any], by_lead: Mapping[UUID, int], by_key: Mapping[UUID, int]
) -> int | None:
    if "lead" in item:
        return by_lead.get(item["lead"])
    return by_key.get(item["registration"])
