"""Writing down what came in, before anybody looks at it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.action import action
from accounts.actor import Actor
from capture.models import DueSubmission, Submission, SubmissionState
from capture.raw import RawSubmission
from capture.snapshots import STAMP, STAMP_SOURCE, Stamp
from ground.ticks import wake

INTAKE = "capture.intake"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Under which key a submission is stored, and where it stands.

    ``stamp`` is what its form is made of now; None when it was there before or has no form.
    """

    key: UUID
    state: str
    stamp: Stamp | None = None


class _Row(NamedTuple):
    """A submission under the key and in the state in which it is to be stored."""

    raw: RawSubmission
    key: UUID
    state: str
    conflicts_with: UUID | None = None


@action
def store_submissions(
    raws: Sequence[RawSubmission], *, by: Actor, as_of: datetime
) -> list[Receipt]:
    """Store submissions byte for byte and queue them for the intake; one receipt each.

    Storing the same one again changes nothing. Another body under a known key is kept beside it
    under a key of its own, in the state conflict. One without a version gets the published one.
    Everybody may do this: it is the public door, and it only ever adds.
    """
    rows = {raw.key: _Row(raw, raw.key, raw.state) for raw in reversed(raws)}
    stamps = _insert(list(rows.values()), as_of)
    stored = {key: (rows[key].raw.body_hash, rows[key].state) for key in stamps}
    if len(stored) < len(rows):
        stored |= _known(rows, stamps, as_of)
    twins = {
        raw.conflict_key: _Row(raw, raw.conflict_key, SubmissionState.CONFLICT, raw.key)
        for raw in raws
        if stored[raw.key][0] != raw.body_hash
    }
    _insert(list(twins.values()), as_of)
    if any(state == SubmissionState.RECEIVED for _hash, state in stored.values()):
        wake(INTAKE)
    return [
        Receipt(raw.conflict_key, SubmissionState.CONFLICT)
        if raw.conflict_key in twins
        else Receipt(raw.key, stored[raw.key][1], stamps.get(raw.key))
        for raw in raws
    ]


def _known(
    rows: Mapping[UUID, _Row], new: Mapping[UUID, Stamp | None], as_of: datetime
) -> dict[UUID, tuple[str, str]]:
    """Return hash and state of the stored rows in whose place none of ``rows`` came.

    They are queued again, should they still wait.
    """
    known: dict[UUID, tuple[str, str]] = {}
    missing = rows.keys() - new.keys()
    while missing:
        there = Submission.objects.filter(pk__in=missing)
        known |= {key: (body, state) for key, body, state in there.values_list(*_IDENTITY)}
        # What was there a moment ago may just have been dropped as refused.
        gone = missing - known.keys()
        again = _insert([rows[key] for key in gone], as_of)
        known |= {key: (rows[key].raw.body_hash, rows[key].state) for key in again}
        missing = gone - again.keys()
    waiting = sorted(key for key, (_h, state) in known.items() if state == SubmissionState.RECEIVED)
    DueSubmission.objects.bulk_create(
        (DueSubmission(submission_id=key, due_at=as_of) for key in waiting), ignore_conflicts=True
    )
    return known


_IDENTITY = ("pk", "body_hash", "state")
_FORM = "FROM capture_form form WHERE form.public_id = %s"
# Without the columns that only the intake fills in; all of a row but its form and version.
_PLACE = f"""(
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '{{}}', '', '', false,
    (SELECT form.id {_FORM}),
    COALESCE(%s, (SELECT version.number FROM capture_formversion version
        WHERE version.id = (SELECT form.published_id {_FORM})))
)"""  # noqa: S608
_STORE = f"""
    WITH stored AS (
        INSERT INTO capture_submission
            (id, form_public_id, body, body_hash, content_type, headers, ip, user_agent, page_url,
            received_at, state, verdict, conflicts_with, arm, errors, email_key,
            released_by, is_sample, form_id, version)
        VALUES {{places}}
        ON CONFLICT (id) DO NOTHING RETURNING id, state, form_public_id
    ), queued AS (
        INSERT INTO capture_duesubmission (submission_id, due_at, attempts, generation, last_error)
        SELECT id, %s, 0, 0, '' FROM stored WHERE state = '{SubmissionState.RECEIVED}'
        ON CONFLICT (submission_id) DO NOTHING
    )
    SELECT stored.id, {STAMP}
    FROM stored LEFT JOIN ({STAMP_SOURCE}) ON form.public_id = stored.form_public_id
"""  # noqa: S608


def _insert(rows: Sequence[_Row], as_of: datetime) -> dict[UUID, Stamp | None]:
    """Store and queue those of ``rows`` whose key is new; one statement.

    Returns their keys with what their form is made of. The public door waits for this: with a
    statement each for the form, the row, its state and the due row, and the ORM's building of
    them, a submission cost four times as much.
    """
    if not rows:
        return {}
    values: list[Any] = []
    # In the order of the keys, so that two that store the same ones wait and never deadlock.
    for row in sorted(rows, key=lambda row: row.key):
        values += _values(row)
    statement = _STORE.format(places=", ".join([_PLACE] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, as_of])
        # Nothing is published where the first column is empty.
        return {key: tuple(stamp) if stamp[0] else None for key, *stamp in cursor.fetchall()}


def _values(row: _Row) -> list[Any]:
    """Return what ``_PLACE`` takes."""
    raw = row.raw
    verdict = {"score": 0, "reasons": [], "flags": list(raw.flags)}
    return [
        *(row.key, raw.form_id, raw.body, raw.body_hash, raw.content_type[:200]),
        *(json.dumps(dict(raw.headers)), raw.ip or None, raw.user_agent[:500]),
        *(raw.page_url[:2000], raw.received_at, row.state, json.dumps(verdict)),
        *(row.conflicts_with, raw.arm[:24], raw.form_id, raw.version, raw.form_id),
    ]


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
