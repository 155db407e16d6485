"""The filters of posts."""

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from capture.models import Campaign, Network, Post


def all_campaigns(request: HttpRequest | None) -> QuerySet[Campaign]:
    """Return the campaigns to choose from, by name."""
    return Campaign.objects.order_by("name")


class PostFilter(filters.FilterSet):
    """Narrows the list of posts."""

    network = filters.MultipleChoiceFilter(choices=Network.choices, label=_("Network"))
    campaign = filters.ModelChoiceFilter(
        queryset=all_campaigns, to_field_name="public_id", label=_("Campaign")
    )
    published = filters.DateFromToRangeFilter(field_name="published_at", label=_("Published"))

    class Meta:
        model = Post
        fields: list[str] = []
