"""Trying versions on the past: asked for by a person, counted in the background, kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, system_actor
from accounts.rights import Right
from ground import days
from ground.due import ask, cancel
from ground.errors import ConflictError, DomainError, NotAllowedError
from ground.ticks import wake
from leads.models import Lead
from scoring.backtest.outcomes import collect_times, outcomes, sales_steps, times_of
from scoring.backtest.replay import Step, replay
from scoring.backtest.tally import Tally, Watch, count_leads
from scoring.models import Backtest, BacktestState, DueBacktest, ModelVersion, ScoringModel
from scoring.models.backtests import HORIZON, STEPS, edits_of
from scoring.rulesets import load_rulesets

TICK = "scoring.backtest"
COUNTING = system_actor("backtest", Right.SCORING_READ, shown=_("Scoring"))
# 2,000 leads over a year take about a second, in which nothing is locked that others wait for.
SLICE = 2_000
# So many finished ones are kept for each model.
KEPT = 50


@dataclass(frozen=True, slots=True)
class NewBacktest:
    """What is to be tried: ``steps`` weeks up to the day that is ``horizon_days`` ago."""

    outcome: str
    horizon_days: int = 90
    steps: int = 52
    against_id: int | None = None


def may_try(actor: Actor) -> bool:
    """Say whether somebody may have versions tried: who builds them, and who signs them."""
    return actor.may(Right.SCORES_READ) and (
        actor.may(Right.SCORING_MANAGE) or actor.may(Right.SCORING_SIGN_SALES)
    )


@action
def request_backtest(
    version_id: int, asked: NewBacktest, *, by: Actor, as_of: datetime
) -> Backtest:
    """Have a version tried on the past, in the background.

    Raises ``NotAllowedError``, ``DomainError`` (``outcome_unknown``, ``horizon_invalid``,
    ``steps_invalid``, ``other_model``) and ``ConflictError`` (``backtest_running``) while one of
    the model is being counted.
    """
    if not may_try(by):
        raise NotAllowedError("not_allowed", _("You may not try versions on the past."))
    version = ModelVersion.objects.select_related("model").get(pk=version_id)
    against = _against(version, asked.against_id)
    _check(asked, by)
    # Of two who ask at once one waits here.
    ScoringModel.objects.select_for_update(of=("self",)).get(pk=version.model_id)
    of_model = Backtest.objects.filter(version__model=version.model_id)
    if of_model.filter(state=BacktestState.RUNNING).exists():
        raise ConflictError(
            "backtest_running", _("A version of this model is being tried just now.")
        )
    backtest = Backtest(
        version=version,
        against=against,
        outcome=asked.outcome,
        horizon_days=asked.horizon_days,
        first_on=first_week(asked, today=days.day_of(as_of)),
        steps=asked.steps,
        created_by_id=by.user_id,
        created_by_label=by.label,
        created_at=as_of,
    )
    begin(backtest)
    backtest.save()
    _forget_old(version.model_id)
    ask(DueBacktest, "backtest_id", [backtest.pk], due_at=as_of)
    wake(TICK)
    return backtest


def first_week(asked: NewBacktest, *, today: date) -> date:
    """Return the Monday of the first week; the last one is watched for the whole horizon."""
    last = today - timedelta(days=asked.horizon_days)
    return last - timedelta(days=last.weekday(), weeks=asked.steps - 1)


def begin(backtest: Backtest) -> None:
    """Let a backtest count from the first lead; nothing is saved."""
    backtest.edited_at = edits_of(backtest.versions)
    backtest.figures = Tally.of(versions=len(backtest.versions), steps=backtest.steps).to_json()
    backtest.after_id = backtest.done_count = 0
    backtest.lead_count = _leads(backtest).count()


def _against(version: ModelVersion, key: int | None) -> ModelVersion | None:
    if key is None or key == version.pk:
        return None
    found = ModelVersion.objects.filter(pk=key, model=version.model_id).first()
    if found is None:
        raise DomainError("other_model", _("This version belongs to another model."), "against")
    return found


def _check(asked: NewBacktest, by: Actor) -> None:
    outcome = outcomes().get(asked.outcome)
    if outcome is None or not by.may(outcome.right):
        raise DomainError("outcome_unknown", _("Say what counts as turned out well."), "outcome")
    if not HORIZON[0] <= asked.horizon_days <= HORIZON[1]:
        raise DomainError("horizon_invalid", _("Choose 7 to 730 days."), "horizon_days")
    if not STEPS[0] <= asked.steps <= STEPS[1]:
        raise DomainError("steps_invalid", _("Choose 4 to 156 weeks."), "steps")


def _forget_old(model_id: int) -> None:
    old = Backtest.objects.filter(version__model=model_id).exclude(state=BacktestState.RUNNING)
    Backtest.objects.filter(pk__in=list(old.values_list("pk", flat=True)[KEPT:])).delete()


def _leads(backtest: Backtest) -> QuerySet[Lead]:
    """Return the leads that were there at the last step; nobody else is looked at."""
    last = Step.beginning(backtest.last_on).at
    return Lead.objects.alive().filter(created_at__lte=last).order_by("pk")


@action
def continue_backtest(backtest_id: int, *, by: Actor, as_of: datetime) -> bool:
    """Count the next ``SLICE`` leads; says whether more follow.

    Figures and progress are written together, so that each lead is counted once whatever is killed.
    A draft that was edited meanwhile is counted anew from the first lead. Locks the backtest.
    """
    by.require(Right.SCORING_READ)
    backtest = (
        Backtest.objects.select_related("version__model", "against__model")
        .select_for_update(of=("self",))
        .get(pk=backtest_id)
    )
    if backtest.state != BacktestState.RUNNING:
        return False
    outcome = outcomes().get(backtest.outcome)
    if outcome is None:
        fail_backtests([backtest_id], by=by, as_of=as_of)
        return False
    if backtest.is_outdated:
        begin(backtest)
    ids = list(
        _leads(backtest).filter(pk__gt=backtest.after_id).values_list("pk", flat=True)[:SLICE]
    )
    rulesets = load_rulesets(backtest.versions)
    steps = steps_of(backtest)
    watch = Watch(
        steps,
        timedelta(days=backtest.horizon_days),
        [ruleset.limits["min_fit"] for ruleset in rulesets],
        times_of(outcome, ids, until=backtest.created_at),
        collect_times(sales_steps(), ids, until=backtest.created_at),
    )
    tally = Tally.from_json(backtest.figures)
    count_leads(tally, [replay(ruleset, ids, steps) for ruleset in rulesets], watch)
    backtest.figures = tally.to_json()
    backtest.done_count += len(ids)
    if len(ids) < SLICE:
        backtest.state, backtest.finished_at = BacktestState.DONE, as_of
        backtest.lead_count = backtest.done_count
    else:
        backtest.after_id = ids[-1]
    backtest.save()
    return backtest.state == BacktestState.RUNNING


def steps_of(backtest: Backtest) -> list[Step]:
    """Return the moments at which a backtest looks: the beginnings of its weeks."""
    mondays = (backtest.first_on + timedelta(weeks=number) for number in range(backtest.steps))
    return [Step.beginning(monday) for monday in mondays]


@action
def fail_backtests(backtest_ids: Sequence[int], *, by: Actor, as_of: datetime) -> None:
    """Give up backtests that cannot be counted to their end; those that are done stay."""
    by.require(Right.SCORING_READ)
    running = Backtest.objects.filter(pk__in=backtest_ids, state=BacktestState.RUNNING)
    running.update(state=BacktestState.FAILED, finished_at=as_of)


@action
def stop_backtest(backtest_id: int, *, by: Actor, as_of: datetime) -> None:
    """End a backtest that is being counted; one that is not stays as it is."""
    if not may_try(by):
        raise NotAllowedError("not_allowed", _("You may not try versions on the past."))
    fail_backtests([backtest_id], by=by, as_of=as_of)
    cancel(DueBacktest, "backtest_id", [backtest_id])
