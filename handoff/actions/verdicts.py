"""What reps find out about leads by talking to them (source 001)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from handoff.activities import VERDICT_GIVEN
from handoff.models import Call, CallOutcome, Meeting, MeetingState, Verdict, VerdictValue
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.models import Lead
from scoring.models import Score


@action
def give_verdicts(
    lead_ids: Sequence[int], *, value: str, by: Actor, as_of: datetime, text: str = ""
) -> list[Verdict]:
    """Note what somebody thinks of leads after contact, beside the score that they have now.

    Who says the same again changes nothing. Raises ``DomainError`` (``verdict_unknown``;
    ``no_contact`` for a lead that nobody has talked to).
    """
    by.require(Right.HANDOFF_WORK)
    if value not in VerdictValue.values:
        raise DomainError("verdict_unknown", _("Say how good the lead is."), "value")
    visible = Lead.objects.visible_to(by).filter(pk__in=lead_ids)
    leads = lock_leads(sorted(visible.values_list("pk", flat=True)))
    ids = [lead.pk for lead in leads]
    if talked_to(ids) != set(ids):
        raise DomainError(
            "no_contact", _("Talk to the lead first; a guess is no verdict."), "value"
        )
    text = text.strip()[:500]
    said = newest_verdicts(ids)
    versions = _versions(ids)
    rows = [
        Verdict(
            lead_id=lead.pk,
            user_id=by.user_id,
            user_label=by.label,
            value=value,
            text=text,
            at=as_of,
            score=lead.score,
            fit=lead.fit,
            engagement=lead.engagement,
            grade=lead.grade,
            version=versions.get(lead.pk, ""),
        )
        for lead in leads
        if not _is_same(said.get(lead.pk), value, text, by)
    ]
    Verdict.objects.bulk_create(rows)
    record(
        [
            NewActivity(row.lead_id, VERDICT_GIVEN, as_of, {"value": value, "text": text})
            for row in rows
        ],
        by=by,
        as_of=as_of,
    )
    return rows


def talked_to(lead_ids: Sequence[int]) -> set[int]:
    """Return those of the leads whom somebody reached by phone or met; one query."""
    calls = Call.objects.filter(lead=OuterRef("pk"), outcome=CallOutcome.REACHED)
    meetings = Meeting.objects.filter(lead=OuterRef("pk"), state=MeetingState.HELD)
    reached = Lead.objects.filter(Q(Exists(calls)) | Q(Exists(meetings)), pk__in=lead_ids)
    return set(reached.order_by().values_list("pk", flat=True))


def newest_verdicts(lead_ids: Sequence[int]) -> dict[int, Verdict]:
    """Return the verdict that holds for each of the leads, by lead."""
    rows = Verdict.objects.filter(lead__in=lead_ids).order_by("lead_id", "-at", "-pk")
    return {row.lead_id: row for row in rows.distinct("lead_id")}


def _versions(lead_ids: Sequence[int]) -> dict[int, str]:
    scores = Score.objects.filter(lead__in=lead_ids, model__is_main=True)
    return {row.lead_id: str(row.version) for row in scores.select_related("version__model")}


def _is_same(said: Verdict | None, value: str, text: str, by: Actor) -> bool:
    return said is not None and (said.value, said.text, said.user_id) == (value, text, by.user_id)
