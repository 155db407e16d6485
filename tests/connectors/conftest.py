import pytest

from capture import outage
from capture.guard import doors, throttle


@pytest.fixture(autouse=True)
def _fresh_counters(settings):
    """Give every test counters of its own; servers of tests stand on this machine."""
    doors.clear()
    throttle.refused_hooks.clear()
    outage.breaker.reset()
    yield
    doors.clear()
    throttle.refused_hooks.clear()
