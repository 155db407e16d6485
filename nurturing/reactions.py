"""What follows for sequences and mails from what happened to leads.

Runs end at once and not by a due row: the next claim must see it.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.rights import Role
from capture.connectors.mail.answers import Outbox
from capture.guard.actions.digest import Digest
from capture.models import FormReply, OptIn
from ground.due import ask
from ground.ticks import wake
from leads.models import Activity, ConsentState, LeadExport
from leads.stages import SORTED_OUT, Stage
from nurturing.actions.enrolment import end_runs_of
from nurturing.actions.incoming import known_messages, take_answer, take_report
from nurturing.actions.notifications import notify_users
from nurturing.actions.optins import queue_opt_in_mails, welcome_back
from nurturing.actions.replies import queue_replies
from nurturing.actions.sequences import TRIGGERS_TICK
from nurturing.actors import REPORTS, SEQUENCES
from nurturing.compose import absolute
from nurturing.drafts import TriggerKind
from nurturing.models import (
    DueEntry,
    DueTrigger,
    EnrolmentSource,
    ExitReason,
)
from nurturing.models import Sequence as SequenceModel
from nurturing.triggers import running_with_trigger


def look_at_leads(activities: Sequence[Activity]) -> None:
    """Have the leads looked at: they may meet a condition or a goal now."""
    ask(
        DueTrigger,
        "lead_id",
        {activity.lead_id for activity in activities},
        due_at=activities[0].recorded_at,
    )
    wake(TRIGGERS_TICK)


def look_at_moved(lead_ids: Collection[int], as_of: datetime) -> None:
    """Have leads looked at that entered or left a segment, where a sequence has a condition."""
    conditions = SequenceModel.objects.filter(live__trigger__kind=TriggerKind.CONDITION)
    if not conditions.exists():
        return
    ask(DueTrigger, "lead_id", lead_ids, due_at=as_of)
    wake(TRIGGERS_TICK)


def leave_at_stage(activities: Sequence[Activity]) -> None:
    """End the runs that the new stage of their lead ends; who was sorted out says why."""
    by_stage: dict[tuple[str, str], dict[int, str]] = {}
    for activity in activities:
        stage, why = str(activity.data["to"]), str(activity.data.get("other_reason") or "")
        is_out = stage == Stage.OTHER and why in SORTED_OUT
        reasons = by_stage.setdefault((stage, why if is_out else stage), {})
        reasons[activity.lead_id] = ExitReason.SORTED_OUT if is_out else ExitReason.STAGE_CHANGED
    for (stage, detail), reasons in by_stage.items():
        end_runs_of(
            reasons,
            by=SEQUENCES,
            as_of=activities[0].recorded_at,
            detail=detail,
            version__exit_stages__contains=[stage],
        )


def leave_when_handed_over(activities: Sequence[Activity]) -> None:
    """End all runs of leads that sales has now."""
    _leave(activities, ExitReason.HANDED_OVER)


def leave_when_deleted(activities: Sequence[Activity]) -> None:
    """End all runs of leads that are in the bin."""
    _leave(activities, ExitReason.LEAD_DELETED)


def _leave(activities: Sequence[Activity], reason: ExitReason) -> None:
    leads = {activity.lead_id: reason.value for activity in activities}
    end_runs_of(leads, by=SEQUENCES, as_of=activities[0].recorded_at)


def leave_without_consent(activities: Sequence[Activity]) -> None:
    """End the runs whose consent was withdrawn; after an objection all of them."""
    for activity in activities:
        if activity.data.get("channel") != "email":
            continue
        is_objection = activity.data.get("state") == ConsentState.OBJECTED
        purpose = str(activity.data.get("purpose"))
        only = {} if is_objection else {"version__purpose": purpose}
        leads = {activity.lead_id: ExitReason.UNSUBSCRIBED.value}
        end_runs_of(leads, by=SEQUENCES, as_of=activity.recorded_at, **only)


def enter_after_form(activities: Sequence[Activity]) -> None:
    """Ask for the leads that sent a form to enter the sequences of that form."""
    _ask_to_enter(
        activities,
        TriggerKind.FORM,
        EnrolmentSource.FORM,
        lambda trigger, data: trigger.get("form") == data.get("form"),
    )


def enter_after_rejection(activities: Sequence[Activity]) -> None:
    """Ask for leads that sales rejected to enter the sequences for the reason."""
    _ask_to_enter(
        activities,
        TriggerKind.REJECTION,
        EnrolmentSource.REJECTION,
        lambda trigger, data: (
            not trigger["reasons"] or data.get("reject_reason") in trigger["reasons"]
        ),
    )


def _ask_to_enter(
    activities: Sequence[Activity],
    kind: str,
    source: EnrolmentSource,
    fits: Callable[[dict[str, Any], dict[str, Any]], bool],
) -> None:
    for sequence in running_with_trigger(kind):
        assert sequence.live is not None
        leads = {
            activity.lead_id
            for activity in activities
            if fits(sequence.live.trigger, activity.data)
        }
        _ask_entries(sequence, leads, source, activities[0].recorded_at)


def _ask_entries(
    sequence: SequenceModel, leads: set[int], source: EnrolmentSource, as_of: datetime
) -> None:
    for lead_id in sorted(leads):
        ask(
            DueEntry,
            "key",
            [f"{lead_id}:{sequence.pk}"],
            due_at=as_of,
            lead_id=lead_id,
            sequence_id=sequence.pk,
            source=source.value,
        )
    if leads:
        wake(TRIGGERS_TICK)


def send_opt_in_mails(activities: Sequence[Activity]) -> None:
    """Queue the mails that ask for confirmation."""
    opt_ins = _opt_ins(activities)
    queue_opt_in_mails(opt_ins, by=SEQUENCES, as_of=activities[0].recorded_at)


def send_replies(activities: Sequence[Activity]) -> None:
    """Queue the mails that answer a form."""
    keys = [activity.data["reply_id"] for activity in activities]
    replies = FormReply.objects.filter(pk__in=keys).select_related("lead")
    queue_replies(replies, by=SEQUENCES, as_of=activities[0].recorded_at)


def welcome_confirmed(activities: Sequence[Activity]) -> None:
    """Let addresses that were just confirmed be written to again."""
    addresses = [opt_in.email for opt_in in _opt_ins(activities)]
    welcome_back(addresses, by=SEQUENCES, as_of=activities[0].recorded_at)


def _opt_ins(activities: Sequence[Activity]) -> list[OptIn]:
    keys = [activity.data["opt_in_id"] for activity in activities]
    return list(OptIn.objects.filter(pk__in=keys).select_related("lead", "form"))


def tell_of_export(export: LeadExport, as_of: datetime) -> None:
    """Tell by mail who asked for an export that it can be fetched."""
    if export.created_by is None:
        return
    notify_users(
        [export.created_by],
        subject=_("Your export is ready"),
        text=_("It can be downloaded by you alone, for 24 hours."),
        link=absolute("export_detail", public_id=export.public_id),
        by=SEQUENCES,
        as_of=as_of,
        dedupe_key=f"leads.export:{export.pk}",
    )


def tell_what_is_held(digest: Digest, as_of: datetime) -> None:
    """Tell somebody by mail how much waits for a decision."""
    held = digest.held
    names: list[tuple[str | Promise, int]] = []
    if held.submissions:
        names.append((_("Forms"), held.submissions))
    names += [(connection.name, count) for connection, count in held.connections]
    text = format_lazy(
        "{}\n\n" + "".join("{}: {}\n" for _each in names) + "\n{}",
        _("This looks like spam and waits for you to let it through or to put it away:"),
        *(part for pair in names for part in pair),
        _("What nobody looks at is deleted 30 days after it came in."),
    )
    notify_users(
        [digest.user],
        subject=_("Held as spam"),
        text=text,
        link=absolute("spam_list"),
        by=SEQUENCES,
        as_of=as_of,
        dedupe_key=f"guard.digest:{digest.day}",
    )


def tell_of_flood(as_of: datetime) -> None:
    """Tell the administrators that more asked to be mailed than is allowed within an hour."""
    notify_users(
        list(User.objects.active().filter(role=Role.ADMIN)),
        subject=_("Unusually many sign-ups: confirmation mails wait"),
        text=_(
            "More confirmation mails were asked for within an hour than you allow. They wait until"
            " somebody sends them. Have a look at who signed up: it may be an attack on strangers."
        ),
        link=absolute("guard_settings"),
        by=SEQUENCES,
        as_of=as_of,
        dedupe_key=f"guard.flood:{as_of:%Y-%m-%dT%H}",
    )


OUTBOX = Outbox(
    known=known_messages,
    answered=lambda ids, as_of: take_answer(ids, by=SEQUENCES, as_of=as_of),
    reported=lambda report, source, as_of: take_report(report, source, by=REPORTS, as_of=as_of),
)
