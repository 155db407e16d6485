import pytest

from capture import outage, snapshots, spool
from capture.chat import people


@pytest.fixture(autouse=True)
def _own_spool(settings, tmp_path, monkeypatch):
    """Give every test its own folder, counters and memory."""
    settings.SPOOL_DIR = tmp_path / "spool"
    snapshots.forget()
    spool.forget()
    outage.breaker.reset()
    monkeypatch.setattr(people, "_HOURS", [])
    yield
    outage.breaker.reset()
