import pytest

from capture import outage, snapshots, spool, throttle
from capture.chat import people


@pytest.fixture(autouse=True)
def _own_spool(settings, tmp_path, monkeypatch):
    """Give every test its own folder, counters and memory."""
    settings.SPOOL_DIR = tmp_path / "spool"
    snapshots.forget()
    spool.forget()
    outage.breaker.reset()
    monkeypatch.setattr(people, "_HOURS", [])
    for counter in (throttle.talks, throttle.talk_looks, throttle.posts, throttle.guesses):
        counter.clear()
    yield
    outage.breaker.reset()
