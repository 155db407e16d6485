"""Mails under fire, with real processes: each arrives once, or a person is told that nobody knows.

A mail server kills the process that talks to it, before and after it accepts the mail; on top of
that the queue is emptied, workers are killed and stopped as a whole, and there are two beats.
"""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from ground.models import TickRun
from nurturing.actions.doubts import resolve_doubts
from nurturing.actions.sending import send_due
from nurturing.models import Message
from nurturing.queries import in_doubt
from tests.factories import EVERYTHING
from tests.faults.conftest import TIMEOUT
from tests.faults.killing import Site, kill_all_of, ring_until
from tests.faults.scene import address, make_running_sequence
from tests.faults.smtp_server import Fate, FaultyServer
from tests.services.running import wait_until

TICKS = ("nurturing.steps", "nurturing.doubts", "nurturing.send")
DEADLY = (Fate.DIES_AT_RECIPIENT, Fate.DIES_BEFORE_ACCEPT, Fate.DIES_AFTER_ACCEPT)


def plan(mails: FaultyServer, number: int, fates: dict[Fate, int]) -> int:
    """Give ``fates`` to some of the first ``number`` addresses, in no particular order."""
    chosen = random.Random(7).sample(range(number), sum(fates.values()))
    for fate, count in fates.items():
        for _ in range(count):
            mails.plan[address(chosen.pop())].append(fate)
    return sum(fates.values())


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def all_ids() -> list[str]:
    return sorted(Message.objects.values_list("message_id", flat=True))


def let_time_pass() -> None:
    """Make due what the server asked to have again in some minutes."""
    with writing("scene"):
        Message.objects.filter(state="queued", reason__in=("try_later", "server_away")).update(
            due_at=timezone.now()
        )


@pytest.mark.case("J01")
@pytest.mark.case("J02")
@pytest.mark.case("J03")
@pytest.mark.case("J04")
@pytest.mark.case("J08")
@pytest.mark.case("E15")
@pytest.mark.case("E16")
def test_500_mails_arrive_once_each_whatever_is_killed(site: Site, mails: FaultyServer):
    make_running_sequence(500)
    killed = {Fate.DIES_AT_RECIPIENT: 12, Fate.DIES_BEFORE_ACCEPT: 13, Fate.DIES_AFTER_ACCEPT: 50}
    broken = {Fate.CUT_OFF_AFTER_ACCEPT: 5, Fate.HANGS_BEFORE_ACCEPT: 1, Fate.HANGS_AFTER_ACCEPT: 1}
    planned = plan(mails, 500, killed | broken | {Fate.CLOSES: 3, Fate.LATER: 5})
    worker = site.worker()
    site.beat()
    site.beat()

    ring_until(site, lambda: len(mails.ids) > 100, *TICKS)
    site.redis.flushall()
    ring_until(site, lambda: len(mails.ids) > 200, *TICKS)
    kill_all_of(worker)
    worker = site.worker()
    ring_until(site, lambda: len(mails.ids) > 300, *TICKS)
    os.kill(worker.pid, signal.SIGTERM)
    site.worker()
    ring_until(site, lambda: mails.met.total() == planned, *TICKS)

    def all_are_sent() -> bool:
        # Again and again: what the server asked for later may only now be written down.
        let_time_pass()
        return states() == {"sent": 500}

    ring_until(site, all_are_sent, *TICKS)

    assert sorted(mails.ids) == all_ids()
    assert [mails.met[fate] for fate in DEADLY] == [12, 13, 50]


@pytest.mark.case("J05")
@pytest.mark.case("E16")
def test_what_nobody_can_be_asked_about_waits_for_a_person_and_is_not_sent_again(
    silent_site: Site, mails: FaultyServer
):
    make_running_sequence(60)
    fates = {Fate.DIES_BEFORE_ACCEPT: 2, Fate.DIES_AFTER_ACCEPT: 3, Fate.CUT_OFF_AFTER_ACCEPT: 1}
    plan(mails, 60, fates)
    lost = {key for key, fates in mails.plan.items() if Fate.DIES_BEFORE_ACCEPT in fates}
    doubtful = {key for key, fates in mails.plan.items() if fates}
    silent_site.worker()

    ring_until(silent_site, lambda: set(states()) == {"sent", "unknown"}, *TICKS)
    rounds = TickRun.objects.get(name="nurturing.send").started_at
    ring_until(silent_site, lambda: _send_ran_after(rounds + timedelta(seconds=3)), *TICKS)

    # A slow machine may add some to those that were planned.
    unknown = Message.objects.filter(state="unknown")
    assert doubtful <= set(unknown.values_list("to_address", flat=True))
    assert states().total() == 60
    assert max(Counter(mails.ids).values()) == 1
    sent = Message.objects.filter(state="sent").values_list("message_id", flat=True)
    never = Message.objects.filter(to_address__in=lost).values_list("message_id", flat=True)
    assert set(sent) <= set(mails.ids)
    assert not set(never) & set(mails.ids)
    assert set(in_doubt(EVERYTHING, timezone.now() + timedelta(minutes=15))) == set(unknown)


def _send_ran_after(moment) -> bool:
    return TickRun.objects.get(name="nurturing.send").started_at > moment


@pytest.mark.case("J01")
def test_a_worker_that_was_stopped_past_its_lease_sends_nothing_when_it_goes_on(
    site: Site, mails: FaultyServer, settings
):
    make_running_sequence(1)
    plan(mails, 1, {Fate.STOPS_AT_RECIPIENT: 1})
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mails.port
    settings.EMAIL_TIMEOUT, settings.MAIL_COPY_DELAY = TIMEOUT, 1
    settings.MAIL_COPY_DIR = mails.copies
    site.worker()

    ring_until(site, lambda: mails.stopped, *TICKS)
    lease = timedelta(seconds=4 * TIMEOUT + 1)
    wait_until(lambda: _is_older_than(lease), seconds=60)
    resolve_doubts(timezone.now())
    resolve_doubts(timezone.now() + lease)
    sent = send_due(timezone.now() + lease)
    went_on = time.time()
    os.kill(mails.stopped[0], signal.SIGCONT)
    ring_until(site, lambda: _send_ended_after(went_on), "nurturing.send")

    assert sent == 1
    assert mails.ids == all_ids()
    assert states() == {"sent": 1}


def _is_older_than(lease: timedelta) -> bool:
    return Message.objects.filter(claimed_at__lt=timezone.now() - lease).exists()


def _send_ended_after(moment: float) -> bool:
    run = TickRun.objects.get(name="nurturing.send")
    return run.finished_at is not None and run.finished_at.timestamp() > moment
