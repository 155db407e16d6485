"""The active scoring version is tried on the year that was told."""

from datetime import datetime

from ground.due import cancel
from leadcrm.demo.story.stage_set import Scenery
from scoring.actions.backtesting import (
    COUNTING,
    NewBacktest,
    continue_backtest,
    request_backtest,
)
from scoring.models import DueBacktest, ModelVersion


def try_on_past(scenery: Scenery, *, until: datetime) -> None:
    """Let marketing ask how the signed rules did, and count it to the end."""
    version = ModelVersion.objects.active().get(model__is_sample=True)
    asked = NewBacktest("won", horizon_days=90, steps=38)
    row = request_backtest(version.pk, asked, by=scenery.actor("marketing"), as_of=until)
    while continue_backtest(row.pk, by=COUNTING, as_of=until):
        pass
    cancel(DueBacktest, "backtest_id", [row.pk])
