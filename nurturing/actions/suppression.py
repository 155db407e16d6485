"""Keeping addresses from being written to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from nurturing.addresses import address_hash
from nurturing.models import Suppression, SuppressionReason
from nurturing.models.responses import EVERYTHING


@action
def suppress_addresses(
    addresses: Sequence[str],
    *,
    reason: str,
    by: Actor,
    as_of: datetime,
    scope: str = EVERYTHING,
    source: UUID | None = None,
    is_sample: bool = False,
) -> int:
    """Put addresses on the suppression list for ``scope``; returns how many were not on it.

    Needs ``consent.withdraw``. Takes effect with the next claim. ``source`` is the connection that
    told of it. What a person wants is kept beside a bounce, and a complaint outranks both.
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
                source=source,
                is_sample=is_sample,
            )
            for key in sorted(hashes - known)
        ),
        ignore_conflicts=True,
    )
    if reason != SuppressionReason.BOUNCED:
        # After the insert, which waits for a bounce that comes in at the same moment.
        _add_wish(hashes, reason, scope=scope, source=source)
    return len(hashes - known)


def _add_wish(hashes: set[str], reason: str, *, scope: str, source: UUID | None) -> None:
    rows = Suppression.objects.filter(address_hash__in=hashes, scope=scope, lifted_at=None)
    if reason == SuppressionReason.COMPLAINED:
        weaker = (SuppressionReason.BOUNCED, SuppressionReason.UNSUBSCRIBED)
        rows.filter(reason__in=weaker).update(reason=reason, source=source)
        return
    rows.filter(reason=SuppressionReason.BOUNCED, own_wish="").update(own_wish=reason)


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
