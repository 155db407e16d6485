"""The shapes of leads in the API."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads.customfields import readable_custom
from leads.entries import ENTRY_FIELDS
from leads.identification import LIMITS
from leads.models import (
    Activity,
    ConsentChannel,
    ConsentPurpose,
    IdentifierKind,
    Lead,
    Note,
)
from leads.stages import AcquisitionType, Channel, OtherReason, Stage

MAX_BULK = 500


class LeadSerializer(serializers.ModelSerializer):
    """A lead as it is read, without the scores and fields that the key may not read."""

    id = serializers.UUIDField(source="public_id")
    company = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField(help_text="The address of the owner, or null.")
    custom = serializers.DictField()
    tags: serializers.ManyRelatedField = serializers.SlugRelatedField(  # type: ignore[assignment]
        slug_field="name", many=True, read_only=True
    )
    # These may be blank, which a choice or an address may not be.
    website = serializers.CharField(allow_blank=True)
    preferred_channel = serializers.CharField(allow_blank=True)
    acquisition_type = serializers.CharField(allow_blank=True)
    other_reason = serializers.CharField(allow_blank=True)
    funnel_position = serializers.CharField(
        source="position",
        help_text="How near the lead is to buying: awareness, interest, choice or request.",
    )
    information_only = serializers.BooleanField(
        source="is_informing",
        help_text="Only gathers information; kept from sales until it gives a signal to buy.",
    )
    completeness = serializers.IntegerField(
        help_text="How much of the profile is known, in percent."
    )

    class Meta:
        model = Lead
        fields = (
            "id", *ENTRY_FIELDS, "company", "custom", "tags", "is_email_valid", "is_phone_valid",
            "first_channel", "first_channel_at", "source_detail", "stage", "stage_at",
            "other_reason", "score", "fit", "engagement", "grade", "temperature", "owner",
            "last_activity_at", "created_at", "updated_at", "version", "completeness",
            "information_only", "funnel_position",
        )  # fmt: skip
        read_only_fields = fields

    SCORES = ("score", "fit", "engagement", "grade", "temperature")

    def get_company(self, lead: Lead) -> str:
        return lead.company.name if lead.company else ""

    @extend_schema_field(OpenApiTypes.STR)
    def get_owner(self, lead: Lead) -> str | None:
        return lead.owner.email if lead.owner else None

    def to_representation(self, instance: Lead) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        data["custom"] = readable_custom(instance, self.context["hidden_keys"])
        if not self.context["with_scores"]:
            for name in self.SCORES:
                data[name] = None
        return data


class LimitedLeadSerializer(LeadSerializer):
    """The same with scores that may be null."""

    score = serializers.IntegerField(allow_null=True)
    fit = serializers.IntegerField(allow_null=True)
    engagement = serializers.IntegerField(allow_null=True)
    grade = serializers.CharField(allow_null=True, allow_blank=True)
    temperature = serializers.CharField(allow_null=True)
    owner = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "nullable": True})
    def get_owner(self, lead: Lead) -> str | None:
        return lead.owner.email if lead.owner else None


class ExternalIdSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(
        choices=[IdentifierKind.EXTERNAL.value, IdentifierKind.CHAT.value, "social"]
    )
    value = serializers.CharField(max_length=300)


class ConsentInSerializer(serializers.Serializer):
    purpose = serializers.ChoiceField(choices=ConsentPurpose.choices)
    channel = serializers.ChoiceField(choices=ConsentChannel.choices)
    proof = serializers.CharField(
        max_length=2000, help_text="Where, when and in which words it was said."
    )


class ConsentChangeSerializer(ConsentInSerializer):
    state = serializers.ChoiceField(choices=["granted", "withdrawn", "objected"])


def _text(name: str) -> serializers.CharField:
    return serializers.CharField(max_length=LIMITS[name], required=False, allow_blank=True)


class LeadFieldsSerializer(serializers.Serializer):
    """What a program may say about a person; anything else in the body is ignored."""

    salutation = _text("salutation")
    first_name = _text("first_name")
    last_name = _text("last_name")
    email = _text("email")
    phone = _text("phone")
    job_title = _text("job_title")
    street = _text("street")
    postal_code = _text("postal_code")
    city = _text("city")
    country = _text("country")
    language = _text("language")
    time_zone = _text("time_zone")
    website = _text("website")
    preferred_channel = serializers.ChoiceField(
        choices=Channel.choices, required=False, allow_blank=True
    )
    acquisition_type = serializers.ChoiceField(
        choices=AcquisitionType.choices, required=False, allow_blank=True
    )
    company = serializers.CharField(max_length=200, required=False, allow_blank=True)
    custom = serializers.DictField(required=False)


class LeadInSerializer(LeadFieldsSerializer):
    """A person who becomes a lead, or fills one that is known."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    source_detail = serializers.CharField(max_length=200, required=False, allow_blank=True)
    occurred_at = serializers.DateTimeField(required=False)
    stage = serializers.ChoiceField(
        choices=[(item.value, item.label) for item in (Stage.SUBSCRIBER, Stage.LEAD)],
        required=False,
    )
    identifiers: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ExternalIdSerializer(), required=False, max_length=10
    )
    consents: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ConsentInSerializer(), required=False, max_length=10
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50
    )
    overwrite = serializers.BooleanField(
        required=False, help_text="Replace what is known; else only gaps are filled."
    )


class LeadPatchSerializer(LeadFieldsSerializer):
    source_detail = serializers.CharField(max_length=200, required=False, allow_blank=True)
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="Refuse when the lead has another version now."
    )


class BulkSerializer(serializers.Serializer):
    leads: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=LeadInSerializer(), min_length=1, max_length=MAX_BULK
    )


class WarningSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(allow_blank=True)


class EnteredSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    is_new = serializers.BooleanField()
    changed = serializers.ListField(child=serializers.CharField())
    warnings = WarningSerializer(many=True)


class BulkAnswerSerializer(serializers.Serializer):
    results = EnteredSerializer(many=True)


class ActivitySerializer(serializers.ModelSerializer):
    data = serializers.DictField()  # type: ignore[assignment]

    class Meta:
        model = Activity
        fields = ("kind", "occurred_at", "recorded_at", "actor_kind", "actor_label", "data",
                  "is_machine")  # fmt: skip
        read_only_fields = fields


class NoteSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id", read_only=True)
    body = serializers.CharField(max_length=20_000)

    class Meta:
        model = Note
        fields = ("id", "body", "author_label", "created_at")
        read_only_fields = ("author_label", "created_at")


class StageInSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=Stage.choices)
    other_reason = serializers.ChoiceField(
        choices=OtherReason.choices, required=False, allow_blank=True
    )
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class OwnerInSerializer(serializers.Serializer):
    owner = serializers.EmailField(allow_null=True, help_text="The address of a person, or null.")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
