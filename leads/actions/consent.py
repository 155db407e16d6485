"""Recording what people agreed to, with proof."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, actor_columns, record
from leads.activities import (
    CONSENT_GRANTED,
    CONSENT_LAPSED,
    CONSENT_NOTED,
    CONSENT_REQUESTED,
    CONSENT_WITHDRAWN,
)
from leads.models import Consent, ConsentChannel, ConsentEvent, ConsentState
from leads.normalise import normalise_email

_KINDS = {
    ConsentState.GRANTED: CONSENT_GRANTED,
    ConsentState.PENDING: CONSENT_REQUESTED,
    ConsentState.WITHDRAWN: CONSENT_WITHDRAWN,
    ConsentState.OBJECTED: CONSENT_WITHDRAWN,
}
_ENDED = frozenset({ConsentState.WITHDRAWN, ConsentState.OBJECTED})


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one lead declared for one purpose and channel; ``evidence`` as in ``ConsentEvent``.

    ``is_confirmed`` is False for what anybody could have said in the name of the lead.
    """

    lead_id: int
    purpose: str
    channel: str
    state: str
    at: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict)
    is_confirmed: bool = True

    def counts_over(self, row: Consent) -> bool:
        """Say whether this may change where the lead stands.

        What is older than the present state never does. A request for confirmation changes
        nothing that is known, and what nobody confirmed ends no withdrawal and no objection.
        """
        if self.at < row.since:
            return False
        if self.state == ConsentState.PENDING:
            return row.state == ConsentState.PENDING
        is_granting = self.state == ConsentState.GRANTED
        return self.is_confirmed or not is_granting or row.state not in _ENDED


@action
def record_consents(
    declarations: Sequence[Declaration], *, by: Actor, as_of: datetime
) -> list[ConsentEvent]:
    """Log each declaration with its evidence and set where the lead stands now.

    The log keeps every declaration; which of them change the state, ``Declaration.counts_over``
    says. Needs ``consent.add`` to grant or request and ``consent.withdraw`` to end one.
    """
    for declaration in declarations:
        is_ending = declaration.state in _ENDED
        by.require(Right.CONSENT_WITHDRAW if is_ending else Right.CONSENT_ADD)
    alive = {lead.pk for lead in lock_leads([item.lead_id for item in declarations])}
    declarations = [item for item in declarations if item.lead_id in alive]
    if not declarations:
        return []
    events = _log(declarations, by=by)
    counting = _set_states(declarations)
    kinds = [_kind(item, counts=c) for item, c in zip(declarations, counting, strict=True)]
    _tell(list(zip(declarations, kinds, strict=True)), by=by, as_of=as_of)
    return events


@action
def lapse_consents(
    moves: Mapping[int, tuple[str, str]], *, by: Actor, as_of: datetime
) -> list[ConsentEvent]:
    """Let the consents to e-mail of leads whose address is another now wait for confirmation.

    ``moves`` maps ids of leads to their old and new address. What was granted for the old one says
    nothing about the new; the same address in other letters keeps everything. The log names the
    reason. Follows from a change of the lead, which needs the right to edit or create leads.
    """
    by.require(Right.LEADS_EDIT, Right.LEADS_CREATE)
    moved = {lead: pair for lead, pair in moves.items() if _is_other(*pair)}
    leads = lock_leads(list(moved)) if moved else []
    granted = Consent.objects.filter(
        lead__in=leads, channel=ConsentChannel.EMAIL, state=ConsentState.GRANTED
    )
    rows = list(granted.order_by("lead_id", "purpose"))
    if not rows:
        return []
    lapsed = [
        Declaration(
            row.lead_id,
            row.purpose,
            row.channel,
            ConsentState.PENDING,
            as_of,
            _reason(*moved[row.lead_id]),
        )
        for row in rows
    ]
    events = _log(lapsed, by=by)
    Consent.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ConsentState.PENDING, since=as_of
    )
    _tell([(item, CONSENT_LAPSED) for item in lapsed], by=by, as_of=as_of)
    return events


def _reason(old: str, new: str) -> dict[str, str]:
    return {"reason": "address_changed", "old_email": old, "new_email": new}


def _is_other(old: str, new: str) -> bool:
    return bool(old) and normalise_email(old).key != normalise_email(new).key


def _tell(items: Sequence[tuple[Declaration, str]], *, by: Actor, as_of: datetime) -> None:
    record(
        [
            NewActivity(
                item.lead_id,
                kind,
                item.at,
                {"purpose": item.purpose, "channel": item.channel, "state": item.state},
            )
            for item, kind in items
        ],
        by=by,
        as_of=as_of,
    )


def _kind(item: Declaration, *, counts: bool) -> str:
    """A mail that asks for confirmation goes out whatever is known, so that is always told."""
    is_told = counts or item.state == ConsentState.PENDING
    return _KINDS[ConsentState(item.state)] if is_told else CONSENT_NOTED


def _log(declarations: Sequence[Declaration], *, by: Actor) -> list[ConsentEvent]:
    last = dict(
        ConsentEvent.objects.filter(lead__in={item.lead_id for item in declarations})
        .order_by("lead_id", "-id")
        .distinct("lead_id")
        .values_list("lead_id", "event_hash")
    )
    events = []
    for item in declarations:
        event = ConsentEvent(
            lead_id=item.lead_id,
            purpose=item.purpose,
            channel=item.channel,
            state=item.state,
            at=item.at,
            evidence=dict(item.evidence),
            previous_hash=last.get(item.lead_id, ""),
            **actor_columns(by),
        )
        event.event_hash = last[item.lead_id] = consent_hash(event)
        events.append(event)
    return ConsentEvent.objects.bulk_create(events)


def consent_hash(event: ConsentEvent) -> str:
    """Return the SHA-256 over an event and its predecessor, which chains the log of a lead."""
    content = [
        event.previous_hash,
        event.lead_id,
        event.purpose,
        event.channel,
        event.state,
        event.at.isoformat(),
        event.actor_kind,
        event.actor_id,
        event.evidence,
    ]
    text = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _set_states(declarations: Sequence[Declaration]) -> list[bool]:
    """Write the new states and return for each declaration whether it counted."""
    known = {
        (row.lead_id, row.purpose, row.channel): row
        for row in Consent.objects.filter(lead__in={item.lead_id for item in declarations})
    }
    counting = []
    for item in declarations:
        key = (item.lead_id, item.purpose, item.channel)
        row = known.setdefault(
            key,
            Consent(
                lead_id=item.lead_id,
                purpose=item.purpose,
                channel=item.channel,
                state=item.state,
                since=item.at,
            ),
        )
        counting.append(item.counts_over(row))
        if counting[-1] and row.state != item.state:
            row.state, row.since = item.state, item.at
    Consent.objects.bulk_create(
        known.values(),
        update_conflicts=True,
        unique_fields=["lead", "purpose", "channel"],
        update_fields=["state", "since"],
    )
    return counting
