"""A queue that is full, away, or has been tampered with: the work is done all the same."""

import pickle
import time
from base64 import b64encode
from pathlib import Path

import pytest
from kombu.utils.json import dumps

from ground.models import TickRun
from nurturing.models import Message
from tests.faults.killing import Site, kill_all_of, ring_until
from tests.faults.scene import make_running_sequence
from tests.faults.smtp_server import FaultyServer
from tests.services.running import wait_until


def all_are_sent() -> bool:
    return set(Message.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.case("J15")
def test_with_redis_full_the_clock_does_the_work_and_the_pages_answer(
    site: Site, mails: FaultyServer, settings, client
):
    site.redis.config_set("maxmemory-policy", "noeviction")
    site.redis.config_set("maxmemory", "1")
    worker = site.worker()
    beat = site.beat()
    cache = {"BACKEND": "ground.cache.ForgivingRedisCache", "LOCATION": site.redis_url}
    settings.CACHES = {"default": cache}

    make_running_sequence(5)
    page = client.get("/accounts/login/")
    wait_until(lambda: Message.objects.exists() and all_are_sent(), seconds=240)

    assert page.status_code == 200
    assert site.redis.llen("leadcrm:celery") == 0
    assert sorted(mails.ids) == sorted(Message.objects.values_list("message_id", flat=True))
    assert worker.poll() is None
    kill_all_of(beat)
    site.redis.config_set("maxmemory", "0")
    since = time.time()
    ring_until(site, lambda: _ran_after(since), "nurturing.send")


@pytest.mark.case("J03")
def test_without_redis_the_clock_does_the_work(site: Site, mails: FaultyServer):
    make_running_sequence(5)
    site.beat()
    wait_until(lambda: site.redis.llen("leadcrm:celery"), seconds=120)

    kill_all_of(site.queue)
    wait_until(lambda: Message.objects.exists() and all_are_sent(), seconds=240)

    assert sorted(mails.ids) == sorted(Message.objects.values_list("message_id", flat=True))


class Touch:
    """What an attacker would put into the queue: reading it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.case("J16")
def test_a_pickled_message_is_thrown_away_unread_and_the_worker_goes_on(
    site: Site, mails: FaultyServer, tmp_path: Path
):
    trap = tmp_path / "pickle_was_read"
    pickle.loads(pickle.dumps(Touch(tmp_path / "control")))
    make_running_sequence(1)
    site.send(_message(b64encode(pickle.dumps([[Touch(trap)], {}, {}])).decode()))

    site.worker()
    ring_until(
        site, lambda: mails.ids and all_are_sent(), "nurturing.steps", "nurturing.send", every=0.5
    )

    assert (tmp_path / "control").exists()
    assert not trap.exists()
    wait_until(lambda: site.redis.llen("leadcrm:celery") == 0, seconds=120)
    wait_until(lambda: site.redis.hlen("leadcrm:unacked") == 0, seconds=120)


def _message(body: str) -> bytes:
    """Return a message as the transport keeps it, with a pickled body."""
    properties = {
        "correlation_id": "1",
        "delivery_mode": 2,
        "delivery_tag": "1",
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "priority": 0,
        "body_encoding": "base64",
    }
    return dumps(
        {
            "body": body,
            "content-encoding": "binary",
            "content-type": "application/x-python-serialize",
            "headers": {"lang": "py", "task": "ground.tick", "id": "1", "argsrepr": ""},
            "properties": properties,
        }
    ).encode()


def _ran_after(moment: float) -> bool:
    run = TickRun.objects.filter(name="nurturing.send").first()
    return run is not None and run.started_at.timestamp() > moment
