"""What the tests of backtests set up: a past of some weeks, and what became of leads."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.action import writing
from handoff.models import DealStage, Opportunity
from leads.models import Episode, Lead, StageChange
from scoring.actions.backtesting import NewBacktest, request_backtest
from scoring.backtest.replay import Seats, Step, replay
from scoring.models import Backtest, ModelVersion
from scoring.rulesets import load_rulesets
from scoring.ticks import backtest as count
from tests.factories import EVERYTHING, NOW, make_lead

WEEK = timedelta(weeks=1)
# Mondays; the last of them is 13 weeks before NOW.
MONDAYS = [date(2026, 7, 6) + week * WEEK for week in range(5)]
STEPS = [Step(datetime.combine(day, time(), ZoneInfo("Europe/Berlin")), day) for day in MONDAYS]


def before(step: int, **earlier: float) -> datetime:
    """Return a moment before a step, by default a day."""
    return STEPS[step].at - timedelta(**(earlier or {"days": 1}))


def past_lead(*, since: int = 0, **columns: Any) -> Lead:
    """Return a lead that was there a day before the step ``since``."""
    at = before(since)
    return make_lead(as_of=at, created_at=at, **columns)


def move(lead: Lead, to: str, at: datetime) -> None:
    """Move a lead to a stage at a moment of the past, past the gates of the stage."""
    now = Lead.objects.get(pk=lead.pk)
    with writing("scene"):
        StageChange.objects.create(
            lead=lead,
            episode=Episode.objects.filter(lead=lead).latest("number"),
            from_stage=now.stage,
            to_stage=to,
            at=at,
            actor_kind="system",
            actor_label="tests",
        )
        Lead.objects.filter(pk=lead.pk).update(stage=to, stage_at=at)


def won(lead: Lead, at: datetime, amount: int = 1000, **columns: Any) -> Opportunity:
    """Let a lead have won a deal."""
    with writing("scene"):
        return Opportunity.objects.create(
            lead=lead,
            episode=Episode.objects.filter(lead=lead).latest("number"),
            name="Dach",
            stage=DealStage.WON,
            stage_at=at,
            won_at=at,
            amount=Decimal(amount),
            created_at=at,
            updated_at=at,
            **columns,
        )


def seats(version: ModelVersion, *leads: Lead, steps: list[Step] = STEPS) -> list[Seats | None]:
    """Return the scores of the leads at the steps."""
    (ruleset,) = load_rulesets([version])
    found = replay(ruleset, [lead.pk for lead in leads], steps)
    return [found.get(lead.pk) for lead in leads]


def totals(version: ModelVersion, lead: Lead) -> dict[int, int]:
    """Return the score of a lead by the number of the step."""
    (found,) = seats(version, lead)
    return dict(zip(found.steps, found.totals, strict=True)) if found else {}


def tried(version: ModelVersion, **asked: Any) -> Backtest:
    """Return a backtest of the five weeks up to 90 days before NOW, counted to its end."""
    values = {"outcome": "won", "steps": 5, **asked}
    row = request_backtest(version.pk, NewBacktest(**values), by=EVERYTHING, as_of=NOW)
    count(NOW)
    return Backtest.objects.get(pk=row.pk)
