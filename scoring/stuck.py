"""What of scoring can be stuck."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.due import drop
from ground.stuck import Told, register_queue
from leads.stuck import tell_by_lead
from scoring.actions.backtesting import TICK, fail_backtests
from scoring.due import DRAIN, SWEEP
from scoring.models import DueBacktest, DueScore, DueSweep


def _tell_sweeps(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueSweep.objects.filter(pk__in=keys).select_related("version__model")
    return {
        row.pk: Told(
            gettext("The scores of all leads by %(model)s") % {"model": row.version},
            reverse("scoring_version", args=[row.version.public_id]),
        )
        for row in rows
    }


def _tell_backtests(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueBacktest.objects.filter(pk__in=keys).select_related("backtest__version__model")
    return {
        row.pk: Told(
            gettext("%(model)s tried on the past") % {"model": row.backtest.version},
            reverse("scoring_backtest", args=[row.backtest.public_id]),
        )
        for row in rows
    }


def _give_up_backtests(keys: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    backtests = DueBacktest.objects.filter(pk__in=keys).values_list("backtest_id", flat=True)
    fail_backtests(list(backtests), by=by, as_of=as_of)
    return drop(DueBacktest, keys)


register_queue(
    DueScore,
    tick=DRAIN,
    label=_("Scores of single leads"),
    loss=_("The score stays as it is until something happens to the lead again."),
    tell=tell_by_lead(DueScore, lambda row, name: gettext("Score of %(lead)s") % {"lead": name}),
)
register_queue(
    DueSweep,
    tick=SWEEP,
    label=_("Scores of all leads"),
    loss=_("Leads to whom nothing happens keep the score that they have."),
    tell=_tell_sweeps,
)
register_queue(
    DueBacktest,
    tick=TICK,
    label=_("Versions tried on the past"),
    loss=_("The figures are not counted; they can be asked for again."),
    tell=_tell_backtests,
    discard=_give_up_backtests,
)
