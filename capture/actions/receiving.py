"""Writing down what came in, before anybody looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.action import action
from accounts.actor import Actor
from capture.models import DueSubmission, Submission, SubmissionState
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
    rows = {raw.key: _row(raw, raw.key) for raw in reversed(raws)}
    new = _insert(list(rows.values()), as_of)
    stored = rows | _known(rows, new, as_of)
    twins = {
        raw.conflict_key: _row(raw, raw.conflict_key, stored[raw.key])
        for raw in raws
        if stored[raw.key].body_hash != raw.body_hash
    }
    _insert(list(twins.values()), as_of)
    if any(row.state == SubmissionState.RECEIVED for row in stored.values()):
        wake(INTAKE)
    return [
        Receipt(raw.conflict_key, SubmissionState.CONFLICT)
        if raw.conflict_key in twins
        else Receipt(raw.key, stored[raw.key].state)
        for raw in raws
    ]


def _known(
    rows: Mapping[UUID, Submission], new: set[UUID], as_of: datetime
) -> dict[UUID, Submission]:
    """Return, without their bodies, the stored rows in whose place none of ``rows`` came.

    They are queued again, should they still wait.
    """
    known: dict[UUID, Submission] = {}
    missing = rows.keys() - new
    while missing:
        known |= Submission.objects.defer("body").in_bulk(list(missing))
        # What was there a moment ago may just have been dropped as refused.
        missing -= known.keys() | _insert([rows[key] for key in missing - known.keys()], as_of)
    waiting = sorted(key for key, row in known.items() if row.state == SubmissionState.RECEIVED)
    DueSubmission.objects.bulk_create(
        (DueSubmission(submission_id=key, due_at=as_of) for key in waiting), ignore_conflicts=True
    )
    return known


def _insert(rows: Sequence[Submission], as_of: datetime) -> set[UUID]:
    """Store and queue those of ``rows`` whose key is new and return their keys; one statement.

    The public door waits for this: with a statement each for the form, the row, its state and the
    due row, and the ORM's building of them, a submission cost three times as much.
    """
    if not rows:
        return set()
    fields = [field for field in Submission._meta.concrete_fields if field.column != "form_id"]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    form = "(SELECT id FROM capture_form WHERE public_id = %s)"
    place = f"({', '.join(['%s'] * len(fields))}, {form})"
    values: list[Any] = []
    # In the order of the keys, so that two that store the same ones wait and never deadlock.
    for row in sorted(rows, key=lambda row: row.pk):
        values += [
            field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields
        ]
        values.append(row.form_public_id)
    # The names are the model's own columns, never from a request.
    statement = f"""
        WITH stored AS (
            INSERT INTO capture_submission ({columns}, form_id)
            VALUES {", ".join([place] * len(rows))}
            ON CONFLICT (id) DO NOTHING RETURNING id, state
        ), queued AS (
            INSERT INTO capture_duesubmission
                (submission_id, due_at, attempts, generation, last_error)
            SELECT id, %s, 0, 0, '' FROM stored WHERE state = %s
            ON CONFLICT (submission_id) DO NOTHING
        )
        SELECT id FROM stored
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, as_of, SubmissionState.RECEIVED])
        return {key for (key,) in cursor.fetchall()}


def _row(raw: RawSubmission, key: UUID, conflicts_with: Submission | None = None) -> Submission:
    return Submission(
        id=key,
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
