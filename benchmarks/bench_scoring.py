"""Rescoring: 20 rules over leads with 10 activities each, against one statement by hand."""

import time
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection, transaction

from accounts.action import writing
from accounts.actor import system_actor
from accounts.rights import Right
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.scoring_by_hand import STATEMENT
from leadcrm.made_data.build import make_data
from scoring.actions.drafts import create_model, save_rule
from scoring.actions.rescoring import CHUNK, active_versions, rescore_by
from scoring.breakdown import breakdown
from scoring.models import ModelVersion, VersionState

ROUNDS = 3
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
BY = system_actor("benchmark", *Right)

CONDITIONS = [
    (12, {"field": "country", "op": "is", "value": "DE"}),
    (6, {"field": "country", "op": "is_one_of", "value": ["AT", "CH"]}),
    (9, {"field": "job_title", "op": "contains", "value": "leiter"}),
    (8, {"field": "job_title", "op": "contains", "value": "ceo"}),
    (-10, {"field": "email_domain", "op": "is", "value": "mail.example"}),
    (4, {"field": "phone", "op": "is_set"}),
    (7, {"field": "custom.employees", "op": "at_least", "value": 50}),
    (5, {"field": "custom.employees", "op": "at_least", "value": 250}),
    (5, {"field": "first_channel", "op": "is_one_of", "value": ["webinar", "referral"]}),
    (3, {"field": "language", "op": "is", "value": "de"}),
]
ACTIVITIES = [
    (8, "form.submitted", {"half_life_days": 30, "cap": 24}),
    (3, "page.visited", {"half_life_days": 14, "cap": 15}),
    (5, "email.clicked", {"half_life_days": 30, "cap": 20}),
    (1, "email.opened", {"half_life_days": 14, "cap": 5}),
    (9, "email.replied", {"half_life_days": 60}),
    (-15, "email.unsubscribed", {"counting": "first"}),
    (6, "optin.confirmed", {"counting": "first"}),
    (4, "lead.satisfaction_given", {"half_life_days": 90}),
    (2, "page.visited", {"counting": "first"}),
    (7, "form.submitted", {"counting": "first", "half_life_days": 60}),
]


def run(scale: Scale) -> list[Row]:
    """Measure a first and a repeated rescoring, and one breakdown.

    Chunks are taken in turns by both ways, so that both feel the same noise of the machine.
    """
    leads = min(scale.leads, 100_000)
    make_data(leads=leads, activities=10 * leads, seed=1, as_of=NOW, is_scored=False)
    make_version()
    rows = []
    for name, is_first in (("all new", True), ("nothing changes", False)):
        ours: list[float] = []
        hand: list[float] = []
        totals = set()
        for turn in range(ROUNDS * 2):
            if is_first:
                _forget()
            _round(_lead_ids(), CHUNK, ours, hand, turn)
            totals.add(_total())
        assert len(totals) == 1, totals
        per = 1_000_000 / CHUNK
        rows.append(Row.of(f"rescore, {name}", median(ours) * per, median(hand) * per, "µs a lead"))
    return [*rows, *(_few(count) for count in (500, 1)), _breakdown_row()]


def _few(count: int) -> Row:
    """Measure ``count`` leads at a time, as the drain gets them, a hundred times."""
    ours: list[float] = []
    hand: list[float] = []
    ids = _lead_ids()[: 100 * count]
    for turn in range(2):
        _round(ids, count, ours, hand, turn)
    name = f"rescore, {count:,} at a time, nothing changes"
    return Row.of(name, median(ours) * 1000, median(hand) * 1000, "ms")


def _lead_ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead ORDER BY id")
        return [key for (key,) in cursor.fetchall()]


def _round(ids: list[int], size: int, ours: list[float], hand: list[float], turn: int) -> None:
    """Rescore every chunk of ``size`` once, half of them by each way."""
    versions = active_versions(NOW)
    for number, start in enumerate(range(0, len(ids), size)):
        chunk = ids[start : start + size]
        started = time.perf_counter()
        if (number + turn) % 2:
            rescore_by(versions, chunk, as_of=NOW, reason="request")
            ours.append(time.perf_counter() - started)
        else:
            _by_hand(chunk)
            hand.append(time.perf_counter() - started)


def _by_hand(chunk: list[int]) -> None:
    with connection.cursor() as cursor, transaction.atomic(), writing("benchmark"):
        cursor.execute(
            "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [chunk]
        )
        cursor.execute(STATEMENT, {"ids": chunk, "as_of": NOW, "today": NOW.date()})


def _total() -> tuple[int, int]:
    """Return what both ways must agree on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(fit), sum(engagement) FROM leads_lead")
        fit, engagement = cursor.fetchone()
    return fit, engagement


def _breakdown_row() -> Row:
    ids = _lead_ids()[:20]
    taken = []
    for key in ids:
        started = time.perf_counter()
        breakdown(key, as_of=NOW)
        taken.append((time.perf_counter() - started) * 1000)
    return Row.of("breakdown of one lead", sorted(taken)[-2], None, "ms (p95 of 20)")


def _forget() -> None:
    with connection.cursor() as cursor, writing("benchmark"):
        cursor.execute("TRUNCATE scoring_score, scoring_scorechange")
        cursor.execute(
            "UPDATE leads_lead SET score = 0, fit = 0, engagement = 0, grade = '',"
            " temperature = 'cold', stage = 'customer'"
        )
        cursor.execute("VACUUM ANALYZE leads_lead")


def make_version() -> None:
    """Put the 20 rules in force."""
    version = create_model("Benchmark", by=BY, as_of=NOW)
    for number, (points, where) in enumerate(CONDITIONS):
        rule = {"axis": "fit", "name_en": f"Fit {number}", "points": points, "where": where}
        save_rule(version.pk, rule, by=BY, as_of=NOW)
    for number, (points, kind, more) in enumerate(ACTIVITIES):
        rule = {"axis": "engagement", "name_en": f"Did {number}", "points": points}
        save_rule(version.pk, {**rule, "activity_kind": kind, **more}, by=BY, as_of=NOW)
    with writing("benchmark"):
        ModelVersion.objects.filter(pk=version.pk).update(
            state=VersionState.ACTIVE, active_from=NOW - timedelta(days=1)
        )
