"""Questions about events and who registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.actor import Actor
from capture.events.facts import EVENT_FORMS
from capture.events.models import SEATED, Event, EventRegistration, EventState, RegistrationState
from capture.models import Form, FormState
from leads.models import Lead
from leads.normalise import normalise_email
from leads.stages import Channel

_KINDS = [str(kind) for kind in EVENT_FORMS]


def forms_of(event: Event) -> list[Form]:
    """Return the forms whose draft or published version registers people for ``event``."""
    key = str(event.public_id)
    drafts = Form.objects.filter(kind__in=_KINDS, draft__event=key)
    live = Form.objects.filter(kind__in=_KINDS, published__definition__event=key)
    return list((drafts | live).distinct().order_by("name"))


def live_forms(event: Event) -> QuerySet[Form]:
    """Return the published forms by which visitors register for ``event``."""
    return Form.objects.filter(
        kind__in=_KINDS,
        state=FormState.PUBLISHED,
        published__definition__event=str(event.public_id),
    ).order_by("pk")


def is_public(event: Event) -> bool:
    """Say whether a form has ever told visitors of ``event``."""
    return Form.objects.filter(
        kind__in=_KINDS, versions__definition__event=str(event.public_id)
    ).exists()


def next_event_form(public_id: str, *, as_of: datetime) -> tuple[Event, Form] | None:
    """Return the next event after this one for which a form is there, with that form.

    One of the same kind comes first.
    """
    this = Event.objects.filter(public_id=public_id).first()
    coming = Event.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=as_of), state=EventState.PLANNED, starts_at__gt=as_of
    ).exclude(public_id=public_id)
    events = list(coming.order_by("starts_at", "pk")[:50])
    events.sort(key=lambda event: this is not None and event.kind != this.kind)
    keys = [str(event.public_id) for event in events]
    forms = Form.objects.filter(
        kind__in=_KINDS, state=FormState.PUBLISHED, published__definition__event__in=keys
    ).select_related("published")
    by_event: dict[str, Form] = {}
    for form in forms.order_by("-pk"):
        assert form.published is not None
        by_event[form.published.definition["event"]] = form
    return next(
        ((event, by_event[str(event.public_id)]) for event in events
         if str(event.public_id) in by_event),
        None,
    )  # fmt: skip


def events_with_counts() -> QuerySet[Event]:
    """Return events with how many are registered, wait and attended."""
    state = "registrations__state"
    alive = Q(registrations__lead__deleted_at=None)
    return Event.objects.annotate(
        waiting=Count("pk", filter=alive & Q(**{state: RegistrationState.WAITING})),
        attended=Count("pk", filter=alive & Q(**{state: RegistrationState.ATTENDED})),
    )


@dataclass(frozen=True, slots=True)
class EventFigures:
    """How many registered, and came; ``label`` is empty for all together.

    ``rate`` is the share of those marked who attended, between 0 and 1; None with nobody marked.
    """

    label: str
    registered: int = 0
    waiting: int = 0
    cancelled: int = 0
    attended: int = 0
    absent: int = 0

    @property
    def rate(self) -> float | None:
        """The share of those of whom it is known that came."""
        known = self.attended + self.absent
        return self.attended / known if known else None


def figures_of(event: Event) -> tuple[EventFigures, list[EventFigures]]:
    """Return the figures of ``event``: all together, and by channel, the largest first."""
    states = {
        "registered": Q(state__in=SEATED),
        **{
            str(state): Q(state=state)
            for state in RegistrationState
            if state != RegistrationState.REGISTERED
        },
    }
    counts = {name: Count("pk", filter=test) for name, test in states.items()}
    rows: Any = list(
        EventRegistration.objects.filter(event=event, lead__deleted_at=None)
        .order_by()
        .values("channel")
        .annotate(**counts)
    )
    labels = dict(Channel.choices)
    parts = [
        EventFigures(
            str(labels.get(row["channel"], row["channel"])), **{name: row[name] for name in counts}
        )
        for row in rows
    ]
    parts.sort(key=lambda part: (-part.registered, part.label))
    whole = EventFigures("", **{name: sum(row[name] for row in rows) for name in counts})
    return whole, parts


def seen_registrations(event: Event, actor: Actor) -> QuerySet[EventRegistration]:
    """Return the registrations of leads that ``actor`` may see."""
    return EventRegistration.objects.filter(
        event=event, lead__in=Lead.objects.visible_to(actor)
    ).select_related("lead")


def registrations_of(event: Event, keys: Sequence[str]) -> dict[str, EventRegistration]:
    """Return registrations by the normalised address, that given or that of the lead now."""
    rows = EventRegistration.objects.filter(event=event, lead__deleted_at=None)
    found: dict[str, EventRegistration] = {}
    wanted = set(keys)
    for row in rows.select_related("lead").order_by("pk"):
        for key in (row.email_key, *_lead_keys(row.lead)):
            if key in wanted:
                found.setdefault(key, row)
    return found


def _lead_keys(lead: Lead) -> Sequence[str]:
    return [normalise_email(lead.email).key] if lead.email else []
