"""What visitors see of an event, as data: it goes into the snapshot of its forms on disk."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from capture.definition import Definition
from capture.events.models import Event
from capture.events.times import told_span
from capture.models.forms import FormKind

EVENT_FORMS = frozenset({FormKind.WEBINAR, FormKind.EVENT})
CANCELLED, OVER, CLOSED = "cancelled", "over", "closed"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event as it is public; ``join_url`` is not. ``version`` is that of the row."""

    public_id: str
    version: int
    sequence: int
    title_de: str
    title_en: str
    description_de: str
    description_en: str
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    time_zone: str
    place: str = ""
    is_cancelled: bool = False
    is_full: bool = False

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return what is public of ``event``."""
        return cls(
            public_id=str(event.public_id),
            version=event.version,
            sequence=event.sequence,
            title_de=event.title_de,
            title_en=event.title_en,
            description_de=event.description_de,
            description_en=event.description_en,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            closes_at=event.registration_ends_at,
            time_zone=event.time_zone,
            place=event.place,
            is_cancelled=event.is_cancelled,
            is_full=event.is_full,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the facts as JSON."""
        data = asdict(self)
        return {**data, **{name: data[name].isoformat() for name in _TIMES}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(**{**data, **{name: datetime.fromisoformat(data[name]) for name in _TIMES}})

    @property
    def title(self) -> str:
        """The title in the active language, else in the other."""
        return self._told(self.title_de, self.title_en)

    @property
    def description(self) -> str:
        """The description in the active language, else in the other."""
        return self._told(self.description_de, self.description_en)

    def _told(self, german: str, english: str) -> str:
        is_german = (get_language() or "en").startswith("de")
        return (german or english) if is_german else (english or german)

    @property
    def when(self) -> str:
        """When it takes place, in the active language and its own zone."""
        return told_span(self.starts_at, self.ends_at, ZoneInfo(self.time_zone))

    def why_closed(self, as_of: datetime) -> str:
        """Return why nobody can register, ``""`` while one can."""
        if self.is_cancelled:
            return CANCELLED
        if as_of >= self.ends_at:
            return OVER
        return CLOSED if as_of >= self.closes_at else ""


_TIMES = ("starts_at", "ends_at", "closes_at")


def event_of(kind: str, definition: Definition) -> Event | None:
    """Return the event for which a form of ``kind`` with ``definition`` registers people."""
    if kind not in EVENT_FORMS or not definition.event:
        return None
    return Event.objects.filter(public_id=UUID(definition.event)).first()


def facts_for(kind: str, definition: Definition) -> EventFacts | None:
    """Return what visitors of such a form see of its event; None without one."""
    event = event_of(kind, definition)
    return EventFacts.of(event) if event else None
