"""The filters of the lists."""

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from capture.models import (
    Campaign,
    CampaignKind,
    CampaignState,
    Form,
    FormKind,
    FormState,
    Submission,
    SubmissionState,
)


class FormFilter(filters.FilterSet):
    """Narrows the list of forms."""

    state = filters.MultipleChoiceFilter(choices=FormState.choices, label=_("State"))
    kind = filters.MultipleChoiceFilter(choices=FormKind.choices, label=_("Type"))

    class Meta:
        model = Form
        fields: list[str] = []


def _all_forms(request: HttpRequest | None) -> QuerySet[Form]:
    return Form.objects.order_by("name")


class SubmissionFilter(filters.FilterSet):
    """Narrows the list of submissions."""

    state = filters.MultipleChoiceFilter(choices=SubmissionState.choices, label=_("State"))
    form = filters.ModelChoiceFilter(
        queryset=_all_forms, to_field_name="public_id", label=_("Form")
    )
    received = filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))

    class Meta:
        model = Submission
        fields: list[str] = []


class CampaignFilter(filters.FilterSet):
    """Narrows the list of campaigns."""

    state = filters.MultipleChoiceFilter(choices=CampaignState.choices, label=_("State"))
    kind = filters.MultipleChoiceFilter(choices=CampaignKind.choices, label=_("Type"))

    class Meta:
        model = Campaign
        fields: list[str] = []
