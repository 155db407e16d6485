"""Scores that are due: who asks for them, and the drain that works them out."""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.action import action
from ground import days
from ground.due import Drained, ask, drain
from ground.ticks import wake
from leads.following import ask_for_members
from leads.models import Activity, Lead
from leads.profile import current_profile
from leads.stages import Temperature
from scoring.actions.rescoring import CHUNK, Rescored, active_versions, rescore_by
from scoring.compiled import asks_for_time
from scoring.models import (
    DueScore,
    DueSweep,
    ModelVersion,
    Score,
    ScoreReason,
    ScoringModel,
)
from scoring.rulesets import load_rulesets

DRAIN = "scoring.drain"
SWEEP = "scoring.sweep"


def ask_for_scores(activities: Sequence[Activity]) -> None:
    """React to activities: the scores of their leads are due. What machines did never scores."""
    counting = [activity for activity in activities if not activity.is_machine]
    if counting:
        _ask(
            [activity.lead_id for activity in counting],
            max(activity.recorded_at for activity in counting),
        )


@action
def ask_for_leads(lead_ids: Iterable[int], *, as_of: datetime) -> None:
    """Make the scores of these leads due, for changes that no activity tells of."""
    _ask(lead_ids, as_of)


def _ask(lead_ids: Iterable[int], due_at: datetime) -> None:
    ask(DueScore, "lead_id", lead_ids, due_at=due_at)
    wake(DRAIN)


def drain_scores(as_of: datetime) -> Rescored:
    """Work out the scores that are due, up to some thousands; returns what was done.

    The clock moves on while the drain runs, so that an activity that joins a waiting row still
    counts in this run; and each chunk is judged by the versions that are active by then.
    """
    clock = _Clock(as_of)
    done: list[Rescored] = []

    def work(rows: list[DueScore]) -> None:
        now = clock.now()
        leads = [row.lead_id for row in rows]
        versions = active_versions(now)
        done.append(rescore_by(versions, leads, as_of=now, reason=ScoreReason.ACTIVITY))
        if done[-1].changed:
            ask_for_members(leads, as_of=now)

    drain(DueScore, work, as_of=as_of, chunk=CHUNK)
    return sum(done, start=Rescored())


def ask_for_sweep(version: ModelVersion, *, reason: str, as_of: datetime) -> None:
    """Have all leads judged anew by ``version``; sweeps of the model's other versions end."""
    DueSweep.objects.filter(version__model=version.model_id).delete()
    DueSweep.objects.create(version=version, reason=reason, due_at=as_of)
    wake(SWEEP)


def judge_anew(as_of: datetime) -> None:
    """Have all leads judged anew by every active version, as what rules ask has changed."""
    for version in ModelVersion.objects.active():
        ask_for_sweep(version, reason=ScoreReason.REQUEST, as_of=as_of)


def sweep_scores(as_of: datetime, *, seconds: float = 20) -> int:
    """Carry on with the sweeps that are due, for about ``seconds``; returns how many leads.

    Scores that single leads are waiting for have a queue of their own and do not wait for a sweep.
    A sweep that fails waits and is set aside in the end; the others go on.
    """
    clock, leads = _Clock(as_of), 0

    def work(rows: list[DueSweep]) -> None:
        nonlocal leads
        for row in rows:
            leads += _sweep_chunk(row, as_of=clock.now(), due_at=as_of)

    while clock.passed() < seconds:
        if drain(DueSweep, work, as_of=as_of, chunk=1, limit=1) == Drained():
            break
    return leads


@action
def _sweep_chunk(sweep: DueSweep, *, as_of: datetime, due_at: datetime) -> int:
    """Judge the next chunk of a sweep; its progress is committed with the scores.

    A sweep that has leads left asks for itself again, else the drain removes it.
    """
    leads = list(_sweep_leads(sweep, as_of)[:CHUNK])
    if leads:
        done = rescore_by(active_versions(as_of), leads, as_of=as_of, reason=sweep.reason)
        if done.changed:
            ask_for_members(leads, as_of=as_of)
        DueSweep.objects.filter(pk=sweep.pk).update(
            after_id=leads[-1], due_at=due_at, attempts=0, generation=F("generation") + 1
        )
    return len(leads)


def _sweep_leads(sweep: DueSweep, as_of: datetime) -> QuerySet[Lead, int]:
    """Return the leads that a sweep has still to judge, in key order.

    Time alone changes a score that fades, a temperature, and conditions that ask for a time.
    """
    leads = Lead.objects.alive().filter(pk__gt=sweep.after_id).order_by("pk")
    if sweep.reason == ScoreReason.DECAY:
        (ruleset,) = load_rulesets([sweep.version])
        if not asks_for_time(ruleset, as_of=as_of):
            scores = Score.objects.filter(lead=OuterRef("pk"), model=sweep.version.model_id)
            moving = Q(Exists(scores.filter(~Q(temperature=Temperature.COLD) | Q(is_fading=True))))
            profile = current_profile()
            if profile.guards:
                # A planned purchase comes nearer, and one day the lead is early no longer.
                moving |= Q(custom__has_key=profile.purchase_field)
            leads = leads.filter(moving)
    return leads.values_list("pk", flat=True)


@action
def age_scores(as_of: datetime) -> int:
    """Ask once a day of the organisation for the scores that time alone can change.

    Returns for how many models; a model that is being swept anyway is left out until that is done.
    """
    today = days.day_of(as_of)
    versions = (
        ModelVersion.objects.active()
        .filter(Q(model__aged_on=None) | Q(model__aged_on__lt=today))
        .exclude(model__in=DueSweep.objects.values("version__model"))
    )
    found = list(versions)
    for version in found:
        ScoringModel.objects.filter(pk=version.model_id).update(aged_on=today)
        ask_for_sweep(version, reason=ScoreReason.DECAY, as_of=as_of)
    return len(found)


class _Clock:
    """A time that moves on from where it was set, so that long work knows the present."""

    def __init__(self, as_of: datetime) -> None:
        self.as_of = as_of
        self.started = time.monotonic()

    def passed(self) -> float:
        """Return the seconds since it was set."""
        return time.monotonic() - self.started

    def now(self) -> datetime:
        """Return the present."""
        return self.as_of + timedelta(seconds=self.passed())
