"""Remembering for two days what came in looked like."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.action import action
from accounts.actor import Actor
from capture.guard.candidate import Candidate
from capture.guard.crowd import hidden
from capture.guard.models import Sighting
from capture.guard.signs import bands_of

# Longer than every window of ``capture.guard.crowd`` and than a proof of work lives.
KEPT = timedelta(days=2)
BATCH = 10_000


@action
def note_sightings(items: Sequence[Candidate], *, by: Actor, as_of: datetime) -> None:
    """Note what ``items`` looked like; one that is noted stays as it is.

    Everybody may do this: it is behind the public doors, and it only ever adds.
    """
    rows = [
        Sighting(
            key=item.key,
            door=item.door.key,
            place=item.place,
            at=item.at,
            ip=item.ip or None,
            network=item.network,
            mailbox=hidden(item.mailbox),
            text=bands_of(item),
            proof=item.proof,
            counts=item.counts,
        )
        for item in sorted(items, key=lambda item: (item.at, item.key))
    ]
    Sighting.objects.bulk_create(rows, ignore_conflicts=True)


@action
def forget_sightings(*, by: Actor, as_of: datetime) -> int:
    """Delete what is too old to be compared with; returns how many, at most ``BATCH`` a call."""
    old = Sighting.objects.filter(at__lt=as_of - KEPT).order_by("at")
    keys = list(old.values_list("pk", flat=True)[:BATCH])
    Sighting.objects.filter(pk__in=keys).delete()
    return len(keys)
