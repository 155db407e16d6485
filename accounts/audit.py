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
from accounts.models import AuditEntry, AuditHead

__all__ = ["ChainReport", "hash_of", "record", "register_event", "verify_chain"]

log = structlog.get_logger(__name__)

NO_HASH = "0" * 64
# One number for one lock: entries are chained in the order in which it is taken.
_CHAIN_LOCK = 7_366_170_265
# What ``AuditHead`` says of a log without entries: how many, the newest and its hash.
_NO_END = (0, None, "")


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
    # SECURITY: the newest hash in another place. Who may switch off the triggers can cut off the
    # end and make the head fit; the log of the system still knows.
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
    """What a check of the chain found; ``broken_at`` is the first entry that does not fit.

    ``is_cut`` says that the end is not the one that the database kept in ``AuditHead``: entries
    were taken off it, or all of them were.
    """

    entries: int
    broken_at: int | None = None
    is_cut: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every entry is as it was written and none is missing, at the end neither."""
        return self.broken_at is None and not self.is_cut


def verify_chain() -> ChainReport:
    """Read the whole log in order and compare every hash; streams, so it may take a while.

    The head is read first: what is written meanwhile comes after the end that it names.
    """
    head = AuditHead.objects.first()
    end = (head.entries, head.newest_id, head.newest_hash) if head else _NO_END
    expected, count, is_cut = NO_HASH, 0, end != _NO_END
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_hash != expected or entry.entry_hash != hash_of(entry):
            return ChainReport(entries=count, broken_at=entry.pk)
        expected = entry.entry_hash
        count += 1
        is_cut = is_cut and end != (count, entry.pk, entry.entry_hash)
    has_lost_head = head is None and count > 0
    return ChainReport(entries=count, is_cut=is_cut or has_lost_head)


def is_end_whole() -> bool:
    """Say whether the newest entry is the one in ``AuditHead``; quick, unlike ``verify_chain``."""
    newest = models.Subquery(AuditEntry.objects.order_by("-id").values("entry_hash")[:1])
    head = AuditHead.objects.annotate(found=newest).first()
    if head is None:
        return not AuditEntry.objects.exists()
    return (head.found or "") == head.newest_hash


def _plain(data: dict[str, Any]) -> Any:
    """Return ``data`` as the database will give it back, so that the hash stays the same."""
    text = json.dumps(data, cls=DjangoJSONEncoder)
    return json.loads(text.replace("\\u0000", ""))
