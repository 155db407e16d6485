"""Keeping addresses from being written to."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from nurturing.addresses import address_hash
from nurturing.models import Suppression
from nurturing.models.responses import EVERYTHING


@action
def suppress_addresses(
    addresses: Sequence[str],
    *,
    reason: str,
    by: Actor,
    as_of: datetime,
    scope: str = EVERYTHING,
    is_sample: bool = False,
) -> int:
    """Put addresses on the suppression list for ``scope``; returns how many were not on it.

    Needs ``consent.withdraw``. Takes effect with the next claim.
    """
    by.require(Right.CONSENT_WITHDRAW, Right.SEQUENCES_MANAGE)
    hashes = {address_hash(address) for address in addresses if address}
    known = set(
        Suppression.objects.filter(
            address_hash__in=hashes, scope=scope, lifted_at=None
        ).values_list("address_hash", flat=True)
    )
    Suppression.objects.bulk_create(
        (
            Suppression(
                address_hash=key,
                scope=scope,
                reason=reason,
                at=as_of,
                by_label=by.label[:150],
                is_sample=is_sample,
            )
            for key in sorted(hashes - known)
        ),
        ignore_conflicts=True,
    )
    return len(hashes - known)


@action
def lift_suppressions(addresses: Sequence[str], *, by: Actor, as_of: datetime, note: str) -> int:
    """Take addresses off the suppression list, whatever the scope; returns how many rows.

    Needs ``suppression.lift`` and a ``note`` that says why (``DomainError`` ``note_missing``). The
    rows stay as the record.
    """
    by.require(Right.UNSUPPRESS)
    if not note.strip():
        raise DomainError("note_missing", _("Say why."), field="note")
    hashes = {address_hash(address) for address in addresses if address}
    return Suppression.objects.filter(address_hash__in=hashes, lifted_at=None).update(
        lifted_at=as_of, lifted_by=by.label[:150], lift_note=note.strip()[:500]
    )
