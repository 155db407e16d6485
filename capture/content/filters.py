import django_filters as filters
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from capture.content.models import Content, ContentKind, JourneyPhase


class ContentFilter(filters.FilterSet):
    """Narrows the content library."""

    kind = filters.MultipleChoiceFilter(choices=ContentKind.choices, label=_("Type"))
    phase = filters.MultipleChoiceFilter(choices=JourneyPhase.choices, label=_("Phase"))
    language = filters.MultipleChoiceFilter(choices=settings.LANGUAGES, label=_("Language"))

    class Meta:
        model = Content
        fields: list[str] = []
