"""Saying that a lead is only gathering information, and how that is known."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from conditions.tree import to_json
from ground.errors import DomainError
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.activities import INFORMATION_ENDED, INFORMATION_MARKED
from leads.buying_signals import SIGNALS
from leads.conditions import LEADS, asks_for, lead_condition
from leads.customfields import all_fields
from leads.information import OWN_FIELD, forget_information, stored_information
from leads.models import FieldType, InformationMark, InformationSettings, MarkSource

MAX_DAYS = 3650


@action
def mark_information(
    lead_ids: Sequence[int], *, is_only: bool, reason: str, by: Actor, as_of: datetime
) -> int:
    """Say that leads only gather information, or that they do not; returns how many changed.

    Raises ``DomainError`` (``reason_missing``) for lifting it without saying why.
    """
    by.require(Right.LEADS_EDIT)
    reason = reason.strip()
    if not is_only and not reason:
        raise DomainError("reason_missing", _("Say why."), field="reason")
    ids = list(lock_leads(lead_ids).values_list("pk", flat=True))
    return _mark(dict.fromkeys(ids, is_only), MarkSource.BY_HAND, reason, by=by, as_of=as_of)


def follow_answers(
    answers: Mapping[int, Any], *, at: Mapping[int, datetime], by: Actor, as_of: datetime
) -> None:
    """Mark the leads whose own answer is yes, and let go those that took it back.

    ``answers`` are the new values of the field by lead, ``at`` when they were given. What somebody
    set by hand stays where the lead takes its answer back. Called inside of the action that wrote
    the answers.
    """
    said = [pk for pk, value in answers.items() if value is True]
    took_back = [pk for pk, value in answers.items() if value is not True]
    for pk in said:
        _mark({pk: True}, MarkSource.DECLARED, "", by=by, as_of=at.get(pk, as_of))
    if took_back:
        rows = InformationMark.objects.filter(lead__in=took_back, source=MarkSource.DECLARED)
        gone = list(rows.filter(is_only=True).values_list("lead_id", flat=True))
        rows.filter(lead__in=gone).delete()
        data = {"source": MarkSource.DECLARED.value}
        ended = [NewActivity(pk, INFORMATION_ENDED, as_of, data) for pk in gone]
        record(ended, by=by, as_of=as_of)


def _mark(
    wanted: Mapping[int, bool], source: MarkSource, reason: str, *, by: Actor, as_of: datetime
) -> int:
    """Write the marks that say something new; of a lead's own answer the last one counts."""
    same = InformationMark.objects.filter(lead__in=wanted, source=source, reason=reason[:300])
    known = {row.lead_id: row.is_only for row in same if source == MarkSource.BY_HAND}
    new = {pk: is_only for pk, is_only in wanted.items() if known.get(pk) is not is_only}
    InformationMark.objects.bulk_create(
        [
            InformationMark(
                lead_id=pk,
                is_only=is_only,
                source=source,
                since=as_of,
                reason=reason[:300],
                set_by=by.label[:150],
            )
            for pk, is_only in new.items()
        ],
        update_conflicts=True,
        unique_fields=["lead"],
        update_fields=["is_only", "source", "since", "reason", "set_by"],
    )
    data = {"source": source.value, "reason": reason[:300]}
    kinds = {True: INFORMATION_MARKED, False: INFORMATION_ENDED}
    told = [NewActivity(pk, kinds[is_only], as_of, data) for pk, is_only in new.items()]
    record(told, by=by, as_of=as_of)
    return len(new)


@action
def change_information(
    *,
    field: str,
    where: Any,
    signals: Sequence[str],
    signal_days: int,
    by: Actor,
    as_of: datetime,
) -> InformationSettings:
    """Say how it is known that leads only gather information, and what ends it.

    ``where`` None infers nothing. Raises ``DomainError`` (``not_yes_or_no``, ``signal_unknown``,
    ``days_wrong``, ``asks_itself``) and ``ConditionError``.
    """
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    choices = {item.key for item in all_fields() if item.field_type == FieldType.BOOLEAN}
    if field and field not in choices and field != stored_information().field:
        raise DomainError("not_yes_or_no", _("Choose a field with yes or no."), "field")
    if unknown := set(signals) - set(SIGNALS):
        raise DomainError("signal_unknown", ", ".join(sorted(unknown)), "signals")
    if not 1 <= signal_days <= MAX_DAYS:
        raise DomainError("days_wrong", _("Choose between 1 and 3,650 days."), "signal_days")
    if where is not None:
        node = lead_condition(where, actor=by, is_personal=False)
        if asks_for(OWN_FIELD, node, LEADS.snapshot()):
            raise DomainError(
                "asks_itself", _("The rule must not ask for its own answer."), "where"
            )
        where = to_json(node)
    row = InformationSettings(
        field=field, where=where, signals=list(signals), signal_days=signal_days
    )
    InformationSettings.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["field", "where", "signals", "signal_days"],
    )
    forget_information()
    return row
