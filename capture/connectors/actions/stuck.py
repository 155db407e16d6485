"""What a person decides about events that failed each time."""

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.actions.events import give_up_events
from capture.connectors.models import DueHookEvent, DueHookFetch, EventState, HookEvent
from ground.due import drop, try_again

Queue = type[DueHookEvent] | type[DueHookFetch]


@action
def try_events_again(queue: Queue, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Let events be worked on again that failed each time; ``keys`` are those of the due rows."""
    by.require(Right.FORMS_MANAGE)
    events = queue.objects.filter(pk__in=keys).values_list("event_id", flat=True)
    failed = HookEvent.objects.filter(pk__in=list(events), state=EventState.FAILED).order_by("pk")
    locked = list(failed.select_for_update(of=("self",)).values_list("pk", flat=True))
    HookEvent.objects.filter(pk__in=locked).update(
        state=EventState.RECEIVED, error={}, processed_at=None
    )
    return try_again(queue, keys, as_of=as_of)


@action
def discard_events(queue: Queue, keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Put events away that cannot be worked on; a replay takes it back while they are kept."""
    by.require(Right.FORMS_MANAGE)
    events = queue.objects.filter(pk__in=keys).values_list("event_id", flat=True)
    give_up_events(list(events), by=by, as_of=as_of)
    return drop(queue, keys)


def of_queue(decide: Callable[..., int], queue: Queue) -> Callable[..., int]:
    """Return ``decide`` for one queue, as the page of stuck items calls it."""

    def decide_here(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
        return decide(queue, keys, by=by, as_of=as_of)

    return decide_here
