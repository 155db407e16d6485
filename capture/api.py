from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import actor_of
from accounts.rights import Right
from capture.models import Form, Submission, SubmissionState
from capture.reading import told_values
from ground.api import NewestFirst, documented
from ground.errors import DomainError
from leads.models import Lead


class FormSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    definition = serializers.SerializerMethodField()

    class Meta:
        model = Form
        fields = ("id", "name", "kind", "state", "language", "channel", "definition",
                  "created_at", "updated_at")  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True, "nullable": True})
    def get_definition(self, form: Form) -> Any:
        return form.published.definition if form.published else None


class SubmissionSerializer(serializers.ModelSerializer):
    form = serializers.UUIDField(source="form_public_id")
    lead = serializers.SerializerMethodField()
    verdict = serializers.DictField()
    errors = serializers.DictField()  # type: ignore[assignment]

    class Meta:
        model = Submission
        fields = ("id", "form", "state", "received_at", "processed_at", "page_url", "verdict",
                  "errors", "lead")  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_lead(self, submission: Submission) -> str | None:
        seen: dict[int, str] = self.context.get("leads", {})
        return seen.get(submission.lead_id or 0)


class SubmissionDetailSerializer(SubmissionSerializer):
    """With what was sent, as text by field; the parts of the protocol are left out."""

    values = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = (*SubmissionSerializer.Meta.fields, "values")
        read_only_fields = fields

    def get_values(self, submission: Submission) -> dict[str, list[str]]:
        return told_values(bytes(submission.body), submission.content_type)


class FormList(GenericAPIView):
    rights = {"GET": Right.FORMS_READ}
    serializer_class = FormSerializer
    pagination_class = NewestFirst
    queryset = Form.objects.select_related("published")

    @documented("List forms", {200: FormSerializer(many=True)}, operation_id="forms_list")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class FormDetail(GenericAPIView):
    rights = {"GET": Right.FORMS_READ}
    serializer_class = FormSerializer
    queryset = Form.objects.select_related("published")

    @documented("Read a form", {200: FormSerializer}, operation_id="forms_read")
    def get(self, request: Request, id: Any) -> Response:
        form = get_object_or_404(self.get_queryset(), public_id=id)
        return Response(self.get_serializer(form).data)


class SubmissionView(GenericAPIView):
    """Shared by the endpoints about submissions."""

    rights = {"GET": Right.SUBMISSIONS_READ}

    def get_queryset(self) -> QuerySet[Submission]:
        return Submission.objects.visible_to(actor_of(self.request))

    def leads_of(self, rows: Sequence[Submission]) -> dict[int, str]:
        """Return the ids of the leads behind ``rows`` that the key may see."""
        seen = Lead.objects.visible_to(actor_of(self.request)).filter(
            pk__in={row.lead_id for row in rows if row.lead_id}
        )
        return {pk: str(public_id) for pk, public_id in seen.values_list("pk", "public_id")}


class SubmissionList(SubmissionView):
    serializer_class = SubmissionSerializer

    class pagination_class(NewestFirst):  # noqa: N801 - the name is that of the framework
        ordering = ("-received_at", "-pk")  # type: ignore[assignment]

    @documented(
        "List what was sent through forms",
        {200: SubmissionSerializer(many=True)},
        errors=(422,),
        operation_id="submissions_list",
        parameters=[OpenApiParameter("state", str, enum=SubmissionState.values)],
    )
    def get(self, request: Request) -> Response:
        rows = self.get_queryset().defer("body")
        state = request.query_params.get("state")
        if state:
            if state not in SubmissionState.values:
                raise DomainError("state_unknown", "There is no such state.", field="state")
            rows = rows.filter(state=state)
        page = self.paginate_queryset(rows) or []
        context = {"leads": self.leads_of(page)}
        return self.get_paginated_response(
            SubmissionSerializer(page, many=True, context=context).data
        )


class SubmissionDetail(SubmissionView):
    serializer_class = SubmissionDetailSerializer

    @documented(
        "Read what was sent through a form",
        {200: SubmissionDetailSerializer},
        operation_id="submissions_read",
    )
    def get(self, request: Request, id: Any) -> Response:
        row = get_object_or_404(self.get_queryset(), pk=id)
        context = {"leads": self.leads_of([row])}
        return Response(SubmissionDetailSerializer(row, context=context).data)
