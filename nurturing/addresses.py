"""Which addresses must not be written to."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from leads.normalise import normalise_email
from nurturing.models import Suppression


def address_hash(address: str) -> str:
    """Return the HMAC-SHA256 of the normalised address, by which suppressions are kept.

    Case and the writing of the domain do not matter; dots and plus parts do, since they tell
    people apart at many providers.
    """
    key = hashlib.sha256(b"leadcrm.suppression:" + settings.SUPPRESSION_KEY.encode()).digest()
    return hmac.new(key, normalise_email(address).key.encode(), hashlib.sha256).hexdigest()


def suppressions_of(addresses: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Return for each suppressed address its scopes with their reason; one query."""
    hashes = hashes_of(addresses)
    return by_address(hashes, suppressions_by(hashes))


def hashes_of(addresses: Iterable[str]) -> dict[str, str]:
    """Return under what each address is suppressed."""
    return {address: address_hash(address) for address in addresses if address}


def suppressions_by(hashes: Mapping[str, str]) -> QuerySet[Suppression, Any]:
    """Return the suppressions of the addresses of ``hashes_of``, as hash, scope and reason."""
    rows = Suppression.objects.filter(address_hash__in=hashes.values(), lifted_at=None)
    return rows.values_list("address_hash", "scope", "reason")


def by_address(
    hashes: Mapping[str, str], rows: Iterable[tuple[str, str, str]]
) -> dict[str, dict[str, str]]:
    """Return for each suppressed address its scopes with their reason, from rows that were read."""
    scopes: dict[str, dict[str, str]] = {}
    for row in rows:
        scopes.setdefault(row[0], {})[row[1]] = row[2]
    return {address: scopes[key] for address, key in hashes.items() if key in scopes}
