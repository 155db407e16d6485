"""Unusually many mails that come back, and taking back what one source told.

Who has the secret of a connection may report every mail as returned. The rate of what one
connection tells is watched for that; what comes above it waits for a person.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import Right, Role
from ground.errors import DomainError
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.models import Lead
from nurturing.actions.notifications import notify_users
from nurturing.actions.outcomes import conclude
from nurturing.activities import BOUNCES_ACCEPTED, EMAIL_RESTORED, SUPPRESSIONS_LIFTED
from nurturing.compose import absolute
from nurturing.models import (
    BounceAlarm,
    MailEvent,
    MailEventKind,
    Message,
    MessageState,
    Suppression,
    SuppressionReason,
)

log = structlog.get_logger(__name__)

WINDOW = timedelta(hours=1)
# Lists that people agreed to stay far below; providers begin to complain at as much.
MOST_PERCENT = 5
# Below that a few dead addresses of a short list would be an alarm.
LEAST = 10


def is_held_back(source: UUID, *, is_hard: bool, by: Actor, as_of: datetime) -> bool:
    """Say whether one more bounce that ``source`` tells of waits for a person; for actions.

    The one that makes too many raises the alarm and waits already. What came before a person
    looked last is not counted again.
    """
    alarms = BounceAlarm.objects.filter(source=source)
    if alarms.filter(settled_at=None).exists():
        return True
    if not is_hard:
        return False
    since = as_of - WINDOW
    looked_at = alarms.order_by("-settled_at").values_list("settled_at", flat=True).first()
    before = _bounces(source, max(since, looked_at or since))
    bounced = before.filter(data__is_hard=True).count() + 1
    if bounced < LEAST:
        return False
    sent = Message.objects.filter(
        state=MessageState.SENT, lead__isnull=False, claimed_at__gt=since, claimed_at__lte=as_of
    ).count()
    if bounced * 100 <= sent * MOST_PERCENT:
        return False
    _raise(source, since, bounced, sent, by=by, as_of=as_of)
    return True


def _raise(
    source: UUID, since: datetime, bounced: int, sent: int, *, by: Actor, as_of: datetime
) -> None:
    log.error("bounce_alarm_raised", source=str(source), bounced=bounced, sent=sent)
    row = BounceAlarm(source=source, since=since, raised_at=as_of, bounced=bounced, sent=sent)
    row.save(force_insert=True)
    notify_users(
        list(User.objects.active().filter(role=Role.ADMIN)),
        subject=_("Unusually many mails came back"),
        text=_(
            "More mails came back within an hour than lists of living people have. It may be a bad"
            " list, or somebody who makes it up. Until you have looked, what this connection tells"
            " suppresses nobody."
        ),
        link=absolute("suppression_sources"),
        by=by,
        as_of=as_of,
        dedupe_key=f"nurturing.bounces:{row.pk}",
    )


def _bounces(source: UUID, since: datetime) -> QuerySet[MailEvent]:
    """Return what ``source`` told since then of mails that came back, and is not known as false."""
    return MailEvent.objects.filter(
        source=source, kind=MailEventKind.BOUNCE, at__gte=since, disproved_at=None
    )


def held_bounces(source: UUID) -> QuerySet[MailEvent]:
    """Return what waits for a person to look at it."""
    return MailEvent.objects.filter(source=source, kind=MailEventKind.BOUNCE, is_held=True)


def liftable(source: UUID, since: datetime) -> QuerySet[Suppression]:
    """Return the suppressions for bounces that ``source`` told of since then.

    Complaints, and what people decided themselves, are none of them.
    """
    return Suppression.objects.filter(
        source=source, reason=SuppressionReason.BOUNCED, at__gte=since, lifted_at=None
    )


@action
def accept_bounces(alarm_id: int, *, by: Actor, as_of: datetime) -> int:
    """Say that mails really came back, draw the conclusions; returns how many addresses are dead.

    Needs ``suppression.lift``. An alarm that was settled before changes nothing.
    """
    by.require(Right.UNSUPPRESS)
    alarm = BounceAlarm.objects.select_for_update(of=("self",)).get(pk=alarm_id)
    if alarm.settled_at is not None:
        return 0
    held = list(held_bounces(alarm.source).select_related("message__lead", "message__sequence"))
    list(lock_leads([event.message.lead_id for event in held if event.message.lead_id]))
    MailEvent.objects.filter(pk__in=[event.pk for event in held]).update(is_held=False)
    count = conclude(held, by=by, as_of=as_of) if held else 0
    _settle(alarm.source, was_true=True, by=by, as_of=as_of)
    data = {"source": str(alarm.source), "reports": len(held), "addresses": count}
    audit.record(BOUNCES_ACCEPTED, by=by, as_of=as_of, about=alarm, data=data)
    return count


@action
def lift_by_source(source: UUID, *, since: datetime, note: str, by: Actor, as_of: datetime) -> int:
    """Take back what ``source`` told since then of mails that came back; returns how many rows.

    Suppressions for bounces end, unless the person wants no mails either, which then is the reason
    that is left. Addresses count as working again, held reports are dropped, an open alarm of the
    source is settled. Runs that ended stay ended. Needs ``suppression.lift`` and a ``note`` that
    says why (``DomainError`` ``note_missing``).
    """
    by.require(Right.UNSUPPRESS)
    if not note.strip():
        raise DomainError("note_missing", _("Say why."), field="note")
    false = _bounces(source, since) | held_bounces(source)
    events = list(false.values_list("pk", "message__lead_id"))
    keys = [key for key, _lead in events]
    leads = list(lock_leads([lead for _key, lead in events if lead is not None]))
    rows = liftable(source, since)
    rows.exclude(own_wish="").update(reason=F("own_wish"), own_wish="")
    count = rows.update(lifted_at=as_of, lifted_by=by.label[:150], lift_note=note.strip()[:500])
    MailEvent.objects.filter(pk__in=keys).update(is_held=False, disproved_at=as_of)
    restored = _restore([lead.pk for lead in leads], keys, by=by, as_of=as_of)
    _settle(source, was_true=False, by=by, as_of=as_of)
    data = {"source": str(source), "since": since, "lifted": count, "leads": restored}
    audit.record(SUPPRESSIONS_LIFTED, by=by, as_of=as_of, data=data | {"note": note.strip()[:500]})
    return count


def _restore(lead_ids: list[int], events: list[int], *, by: Actor, as_of: datetime) -> int:
    """Let addresses count as working again that nothing else says are dead; returns how many."""
    about = MailEvent.objects.filter(
        message__lead=OuterRef("pk"), message__to_address=OuterRef("email")
    )
    others = about.filter(
        kind=MailEventKind.BOUNCE, data__is_hard=True, is_held=False, disproved_at=None
    )
    rows = Lead.objects.filter(
        Exists(about.filter(pk__in=events)), ~Exists(others), pk__in=lead_ids, is_email_valid=False
    )
    keys = sorted(rows.values_list("pk", flat=True))
    Lead.objects.filter(pk__in=keys).update(is_email_valid=True, updated_at=as_of)
    record([NewActivity(key, EMAIL_RESTORED, as_of) for key in keys], by=by, as_of=as_of)
    return len(keys)


def _settle(source: UUID, *, was_true: bool, by: Actor, as_of: datetime) -> None:
    BounceAlarm.objects.filter(source=source, settled_at=None).update(
        settled_at=as_of, settled_by=by.label[:150], was_true=was_true
    )
