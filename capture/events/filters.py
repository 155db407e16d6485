import django_filters as filters
from django.utils.translation import gettext_lazy as _

from capture.events.models import Event, EventKind, EventRegistration, RegistrationState
from leads.stages import Channel


class EventFilter(filters.FilterSet):
    """Narrows the list of events."""

    kind = filters.MultipleChoiceFilter(choices=EventKind.choices, label=_("Type"))

    class Meta:
        model = Event
        fields: list[str] = []


class RegistrationFilter(filters.FilterSet):
    """Narrows the registrations of an event."""

    state = filters.MultipleChoiceFilter(choices=RegistrationState.choices, label=_("State"))
    channel = filters.MultipleChoiceFilter(choices=Channel.choices, label=_("Channel"))

    class Meta:
        model = EventRegistration
        fields: list[str] = []
