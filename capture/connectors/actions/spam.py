"""Putting away what turned out to be spam, and taking that back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.actions.events import DISCARDED, replay_events
from capture.connectors.actions.intake import own_items
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.entries import arrive, guard_key
from capture.connectors.models import REPLAYABLE, EventState, HookEvent
from capture.connectors.told import HookError
from capture.guard.actions.learning import Lesson, teach, unteach
from capture.guard.signs import signs_of
from capture.models import Submission, SubmissionState
from leads.actions.lifecycle import change_stage
from leads.customfields import definitions
from leads.models import Lead
from leads.stages import OtherReason, Stage

DISCARDABLE = (EventState.HELD, EventState.PROCESSED)
# Whom nobody has qualified yet; who is further has somebody who knows better.
_FRESH = (Stage.SUBSCRIBER, Stage.LEAD)


@action
def discard_events(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Put events away as spam, held or taken in, which teaches the guard; returns how many.

    A lead that came of nothing else and that nobody has qualified is sorted out. ``replay`` takes
    it back.
    """
    by.require(Right.FORMS_MANAGE)
    rows = HookEvent.objects.filter(pk__in=keys, state__in=DISCARDABLE).exclude(body=b"")
    found = list(rows.order_by("pk").select_for_update(of=("self",)).select_related("connection"))
    signs = {row.pk: _signs(row) for row in found}
    lessons = [Lesson(guard_key(row), True, signs[row.pk]) for row in found if signs[row.pk]]
    teach(lessons, by=by, as_of=as_of)
    taken = [row for row in found if row.state == EventState.PROCESSED]
    stages = _sort_out(taken, by=by, as_of=as_of)
    for row in found:
        details: dict[str, Any] = {"signs": signs[row.pk]}
        if row.state == EventState.PROCESSED:
            details |= {"was_lead": True, "stage": stages.get(row.lead_id or 0, "")}
        row.state, row.processed_at = EventState.IGNORED, as_of
        row.error = {"code": DISCARDED, "details": details}
    HookEvent.objects.bulk_update(found, ["state", "processed_at", "error"])
    return len(found)


def _signs(row: HookEvent) -> list[str]:
    """Return the signs that an event carries: those it was held for, else what it says."""
    if row.state == EventState.HELD:
        return list(row.detail.get("signs", []))
    try:
        part = own_items(row)[0].body
        connector = CONNECTORS[row.connection.connector]
        told = connector.read(part, row.content_type, bytes(row.fetched))
        return signs_of(arrive(row, told, definitions(), []).candidate(), ())
    except (HookError, IndexError):
        return []


def _sort_out(rows: Sequence[HookEvent], *, by: Actor, as_of: datetime) -> dict[int, str]:
    """Sort out the leads that came of ``rows`` alone; returns the stages that they had."""
    made = {row.lead_id for row in rows if row.lead_id and row.result.get("is_new")}
    others = HookEvent.objects.filter(lead__in=made, state=EventState.PROCESSED)
    known = set(others.exclude(pk__in=[row.pk for row in rows]).values_list("lead_id", flat=True))
    sent = Submission.objects.filter(lead__in=made, state=SubmissionState.PROCESSED)
    known |= set(sent.values_list("lead_id", flat=True))
    leads = Lead.objects.filter(pk__in=made - known, stage__in=_FRESH, deleted_at=None)
    stages = dict(leads.values_list("pk", "stage"))
    change_stage(
        sorted(stages),
        to=Stage.OTHER,
        other_reason=OtherReason.SPAM,
        reason=_("Came in as spam."),
        by=by,
        as_of=as_of,
    )
    return stages


@action
def replay(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Work once more on events as ``replay_events`` does; returns how many.

    What had become a lead before it was put away is one again, where nobody has changed its stage
    meanwhile, and the guard forgets what it learned from it.
    """
    by.require(Right.FORMS_MANAGE)
    rows = HookEvent.objects.filter(pk__in=keys, state__in=REPLAYABLE, error__code=DISCARDED)
    back = list(
        rows.filter(error__details__was_lead=True)
        .order_by("pk")
        .select_for_update(of=("self",))
        .defer("body", "fetched")
    )
    unteach([guard_key(row) for row in back], by=by, as_of=as_of)
    spam = {"stage": Stage.OTHER, "other_reason": OtherReason.SPAM}
    for stage in _FRESH:
        named = {row.lead_id or 0 for row in back if row.detail.get("stage") == stage}
        leads = Lead.objects.filter(pk__in=named, deleted_at=None, **spam)
        sorted_out = sorted(leads.values_list("pk", flat=True))
        change_stage(sorted_out, to=stage, reason=_("No spam after all."), by=by, as_of=as_of)
    for row in back:
        row.state, row.error, row.processed_at = EventState.PROCESSED, {}, as_of
    HookEvent.objects.bulk_update(back, ["state", "error", "processed_at"])
    done = {row.pk for row in back}
    return len(back) + replay_events([key for key in keys if key not in done], by=by, as_of=as_of)
