"""A backtest of a year in weeks: 20 rules, 10 activities a lead, against one statement by hand."""

import time
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.backtest_by_hand import STATEMENT
from benchmarks.bench_scoring import BY, NOW, make_version
from benchmarks.row import Row
from benchmarks.scale import Scale
from leadcrm.made_data.build import make_data
from scoring.actions.backtesting import (
    COUNTING,
    SLICE,
    NewBacktest,
    continue_backtest,
    request_backtest,
    steps_of,
)
from scoring.backtest.figures import reports_of
from scoring.backtest.replay import Step, replay
from scoring.models import Backtest, ModelVersion
from scoring.rulesets import load_rulesets

WEEKS = 52


def run(scale: Scale) -> list[Row]:
    """Measure a whole backtest, and the replay alone in turns with the same by hand."""
    leads = min(scale.leads, 100_000)
    make_data(leads=leads, activities=10 * leads, seed=1, as_of=NOW, is_scored=False)
    make_version()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    version = ModelVersion.objects.active().get()
    started = time.perf_counter()
    row = request_backtest(version.pk, NewBacktest("won", 90, WEEKS), by=BY, as_of=NOW)
    while continue_backtest(row.pk, by=COUNTING, as_of=NOW):
        pass
    took = time.perf_counter() - started
    backtest = Backtest.objects.get(pk=row.pk)
    (report,) = reports_of(backtest)
    note = f"{backtest.done_count:,} leads, {WEEKS} weeks, {report.good:,} won"
    return [Row.of("backtest of a year", took, None, "s", note), _replay_row(backtest, version)]


def _replay_row(backtest: Backtest, version: ModelVersion) -> Row:
    steps = steps_of(backtest)
    (ruleset,) = load_rulesets([version])
    ours: list[float] = []
    hand: list[float] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead ORDER BY id")
        ids = [key for (key,) in cursor.fetchall()]
    for turn, start in enumerate(range(0, len(ids), SLICE)):
        chunk = ids[start : start + SLICE]
        found: list[tuple[int, int]] = []
        for way in (turn % 2, 1 - turn % 2):
            started = time.perf_counter()
            if way:
                seats = replay(ruleset, chunk, steps).values()
                ours.append(time.perf_counter() - started)
                count = sum(len(seat.steps) for seat in seats)
                found.append((count, sum(sum(seat.totals) for seat in seats)))
            else:
                found.append(_by_hand(chunk, steps))
                hand.append(time.perf_counter() - started)
        assert found[0] == found[1], found
    per = 1_000_000 / SLICE
    return Row.of("replay of a year", median(ours) * per, median(hand) * per, "µs a lead")


def _by_hand(chunk: list[int], steps: list[Step]) -> tuple[int, int]:
    parameters: dict[str, Any] = {
        "ids": chunk,
        "moments": [step.at for step in steps],
        "days": [step.today for step in steps],
        "last": steps[-1].at,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        count, total = cursor.fetchone()
    return count, int(total or 0)
