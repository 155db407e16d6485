"""Spreading mails that are due at once over the minutes that follow."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from accounts.action import action
from accounts.actor import Actor
from nurturing.models import Message, MessageKind, MessageState, Reason
from nurturing.pace import Pace, domain_of

MINUTE = timedelta(minutes=1)
# 10,000 mails cost 0.4 s, once: afterwards each is looked at again in its own minute.
_CHUNK = 10_000


@action
def hold_to_pace(due: QuerySet[Message], *, by: Actor, as_of: datetime) -> int:
    """Give the mails of sequences among ``due`` that exceed the pace a later time.

    ``due`` is in the order of sending. Returns how many were put off; the others may go now. Only
    advertising is held back: confirmations, alerts and personal mails go at once.
    """
    pace = Pace(
        _domains_before(as_of),
        in_all=settings.MAILS_PER_MINUTE,
        to_domain=settings.MAILS_PER_MINUTE_AND_DOMAIN,
    )
    put_off: dict[int, list[int]] = defaultdict(list)
    advertising = due.filter(kind=MessageKind.SEQUENCE).values_list("pk", "to_address")
    for key, address in advertising.iterator(chunk_size=_CHUNK):
        if minute := pace.minute_for(domain_of(address)):
            put_off[minute].append(key)
    return sum(_put_off(keys, as_of + minute * MINUTE) for minute, keys in put_off.items())


def _domains_before(as_of: datetime) -> Iterator[str]:
    sent = Message.objects.filter(kind=MessageKind.SEQUENCE, claimed_at__gt=as_of - MINUTE)
    return (domain_of(address) for address in sent.order_by().values_list("to_address", flat=True))


def _put_off(keys: list[int], until: datetime) -> int:
    queued = Message.objects.filter(pk__in=keys, state=MessageState.QUEUED).order_by("pk")
    free = queued.select_for_update(of=("self",), no_key=True, skip_locked=True)
    locked = list(free.values_list("pk", flat=True))
    return Message.objects.filter(pk__in=locked).update(
        due_at=until, reason=Reason.PACED, detail=""
    )
