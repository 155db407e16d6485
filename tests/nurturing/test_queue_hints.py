"""Redis and Celery only wake somebody up: without them everything still goes out."""

import re
import subprocess
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from kombu import pools
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads
from redis import Redis, RedisError

from ground import ticks
from leadcrm.celery import app
from leadcrm.embedded.redis_server import program as redis_program
from nurturing.actions.sending import send_due
from tests.factories import NOW
from tests.nurturing.mail_server import free_port
from tests.nurturing.scene import make_due_message
from tests.services.running import wait_until

FUTURE = re.compile(r"\beta\s*=|\bcountdown\s*=|\.retry\(")


@pytest.mark.case("J14")
def test_no_future_time_is_ever_given_to_celery():
    root = Path(settings.BASE_DIR)
    apps = ("leadcrm", "ground", "accounts", "conditions", "leads", "capture", "scoring")
    apps += ("nurturing", "handoff", "reports")
    files = [path for name in apps for path in (root / name).rglob("*.py")]
    assert len(files) > 100

    assert [
        f"{path.relative_to(root)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if FUTURE.search(line)
    ] == []


@pytest.mark.case("J16")
def test_a_message_that_is_not_json_is_rejected():
    assert app.conf.accept_content == ["json"]
    content_type, encoding, payload = dumps({"x": 1}, serializer="pickle")

    with pytest.raises(ContentDisallowed):
        loads(payload, content_type, encoding, accept=app.conf.accept_content)


@pytest.fixture
def _full_redis(tmp_path: Path, monkeypatch):
    """Celery's queue is in a real Redis that takes no more data."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(
        [redis_program(), *options, "--maxmemory", "1", "--maxmemory-policy", "noeviction"],
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: _answers(port))
    monkeypatch.setitem(app.conf, "broker_url", f"redis://127.0.0.1:{port}/0")
    forget_connections()
    yield
    # The tests after this one have the Redis of the settings again.
    forget_connections()
    server.terminate()
    server.wait()


def _answers(port: int) -> bool:
    try:
        with Redis(port=port) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def forget_connections():
    """Have Celery open its connections anew, to the broker that is set by then."""
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


@pytest.mark.case("J15")
@pytest.mark.django_db
@pytest.mark.usefixtures("organisation", "_full_redis")
def test_with_redis_full_the_mail_is_queued_and_the_tick_sends_it(
    mail_server, monkeypatch, django_capture_on_commit_callbacks
):
    cache.clear()
    told = threading.Event()

    def note(event: str, **data: str) -> None:
        if (event, data["tick"]) == ("wake_failed", "nurturing.send"):
            told.set()

    monkeypatch.setattr(ticks.log, "warning", note)

    with django_capture_on_commit_callbacks(execute=True):
        message = make_due_message()

    assert told.wait(timeout=60)
    assert send_due(NOW) == 1
    assert mail_server.ids == [message.message_id]
