from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from ground.api import NewestFirst, documented
from handoff.api import FILTERS, narrowed
from handoff.models import Meeting, MeetingState

_STATES = (
    MeetingState.BOOKED,
    MeetingState.HELD,
    MeetingState.MISSED,
    MeetingState.CANCELLED,
)


class MeetingSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    lead = serializers.UUIDField(source="lead.public_id")
    host = serializers.EmailField(source="host.email")
    type = serializers.UUIDField(source="kind.public_id")
    type_name = serializers.CharField(source="kind.name_en")
    state = serializers.ChoiceField(choices=[(one.value, one.label) for one in _STATES])

    class Meta:
        model = Meeting
        fields = ("id", "lead", "host", "type", "type_name", "state", "starts_at", "ends_at",
                  "guest_zone", "place", "place_text", "note", "created_at",
                  "updated_at")  # fmt: skip
        read_only_fields = fields


class MeetingView(GenericAPIView):
    serializer_class = MeetingSerializer
    pagination_class = NewestFirst
    rights = {"GET": Right.LEADS_READ}

    def get_queryset(self) -> QuerySet[Meeting]:
        if getattr(self, "swagger_fake_view", False):
            return Meeting.objects.none()
        visible = Meeting.objects.visible_to(actor_of(self.request)).filter(state__in=_STATES)
        return visible.select_related("lead", "host", "kind")


class MeetingList(MeetingView):
    @documented(
        "List meetings",
        {200: MeetingSerializer(many=True)},
        errors=(422,),
        parameters=[OpenApiParameter("state", str, enum=[str(one) for one in _STATES]), *FILTERS],
        operation_id="meetings_list",
    )
    def get(self, request: Request) -> Response:
        states = {str(state): [str(state)] for state in _STATES}
        rows = narrowed(self.get_queryset(), request, "state", states, owner="host")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class MeetingDetail(MeetingView):
    @documented("Read a meeting", {200: MeetingSerializer}, operation_id="meetings_read")
    def get(self, request: Request, id: Any) -> Response:
        found = get_object_or_404(self.get_queryset(), public_id=self.kwargs["id"])
        return Response(self.get_serializer(found).data)
