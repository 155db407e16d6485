"""Writing down what came in, before anybody looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.action import action
from accounts.actor import Actor
from capture.models import DueSubmission, Form, Submission, SubmissionState
from capture.raw import RawSubmission
from ground.ticks import wake

INTAKE = "capture.intake"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Under which key a submission is stored, and where it stands."""

    key: UUID
    state: str


@action
def store_submissions(
    raws: Sequence[RawSubmission], *, by: Actor, as_of: datetime
) -> list[Receipt]:
    """Store submissions byte for byte and queue them for the intake; one receipt each.

    Storing the same one again changes nothing. Another body under a known key is kept beside it
    under a key of its own, in the state conflict. Everybody may do this: it is the public door,
    and it only ever adds.
    """
    forms = dict(
        Form.objects.filter(public_id__in={raw.form_id for raw in raws}).values_list(
            "public_id", "pk"
        )
    )
    rows = {raw.key: _row(raw, raw.key, forms) for raw in raws}
    Submission.objects.bulk_create(rows.values(), ignore_conflicts=True)
    stored = Submission.objects.defer("body").in_bulk(list(rows))
    twins = {
        raw.conflict_key: _row(raw, raw.conflict_key, forms, stored[raw.key])
        for raw in raws
        if stored[raw.key].body_hash != raw.body_hash
    }
    Submission.objects.bulk_create(twins.values(), ignore_conflicts=True)
    waiting = [row.pk for row in stored.values() if row.state == SubmissionState.RECEIVED]
    if waiting:
        DueSubmission.objects.bulk_create(
            (DueSubmission(submission_id=key, due_at=as_of) for key in sorted(waiting)),
            ignore_conflicts=True,
        )
        wake(INTAKE)
    return [
        Receipt(raw.conflict_key, SubmissionState.CONFLICT)
        if raw.conflict_key in twins
        else Receipt(raw.key, stored[raw.key].state)
        for raw in raws
    ]


def _row(
    raw: RawSubmission,
    key: UUID,
    forms: Mapping[UUID, int],
    conflicts_with: Submission | None = None,
) -> Submission:
    return Submission(
        id=key,
        form_id=forms.get(raw.form_id),
        form_public_id=raw.form_id,
        version=raw.version,
        body=raw.body,
        body_hash=raw.body_hash,
        content_type=raw.content_type[:200],
        headers=dict(raw.headers),
        ip=raw.ip or None,
        user_agent=raw.user_agent[:500],
        page_url=raw.page_url[:2000],
        received_at=raw.received_at,
        state=SubmissionState.CONFLICT if conflicts_with else raw.state,
        verdict={"score": 0, "reasons": [], "flags": list(raw.flags)},
        conflicts_with=conflicts_with.pk if conflicts_with else None,
    )


@action
def refuse_submissions(
    errors: Mapping[UUID, Mapping[str, Sequence[str]]], *, by: Actor, as_of: datetime
) -> int:
    """Mark waiting submissions as refused, with what was wrong by field; returns how many.

    They stay readable as abandoned submissions unless their form keeps none.
    """
    waiting = (
        Submission.objects.filter(pk__in=errors.keys(), state=SubmissionState.RECEIVED)
        .select_related("form")
        .defer("body")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    kept, dropped = [], []
    for row in waiting:
        if row.form is not None and not row.form.keeps_invalid:
            dropped.append(row.pk)
            continue
        row.state, row.processed_at = SubmissionState.INVALID, as_of
        row.errors = {name: list(texts) for name, texts in errors[row.pk].items()}
        kept.append(row)
    keys = [row.pk for row in kept]
    DueSubmission.objects.filter(submission_id__in=[*keys, *dropped]).delete()
    Submission.objects.filter(pk__in=dropped).delete()
    Submission.objects.bulk_update(kept, ["state", "processed_at", "errors"])
    return len(kept) + len(dropped)
