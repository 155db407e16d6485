"""Trying forms out once a day, and noticing when one has been silent for unusually long."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Organisation
from capture.health.models import FormHealth
from capture.health.trial import try_form, versions_shown
from capture.models import Form, FormState, SubmissionState
from capture.snapshots import public_form
from ground.updates import update_columns

TRY_AGAIN = timedelta(hours=24)
# Fewer submissions than this say nothing about how often they come.
ENOUGH, LOOKED_AT = 10, timedelta(days=60)
# So much longer than the longest silence before, and a day at least: nights and weekends are usual.
UNUSUAL, SHORTEST = 1.5, timedelta(days=1)
_SILENCES = """
    SELECT form_id, max(received_at), max(gap) FROM (
        SELECT form_id, received_at,
            received_at - lag(received_at) OVER (PARTITION BY form_id ORDER BY received_at) AS gap
        FROM capture_submission
        WHERE state = %s AND received_at > %s AND received_at <= %s AND form_id = ANY(%s)
    ) AS sent
    GROUP BY form_id HAVING count(*) >= %s
"""


@action
def try_forms(form_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Try published forms out; returns how many do not work."""
    organisation = Organisation.current()
    forms = Form.objects.filter(pk__in=form_ids, published__isnull=False)
    rows = []
    for form in forms.select_related("published").order_by("pk"):
        shown = versions_shown(public_form(form, organisation))
        found = (try_form(version, by=by, as_of=as_of) for version in shown)
        problem = next((text for text in found if text), "")
        rows.append(FormHealth(form=form, tried_at=as_of, problem=problem))
    FormHealth.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["form"],
        update_fields=["tried_at", "problem"],
    )
    return sum(bool(row.problem) for row in rows)


def forms_to_try(*, as_of: datetime, limit: int) -> list[int]:
    """Return published forms that nobody tried out for a day, or that were published since."""
    untried = Q(health=None) | Q(health__tried_at=None)
    old = Q(health__tried_at__lte=as_of - TRY_AGAIN)
    rows = Form.objects.filter(untried | old, state=FormState.PUBLISHED)
    return list(rows.order_by("health__tried_at", "pk").values_list("pk", flat=True)[:limit])


@action
def note_silence(*, by: Actor, as_of: datetime) -> int:
    """Note which published forms are silent for longer than they ever were; returns how many."""
    forms = list(Form.objects.filter(state=FormState.PUBLISHED).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _SILENCES, [SubmissionState.PROCESSED, as_of - LOOKED_AT, as_of, forms, ENOUGH]
        )
        silent = {
            form: last
            for form, last, longest in cursor.fetchall()
            if as_of - last > max(longest * UNUSUAL, SHORTEST)
        }
    FormHealth.objects.bulk_create(
        [FormHealth(form_id=form) for form in forms], ignore_conflicts=True
    )
    rows = list(FormHealth.objects.filter(form__in=forms))
    changed = [row for row in rows if row.silent_since != silent.get(row.form_id)]
    for row in changed:
        row.silent_since = silent.get(row.form_id)
    update_columns(changed, ["silent_since"])
    return len(silent)
