from datetime import timedelta

import pytest

from ground import ticks
from ground.models import TickRun
from ground.ticks import Tick, run_tick
from leadcrm.ticks import CATCH_UP, catch_up
from leadcrm.vitals import LATE_TICK
from tests.factories import NOW


@pytest.fixture
def woken(monkeypatch):
    """The ticks that were fired, in order; only three exist."""
    fired = []
    monkeypatch.setattr("leadcrm.ticks.wake", fired.append)
    for name in [name for name in ticks.TICKS if name != CATCH_UP]:
        monkeypatch.delitem(ticks.TICKS, name)
    for name, every in {"often": timedelta(seconds=10), "daily": timedelta(days=1)}.items():
        monkeypatch.setitem(ticks.TICKS, name, Tick(name, every, lambda as_of: 0))
    return fired


def _ran(name: str, ago: timedelta) -> None:
    TickRun.objects.create(name=name, started_at=NOW - ago, finished_at=NOW - ago)


def test_a_tick_that_never_ran_is_fired_at_once(db, woken):
    assert catch_up(NOW) == 2

    assert woken == ["often", "daily"]


def test_a_daily_tick_is_fired_when_beat_has_lost_its_plan(db, woken):
    _ran("often", timedelta(seconds=3))
    _ran("daily", timedelta(days=1, seconds=5))

    assert catch_up(NOW) == 1

    assert woken == ["daily"]


def test_ticks_that_beat_fires_in_time_are_left_to_it(db, woken):
    _ran("often", timedelta(seconds=14))
    _ran("daily", timedelta(hours=23))

    assert catch_up(NOW) == 0

    assert woken == []


def test_the_clock_notes_that_it_ran(db, woken):
    assert run_tick(CATCH_UP, as_of=NOW) == 2

    assert TickRun.objects.get(name=CATCH_UP).last_error == ""


@pytest.mark.case("P14")
def test_a_rare_tick_whose_worker_died_is_fired_when_its_time_is_over(db, woken):
    _ran("often", timedelta(seconds=3))
    _ran("daily", LATE_TICK)
    TickRun.objects.filter(name="daily").update(finished_at=NOW - timedelta(days=1))

    assert catch_up(NOW - timedelta(seconds=1)) == 0
    assert catch_up(NOW) == 1

    assert woken == ["daily"]


@pytest.mark.case("P14")
def test_a_rare_tick_that_failed_is_tried_again_after_a_minute(db, woken):
    _ran("often", timedelta(seconds=3))
    _ran("daily", timedelta(minutes=1))
    TickRun.objects.filter(name="daily").update(last_error="OSError: no")

    assert catch_up(NOW - timedelta(seconds=1)) == 0
    assert catch_up(NOW) == 1

    assert woken == ["daily"]
