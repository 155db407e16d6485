"""Which connections tell of mails that came back, and what they are called."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from capture.connectors.models import Connection
from nurturing.models import BounceAlarm, MailEvent, Suppression, SuppressionReason


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An alarm that waits for an administrator: who told, and how many reports are held."""

    alarm: BounceAlarm
    name: str
    held: int
    connection: Connection | None


def names_of(sources: Collection[UUID]) -> dict[UUID, str]:
    """Return what connections are called; one that was removed keeps the beginning of its id."""
    known = dict(Connection.objects.filter(public_id__in=sources).values_list("public_id", "name"))
    removed = _("removed connection %(key)s")
    return {key: known.get(key) or removed % {"key": str(key)[:8]} for key in sources}


def sources_with_bounces() -> dict[UUID, str]:
    """Return the connections whose bounces keep addresses on the list or wait, by name."""
    rows = Suppression.objects.filter(
        source__isnull=False, reason=SuppressionReason.BOUNCED, lifted_at=None
    )
    waiting = BounceAlarm.objects.filter(settled_at=None)
    keys = {*rows.order_by().values_list("source", flat=True).distinct()}
    keys |= {*waiting.order_by().values_list("source", flat=True)}
    found = names_of({key for key in keys if key is not None})
    return dict(sorted(found.items(), key=lambda item: item[1].casefold()))


def open_alarms() -> list[OpenAlarm]:
    """Return the alarms that nobody has looked at; three queries."""
    rows = list(BounceAlarm.objects.filter(settled_at=None))
    if not rows:
        return []
    sources = {row.source for row in rows}
    known = {row.public_id: row for row in Connection.objects.filter(public_id__in=sources)}
    held = dict(
        MailEvent.objects.filter(source__in=sources, is_held=True)
        .order_by()
        .values_list("source")
        .annotate(total=Count("pk"))
    )
    names = names_of(sources - known.keys()) | {key: row.name for key, row in known.items()}
    return [
        OpenAlarm(row, names[row.source], held.get(row.source, 0), known.get(row.source))
        for row in rows
    ]
