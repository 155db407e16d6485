"""What people decide about submissions, and when these are forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.actions.receiving import INTAKE
from capture.guard.actions.learning import Lesson, teach, unteach
from capture.guard.signs import signs_of
from capture.guard.verdict import LEARNED
from capture.intake import Intake, guard_key, read_intakes
from capture.models import (
    HELD,
    DueSubmission,
    LinkClick,
    PageView,
    Submission,
    SubmissionState,
    TrackingSettings,
    Visitor,
)
from capture.models.tracking import ONLY
from ground import days
from ground.due import ask, cancel
from ground.ticks import wake

# What somebody else sent to do harm; the rest was mistyped, or came twice.
_SUSPECTED = (SubmissionState.QUARANTINED, SubmissionState.THROTTLED)
RELEASABLE = (*HELD, SubmissionState.DISCARDED)
# How long what came in is kept: taken in, and neither taken in nor wanted.
KEPT_TAKEN, KEPT_HELD = timedelta(days=90), timedelta(days=30)
KEPT_VISITORS = timedelta(days=395)
BATCH = 1000
# A busy website has more views a day than submissions a year.
VIEWS_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Decided:
    """How many submissions were changed, and how many could not be."""

    done: int = 0
    skipped: int = 0


@action
def release_submissions(
    keys: Sequence[UUID], *, by: Actor, as_of: datetime, due_at: datetime | None = None
) -> Decided:
    """Let held submissions through: no spam, whatever the signs say. It teaches the guard.

    The intake makes them leads, at ``due_at`` where somebody may think better of it until then.
    One that names neither address nor number, or whose form is gone, cannot become a lead and is
    skipped.
    """
    by.require(Right.FORMS_MANAGE)
    rows = list(
        Submission.objects.filter(pk__in=keys, state__in=RELEASABLE)
        .select_related("form", "form__published")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    items = read_intakes(rows)
    reachable = {item.submission.pk for item in items if item.is_reachable}
    released = [row for row in rows if row.pk in reachable]
    for row in released:
        row.state, row.processed_at = SubmissionState.RECEIVED, None
        row.released_at, row.released_by = as_of, by.label[:150]
    Submission.objects.bulk_update(
        released, ["state", "processed_at", "released_at", "released_by"]
    )
    lessons = [_lesson(item, is_spam=False) for item in items if item.submission.pk in reachable]
    teach(lessons, by=by, as_of=as_of)
    ask(DueSubmission, "submission_id", [row.pk for row in released], due_at=due_at or as_of)
    if released:
        wake(INTAKE)
    return Decided(len(released), len(keys) - len(released))


@action
def discard_submissions(keys: Sequence[UUID], *, by: Actor, as_of: datetime) -> Decided:
    """Put held submissions away as spam; releasing takes it back as long as they are kept.

    It teaches the guard. What people mistyped and what came twice is put away and teaches nothing.
    """
    by.require(Right.FORMS_MANAGE)
    rows = Submission.objects.filter(pk__in=keys, state__in=HELD).order_by("pk")
    locked = list(rows.select_related("form", "form__published").select_for_update(of=("self",)))
    suspected = [row for row in locked if row.state in _SUSPECTED]
    teach([_lesson(item, is_spam=True) for item in read_intakes(suspected)], by=by, as_of=as_of)
    found = [row.pk for row in locked]
    DueSubmission.objects.filter(submission__in=found).delete()
    done = Submission.objects.filter(pk__in=found).update(
        state=SubmissionState.DISCARDED, processed_at=as_of
    )
    return Decided(done, len(keys) - done)


@action
def take_back_decisions(keys: Sequence[UUID], *, by: Actor, as_of: datetime) -> Decided:
    """Hold again what was let through or put away, and forget what was learned from it.

    What the intake made a lead by now stays one and is skipped.
    """
    by.require(Right.FORMS_MANAGE)
    discarded = Q(state=SubmissionState.DISCARDED)
    waiting = Q(state=SubmissionState.RECEIVED, released_at__isnull=False)
    rows = Submission.objects.filter(discarded | waiting, pk__in=keys).order_by("pk")
    found = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    cancel(DueSubmission, "submission_id", found)
    Submission.objects.filter(pk__in=found).update(
        state=SubmissionState.QUARANTINED, processed_at=as_of, released_at=None, released_by=""
    )
    unteach([guard_key(key) for key in found], by=by, as_of=as_of)
    return Decided(len(found), len(keys) - len(found))


def _lesson(item: Intake, *, is_spam: bool) -> Lesson:
    found = [reason["code"] for reason in item.submission.verdict.get("reasons", [])]
    signs = signs_of(item.candidate(), (code for code in found if code not in LEARNED))
    return Lesson(guard_key(item.submission.pk), is_spam, signs)


@action
def forget_submissions(*, by: Actor, as_of: datetime) -> int:
    """Empty what was taken in long ago and delete what was never wanted; returns how many.

    An emptied submission still counts in the statistics. At most ``BATCH`` of each a call, so that
    no lock lasts long.
    """
    taken = Submission.objects.filter(
        state=SubmissionState.PROCESSED, processed_at__lt=as_of - KEPT_TAKEN
    ).exclude(body=b"")
    emptied = Submission.objects.filter(pk__in=_first(taken)).update(
        body=b"",
        headers={},
        ip=None,
        user_agent="",
        page_url="",
        email_key="",
        errors={},
    )
    unwanted = Submission.objects.filter(state__in=RELEASABLE, received_at__lt=as_of - KEPT_HELD)
    deleted, _by_model = Submission.objects.filter(pk__in=_first(unwanted)).delete()
    return emptied + deleted


def _first(rows: QuerySet[Submission]) -> list[UUID]:
    return list(rows.order_by("received_at").values_list("pk", flat=True)[:BATCH])


@action
def forget_visits(*, by: Actor, as_of: datetime) -> int:
    """Delete views, clicks and visitors that are too old; returns how many.

    At most ``VIEWS_BATCH`` views and clicks and ``BATCH`` visitors a call. Whole days go, so that
    none is counted anew from what is left of it.
    """
    kept = TrackingSettings.objects.filter(pk=ONLY).values_list("retention_days", flat=True)
    first = days.day_of(as_of) - timedelta(days=kept.first() or TrackingSettings().retention_days)
    views = PageView.objects.filter(occurred_at__lt=days.start_of(first)).order_by("occurred_at")
    old_views = list(views.values_list("pk", flat=True)[:VIEWS_BATCH])
    clicks = LinkClick.objects.filter(at__lt=days.start_of(first)).exclude(verdict="")
    old_clicks = list(clicks.order_by("at").values_list("pk", flat=True)[:VIEWS_BATCH])
    visitors = Visitor.objects.filter(last_seen_at__lt=as_of - KEPT_VISITORS)
    old_visitors = list(visitors.order_by("last_seen_at").values_list("pk", flat=True)[:BATCH])
    PageView.objects.filter(pk__in=old_views).delete()
    LinkClick.objects.filter(pk__in=old_clicks).delete()
    Visitor.objects.filter(pk__in=old_visitors).delete()
    return len(old_views) + len(old_clicks) + len(old_visitors)
