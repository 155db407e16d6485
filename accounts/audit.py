"""The audit log: who did what must be provable, in an order that cannot be changed unseen."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from accounts.actor import Actor
from accounts.events import EVENTS, register_event
from accounts.models import AuditEntry

__all__ = ["ChainReport", "hash_of", "record", "register_event", "verify_chain"]

log = structlog.get_logger(__name__)

NO_HASH = "0" * 64
# One number for one lock: entries are chained in the order in which it is taken.
_CHAIN_LOCK = 7_366_170_265


@transaction.atomic
def record(
    event: str,
    *,
    by: Actor,
    as_of: datetime,
    about: models.Model | None = None,
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append an entry to the chain; part of the action that it tells of.

    Takes the lock of the chain until the transaction ends, so call it last. ``data`` keeps what
    changed and never a secret. Raises ``ValueError`` for an event that is not registered.
    """
    if event not in EVENTS:
        raise ValueError(f"The audit event {event} is not registered.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    newest = AuditEntry.objects.order_by("-id").values_list("entry_hash", flat=True).first()
    entry = AuditEntry(
        at=as_of,
        actor_kind=by.kind,
        actor_id=by.token_id if by.token_id else by.user_id,
        actor_label=by.label[:150],
        event=event,
        object_kind=about._meta.label_lower if about else "",
        object_id=str(getattr(about, "public_id", about.pk)) if about else "",
        data=_plain(data or {}),
        previous_hash=newest or NO_HASH,
    )
    entry.entry_hash = hash_of(entry)
    entry.save(force_insert=True)
    # The newest hash in another place: who cuts off the end of the chain is found out by the log.
    transaction.on_commit(
        lambda: log.info("audit_recorded", entry=entry.pk, audit_event=event, hash=entry.entry_hash)
    )
    return entry


def hash_of(entry: AuditEntry) -> str:
    """Return the SHA-256 over everything the entry says and the hash before it."""
    content = [
        entry.previous_hash,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(entry.actor_kind),
        entry.actor_id,
        entry.actor_label,
        entry.event,
        entry.object_kind,
        entry.object_id,
        entry.data,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of the chain found; ``broken_at`` is the first entry that does not fit."""

    entries: int
    broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every entry is as it was written and none is missing in between."""
        return self.broken_at is None


def verify_chain() -> ChainReport:
    """Read the whole log in order and compare every hash; streams, so it may take a while."""
    expected = NO_HASH
    count = 0
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_hash != expected or entry.entry_hash != hash_of(entry):
            return ChainReport(entries=count, broken_at=entry.pk)
        expected = entry.entry_hash
        count += 1
    return ChainReport(entries=count)


def _plain(data: dict[str, Any]) -> Any:
    """Return ``data`` as the database will give it back, so that the hash stays the same."""
    text = json.dumps(data, cls=DjangoJSONEncoder)
    return json.loads(text.replace("\\u0000", ""))
