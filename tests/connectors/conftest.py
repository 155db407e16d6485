import pytest

from capture import outage, throttle


@pytest.fixture(autouse=True)
def _fresh_counters(settings):
    """Give every test counters of its own; servers of tests stand on this machine."""
    counters = (throttle.signed_hooks, throttle.unsigned_hooks, throttle.refused_hooks)
    for counter in counters:
        counter.clear()
    outage.breaker.reset()
    yield
    for counter in counters:
        counter.clear()
