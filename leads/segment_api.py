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
from ground.api import NewestFirst, documented
from ground.errors import DomainError
from leads.actions.members import add_to_list, take_off_list
from leads.models import Lead, Segment

MAX_MEMBERS = 500


class SegmentSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    group = serializers.CharField(source="group.name", read_only=True, allow_null=True)

    class Meta:
        model = Segment
        fields = ("id", "name", "description", "kind", "group", "created_at")
        read_only_fields = fields


def _ids(text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MAX_MEMBERS, help_text=text
    )


class MembersInSerializer(serializers.Serializer):
    add = _ids("Ids of leads to be put on the list.")
    remove = _ids("Ids of leads to be taken off it.")


class MembersSerializer(serializers.Serializer):
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class SegmentView(GenericAPIView):
    """Shared by all endpoints about segments."""

    serializer_class = SegmentSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Segment]:
        return Segment.objects.select_related("group")


class SegmentList(SegmentView):
    rights = {"GET": Right.SEGMENTS_READ}

    @documented(
        "List segments and lists",
        {200: SegmentSerializer(many=True)},
        operation_id="segments_list",
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class SegmentMembers(SegmentView):
    rights = {"POST": Right.SEGMENTS_MANAGE}

    @documented(
        "Put leads on a list or take them off",
        {200: MembersSerializer},
        errors=(415, 422),
        request=MembersInSerializer,
        operation_id="segments_members",
    )
    def post(self, request: Request, id: Any) -> Response:
        segment = get_object_or_404(self.get_queryset(), public_id=id)
        asked = MembersInSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        by, now = actor_of(request), timezone.now()
        add, remove = (
            self._keys(request, name, asked.validated_data.get(name, ()))
            for name in ("add", "remove")
        )
        answer = {
            "added": add_to_list(segment, add, by=by, as_of=now),
            "removed": take_off_list(segment, remove, by=by, as_of=now),
        }
        return Response(answer)

    def _keys(self, request: Request, name: str, ids: Any) -> list[int]:
        """Return the keys of leads that the caller sees; refuses the whole call for any other."""
        seen = Lead.objects.visible_to(actor_of(request)).filter(public_id__in=ids)
        keys = dict(seen.values_list("public_id", "pk"))
        if missing := [str(each) for each in ids if each not in keys]:
            message = _("There are no such leads: %(ids)s") % {"ids": ", ".join(missing[:5])}
            raise DomainError("lead_unknown", message, field=name)
        return list(keys.values())
