"""How many things of the same kind came before one, at whichever door."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection

from capture.guard.candidate import Candidate
from capture.guard.doors import Check
from capture.guard.likeness import ALIKE
from capture.guard.verdict import Reason

MANY_FROM_ONE_IP, IP_WINDOW = 30, timedelta(minutes=10)
MANY_FROM_ONE_NETWORK = 100
MANY_FOR_ONE_ADDRESS, ADDRESS_WINDOW = 5, timedelta(hours=1)
SAME_TEXT, TEXT_WINDOW = 3, timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many came before with the same sender, network, mailbox, text or proof."""

    from_ip: int = 0
    from_network: int = 0
    for_address: int = 0
    same_text: int = 0
    same_proof: int = 0


_EARLIER = "(other.at, other.id) < (this.at, this.id)"
# Each count is written for its own index. ``OFFSET 0`` keeps PostgreSQL from reading everything of
# a whole day in place of the few with a text that is alike.
_COUNTS = f"""
    SELECT this.key,
        (SELECT count(*) FROM capture_sighting other WHERE other.ip = this.ip
            AND other.at > this.at - %s AND {_EARLIER}),
        (SELECT count(*) FROM capture_sighting other WHERE other.network = this.network
            AND other.network <> '' AND other.at > this.at - %s AND {_EARLIER}),
        (SELECT count(*) FROM capture_sighting other WHERE other.mailbox = this.mailbox
            AND other.mailbox <> '' AND other.counts AND other.at > this.at - %s AND {_EARLIER}),
        CASE WHEN this.text = '{{}}' THEN 0 ELSE (
            SELECT count(*) FROM (
                SELECT * FROM capture_sighting alike WHERE alike.text && this.text OFFSET 0) other
            WHERE (SELECT count(*) FROM unnest(other.text) band WHERE band = ANY(this.text))
                >= LEAST({ALIKE}, cardinality(this.text))
            AND other.mailbox <> this.mailbox AND other.at > this.at - %s AND {_EARLIER}) END,
        (SELECT count(*) FROM capture_sighting other WHERE other.proof = this.proof
            AND other.proof <> '' AND other.counts AND {_EARLIER})
    FROM capture_sighting this WHERE this.key = ANY(%s)
"""  # noqa: S608


def crowds(keys: Sequence[str]) -> dict[str, Crowd]:
    """Count for each sighting what came before it; one query.

    Those of one chunk count for each other: all of them must be noted before.
    """
    windows: list[Any] = [IP_WINDOW, IP_WINDOW, ADDRESS_WINDOW, TEXT_WINDOW]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [*windows, list(keys)])
        return {key: Crowd(*counts) for key, *counts in cursor.fetchall()}


def crowd_reasons(item: Candidate, crowd: Crowd) -> Iterable[Reason]:
    """Yield what the others say about ``item``, as far as its door looks at them."""
    checks = item.door.checks
    if Check.NETWORK in checks and crowd.from_ip >= MANY_FROM_ONE_IP:
        yield Reason("many_from_ip", 60, str(crowd.from_ip))
    elif Check.NETWORK in checks and crowd.from_network >= MANY_FROM_ONE_NETWORK:
        yield Reason("many_from_network", 50, str(crowd.from_network))
    if Check.MAILBOX in checks and crowd.for_address >= MANY_FOR_ONE_ADDRESS:
        yield Reason("many_for_address", 60, str(crowd.for_address))
    if Check.REPEATED in checks and crowd.same_text >= SAME_TEXT:
        yield Reason("same_text", 50, str(crowd.same_text))
    if Check.PROOF in checks and crowd.same_proof:
        yield Reason("proof_used", 100, str(crowd.same_proof))


def hidden(value: str) -> str:
    """Return a keyed hash of ``value``: the same for the same value, and nothing can be read."""
    if not value:
        return ""
    return hmac.new(_key(settings.SECRET_KEY), value.encode(), "sha256").hexdigest()


@cache
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"capture.guard:" + secret.encode()).digest()
