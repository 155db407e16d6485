"""What a person decides about submissions and imports that failed each time."""

from collections.abc import Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.imports.models import DueImport, ImportState, LeadImport
from capture.models import DueSubmission, Submission, SubmissionState
from ground.due import drop, try_again


@action
def take_in_again(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Let submissions be taken in that failed each time, with all that is asked of any other.

    ``keys`` are those of the due rows. Nothing is let through as no spam by this, and what somebody
    let through stays so.
    """
    by.require(Right.FORMS_MANAGE)
    rows = DueSubmission.objects.filter(pk__in=keys)
    held = Submission.objects.filter(due__in=rows.quarantined(), state=SubmissionState.QUARANTINED)
    locked = list(held.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    Submission.objects.filter(pk__in=locked).update(
        state=SubmissionState.RECEIVED, processed_at=None, verdict={}
    )
    return try_again(DueSubmission, keys, as_of=as_of)


@action
def give_up_submissions(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Put submissions away that cannot be taken in; releasing takes it back while they are kept."""
    by.require(Right.FORMS_MANAGE)
    stuck = Submission.objects.filter(due__in=DueSubmission.objects.filter(pk__in=keys))
    locked = list(stuck.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    waiting = Submission.objects.filter(pk__in=locked).exclude(state=SubmissionState.PROCESSED)
    waiting.update(state=SubmissionState.DISCARDED, processed_at=as_of)
    return drop(DueSubmission, keys)


@action
def cancel_imports(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """End imports that cannot go on; the rows that came in stay. ``keys`` are due rows."""
    by.require(Right.LEADS_IMPORT)
    stuck = LeadImport.objects.filter(
        due__in=DueImport.objects.filter(pk__in=keys), state=ImportState.RUNNING
    )
    locked = list(stuck.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    LeadImport.objects.filter(pk__in=locked).update(state=ImportState.CANCELLED, finished_at=as_of)
    return drop(DueImport, keys)
