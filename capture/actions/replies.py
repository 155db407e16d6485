"""Asking for mails that answer a form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from accounts.action import action
from accounts.actor import Actor
from capture.activities import REPLY_ASKED
from capture.models import FormReply, Submission
from capture.optin import mailbox_of
from capture.replies import uncapped_kinds
from leads.actions.timeline import NewActivity, record

# Against burying a mailbox in mails: more answers than this a day are not sent.
MAX_A_DAY = 5


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """A mail that somebody asked for by a form; fields as in ``FormReply``.

    One that ``is_follow_up`` belongs to something that was asked for and answered before, such as a
    reminder: the cap neither holds it back nor counts it.
    """

    lead_id: int
    kind: str
    email: str
    email_key: str
    language: str
    dedupe_key: str
    submission: Submission | None = None
    data: dict[str, Any] = field(default_factory=dict)
    is_follow_up: bool = False


@action
def ask_replies(requests: Sequence[ReplyRequest], *, by: Actor, as_of: datetime) -> list[FormReply]:
    """Ask for mails, as far as the cap for one mailbox allows; returns those that are new.

    The mail follows from the activity. The same ``dedupe_key`` is asked for once.
    """
    if not requests:
        return []
    known = set(
        FormReply.objects.filter(dedupe_key__in=[item.dedupe_key for item in requests]).values_list(
            "dedupe_key", flat=True
        )
    )
    left = _left({mailbox_of(item.email_key) for item in requests}, as_of)
    rows = []
    for item in requests:
        mailbox = mailbox_of(item.email_key)
        is_capped = not item.is_follow_up and item.kind not in uncapped_kinds()
        if item.dedupe_key in known or (is_capped and left[mailbox] < 1):
            continue
        left[mailbox] -= is_capped
        # What is not capped has no mailbox, so that nobody counts it.
        rows.append(_row(item, mailbox if is_capped else "", as_of))
    FormReply.objects.bulk_create(rows)
    told = [
        NewActivity(row.lead_id, REPLY_ASKED, as_of, {"reply_id": row.pk, "reply": row.kind})
        for row in rows
    ]
    record(told, by=by, as_of=as_of)
    return rows


def _left(mailboxes: set[str], as_of: datetime) -> dict[str, int]:
    if not mailboxes:
        return {}
    counts = dict(
        FormReply.objects.filter(
            mailbox_key__in=mailboxes, asked_at__gt=as_of - timedelta(hours=24)
        )
        .order_by()
        .values_list("mailbox_key")
        .annotate(total=Count("pk"))
    )
    return {mailbox: MAX_A_DAY - counts.get(mailbox, 0) for mailbox in mailboxes}


def _row(item: ReplyRequest, mailbox: str, as_of: datetime) -> FormReply:
    return FormReply(
        lead_id=item.lead_id,
        submission=item.submission,
        kind=item.kind,
        data=item.data,
        email=item.email[:320],
        mailbox_key=mailbox,
        language=item.language,
        dedupe_key=item.dedupe_key,
        asked_at=as_of,
    )
