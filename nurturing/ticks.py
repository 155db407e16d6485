"""The clock of sequences and mails."""

from datetime import datetime, timedelta
from functools import partial

from ground.due import drain
from ground.ticks import tick
from nurturing.actions.doubts import resolve_doubts
from nurturing.actions.enrolment import STEPS_TICK
from nurturing.actions.entering import (
    enter_asked_leads,
    find_newly_matching,
    look_at_changed_leads,
)
from nurturing.actions.queueing import SEND_TICK
from nurturing.actions.responses import judge_hits
from nurturing.actions.sending import send_due
from nurturing.actions.sequences import TRIGGERS_TICK
from nurturing.actions.steps import run_steps
from nurturing.actors import READER, SEQUENCES
from nurturing.models import DueEnrolment, DueEntry, DueTrigger, DueVerdict


@tick(TRIGGERS_TICK, every=timedelta(seconds=3))
def look_at_leads(as_of: datetime) -> int:
    """Let leads into the sequences that are for them, and out of those whose goal they met.

    Segments that keep members follow here too, so that it is soon even while no bell rings.
    """
    changed = partial(look_at_changed_leads, by=SEQUENCES, as_of=as_of)
    asked = partial(enter_asked_leads, by=SEQUENCES, as_of=as_of)
    return drain(DueTrigger, changed, as_of=as_of).done + drain(DueEntry, asked, as_of=as_of).done


@tick("nurturing.sweep", every=timedelta(minutes=15))
def find_matching_leads(as_of: datetime) -> int:
    """Find leads that time or their score made match a condition."""
    return find_newly_matching(as_of)


@tick(STEPS_TICK, every=timedelta(seconds=10))
def run_due_steps(as_of: datetime) -> int:
    """Queue the mails whose time has come and move their leads on to the next step."""
    return drain(DueEnrolment, partial(run_steps, by=SEQUENCES, as_of=as_of), as_of=as_of).done


@tick(SEND_TICK, every=timedelta(seconds=5))
def send_due_messages(as_of: datetime) -> int:
    """Send what is queued."""
    return send_due(as_of)


@tick("nurturing.doubts", every=timedelta(seconds=30))
def settle_doubts(as_of: datetime) -> int:
    """Find out what became of the messages whose hand-over broke off."""
    return resolve_doubts(as_of)


@tick("nurturing.verdicts", every=timedelta(seconds=10))
def judge_new_hits(as_of: datetime) -> int:
    """Tell people from machines among the new opens and clicks."""
    return drain(DueVerdict, partial(judge_hits, by=READER, as_of=as_of), as_of=as_of).done
