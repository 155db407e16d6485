import pytest

from capture import outage, snapshots, spool
from capture.guard import doors, throttle
from tests.capture.scene import switch_on


@pytest.fixture(autouse=True)
def _own_spool(settings, tmp_path):
    """Give every test its own folder, counters and memory."""
    settings.SPOOL_DIR = tmp_path / "spool"
    snapshots.forget()
    spool.forget()
    outage.breaker.reset()
    doors.clear()
    throttle.guesses.clear()
    yield
    outage.breaker.reset()


@pytest.fixture
def _measured(db):
    """Have everything on websites measured."""
    switch_on()
