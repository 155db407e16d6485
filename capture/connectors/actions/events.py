"""Keeping what came in, and working on it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.models import (
    REPLAYABLE,
    Connection,
    DueHookEvent,
    DueHookFetch,
    EventState,
    HookEvent,
)
from capture.guard.actions.learning import Lesson, teach
from ground.due import ask, cancel
from ground.ticks import wake

HOOKS = "capture.hooks"
FETCHES = "capture.hook_fetches"
# As long as submissions: taken in, and neither taken in nor wanted.
KEPT_TAKEN, KEPT_OTHERS = timedelta(days=90), timedelta(days=30)
BATCH = 1000
DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What came in, to be kept; fields as in ``HookEvent``."""

    key: str
    body: bytes
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    ip: str = ""
    state: str = EventState.RECEIVED
    fetched: bytes = b""
    is_part: bool = False
    is_test: bool = False


@action
def store_events(
    connection: Connection,
    events: Sequence[NewEvent],
    *,
    by: Actor,
    as_of: datetime,
    parent: HookEvent | None = None,
) -> int:
    """Keep what came in byte for byte and queue it; returns how many are new.

    One whose key is known within the connection is left out. Everybody may do this: it is the
    public door, and it only ever adds.
    """
    rows = [
        HookEvent(
            connection=connection,
            parent=parent,
            key=item.key,
            body=item.body,
            content_type=item.content_type[:200],
            headers=item.headers,
            ip=item.ip or None,
            received_at=parent.received_at if parent else as_of,
            state=item.state,
            fetched=item.fetched,
            is_part=item.is_part,
            is_test=item.is_test,
            is_sample=connection.is_sample,
        )
        for item in sorted(events, key=lambda item: item.key)
    ]
    HookEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    new = HookEvent.objects.filter(public_id__in=[row.public_id for row in rows])
    kept = dict(new.values_list("pk", "state"))
    waiting = [key for key, state in kept.items() if state == EventState.RECEIVED]
    ask(DueHookEvent, "event_id", waiting, due_at=as_of)
    if waiting:
        wake(HOOKS)
    return len(kept)


@action
def count_refusal(connection_id: int, reason: str, *, by: Actor, as_of: datetime) -> None:
    """Count what was turned away at the door of a connection, so that its owner sees why."""
    Connection.objects.filter(pk=connection_id).update(
        refused_count=F("refused_count") + 1, refused_at=as_of, refused_reason=reason[:40]
    )


@action
def replay_events(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Work once more on events that failed, were held or had nothing to do; returns how many.

    What became a lead stays as it is. What was held is let through, whatever the signs say, and
    that teaches the guard.
    """
    by.require(Right.FORMS_MANAGE)
    rows = HookEvent.objects.filter(pk__in=keys, state__in=REPLAYABLE).exclude(body=b"")
    found = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    chosen = HookEvent.objects.filter(pk__in=found)
    suspected = chosen.filter(Q(state=EventState.HELD) | Q(error__code=DISCARDED))
    held = list(suspected.values_list("pk", flat=True))
    _teach(suspected, is_spam=False, by=by, as_of=as_of)
    chosen.update(state=EventState.RECEIVED, error={}, result={}, processed_at=None)
    chosen.filter(pk__in=held).update(result={"released": True})
    cancel(DueHookFetch, "event_id", found)
    ask(DueHookEvent, "event_id", found, due_at=as_of)
    if found:
        wake(HOOKS)
    return len(found)


def _teach(rows: QuerySet[HookEvent], *, is_spam: bool, by: Actor, as_of: datetime) -> None:
    """Learn from what is decided about events; those that the guard held keep their signs."""
    known = rows.values_list("public_id", "error__details__signs")
    lessons = [Lesson(f"hook:{key}", is_spam, signs) for key, signs in known if signs]
    teach(lessons, by=by, as_of=as_of)


@action
def fail_stuck_events(*, by: Actor, as_of: datetime) -> int:
    """Show events that could not be worked on, five times over, among those that failed."""
    count = 0
    for queue in (DueHookEvent, DueHookFetch):
        stuck = queue.objects.quarantined().filter(event__state=EventState.RECEIVED)  # type: ignore[attr-defined]
        errors = dict(stuck.values_list("event_id", "last_error"))
        rows = HookEvent.objects.filter(pk__in=errors, state=EventState.RECEIVED).order_by("pk")
        held = list(rows.select_for_update(of=("self",)).defer("body", "fetched"))
        for row in held:
            code = "server_away" if queue is DueHookFetch else "stuck"
            row.state, row.processed_at = EventState.FAILED, as_of
            row.error = {"code": code, "details": {"text": errors[row.pk][:200]}}
        HookEvent.objects.bulk_update(held, ["state", "processed_at", "error"])
        count += len(held)
    return count


@action
def give_up_events(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Mark events that cannot be worked on as failed for good; a replay takes it back."""
    by.require(Right.FORMS_MANAGE)
    rows = HookEvent.objects.filter(pk__in=keys, state=EventState.RECEIVED).order_by("pk")
    found = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    return HookEvent.objects.filter(pk__in=found).update(
        state=EventState.FAILED, processed_at=as_of, error={"code": "given_up", "details": {}}
    )


@action
def forget_events(*, by: Actor, as_of: datetime) -> int:
    """Empty what became a lead long ago and delete everything else that is old; returns how many.

    An emptied event still says what became of it, and that it came. At most ``BATCH`` a call.
    """
    lasting = (EventState.PROCESSED, EventState.SIGNAL)
    taken = HookEvent.objects.filter(state__in=lasting, received_at__lt=as_of - KEPT_TAKEN).exclude(
        body=b""
    )
    others = HookEvent.objects.filter(received_at__lt=as_of - KEPT_OTHERS).exclude(
        state__in=(*lasting, EventState.RECEIVED)
    )
    first = list(taken.order_by("received_at").values_list("pk", flat=True)[:BATCH])
    emptied = HookEvent.objects.filter(pk__in=first).update(
        body=b"", fetched=b"", headers={}, ip=None, result={}
    )
    old = others.exclude(parts__state__in=lasting).order_by("received_at")
    gone = list(old.values_list("pk", flat=True)[:BATCH])
    HookEvent.objects.filter(pk__in=gone).delete()
    return emptied + len(gone)
