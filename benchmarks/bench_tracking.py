"""Taking visits in: events a second in batches, beside a bare view that does one INSERT a batch."""

import itertools
import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Client, at_once, p, served
from capture.actions.counting import count_days, open_days
from capture.actors import CAPTURE
from capture.models import PageEvent, PageView
from tests.capture.scene import BROWSER, switch_on

BESIDE_LEADS = 4
WORKERS = 8
# What a visitor does on two pages: look at them, stay, scroll, click, report. Seven are rows of
# their own. A visit that is told at once has up to fifty events.
EVENTS, ROWS = 10, 7
SIZES = (1, 4)
PAGES = 200


Load = tuple[int, float, list[float]]


def run(scale: Scale) -> list[Row]:
    """Measure as much as goes through eight connections, then how long counting its day takes."""
    switch_on()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_events (id uuid PRIMARY KEY, visitor text, kind text, data jsonb,"
            " at timestamptz)"
        )
    seconds = min(scale.seconds, 60)
    told: dict[int, list[Load]] = {size: [] for size in SIZES}
    hand: dict[int, list[Load]] = {size: [] for size in SIZES}
    with (
        served(LEADCRM_TRUSTED_PROXIES="1") as ours,
        served(settings_module="benchmarks.bare") as bare,
    ):
        # In turns, so that both feel the same noise of the machine.
        for size in SIZES * 3:
            told[size].append(_load(ours, size, seconds / 6))
            hand[size].append(_load(bare, size, seconds / 6))
    loads = [load for many in (*told.values(), *hand.values()) for load in many]
    assert all(load[0] == len(load[2]) for load in loads), "Some were refused."
    kept = PageView.objects.count() + PageEvent.objects.count()
    sent = sum(size * load[0] for size in SIZES for load in told[size])
    assert kept == sent * ROWS, f"{kept} kept of {sent} visits"
    return [*(row for size in SIZES for row in _rows(size, told[size], hand[size])), _counted()]


def _rows(size: int, told: list[Load], hand: list[Load]) -> list[Row]:
    name = f"events of visits, {size * EVENTS} in a batch, 8 connections"
    times, plain = ([t for one in many for t in one[2]] for many in (told, hand))
    return [
        Row.of(name, _rate(size, told), _rate(size, hand), "a second"),
        Row.of(name, p(0.95, times), p(0.95, plain), "ms, p95"),
    ]


def _counted() -> Row:
    now = timezone.now() + timedelta(minutes=1)
    started = time.perf_counter()
    count_days(open_days(as_of=now), by=CAPTURE, as_of=now)
    took = time.perf_counter() - started
    return Row.of("visits of a day counted", took, None, "s", f"{PageView.objects.count():,} views")


_numbers = itertools.count(1)


def _load(port: int, size: int, seconds: float) -> Load:
    clients = [Client(port) for _number in range(WORKERS)]
    for client in clients:
        client.ask("GET", "/healthz")
    time.sleep(0.2)

    def tell(number: int) -> bool:
        turn = next(_numbers)
        visitor = f"10.{turn >> 16 & 255}.{turn >> 8 & 255}.{turn & 255}"
        headers = {"Content-Type": "text/plain", "User-Agent": BROWSER, "X-Forwarded-For": visitor}
        events = [event for part in range(size) for event in _events(turn + part)]
        body = json.dumps({"c": True, "v": "", "b": events})
        status = clients[number].ask("POST", "/t", body, **headers)
        return status in {200, 204}

    return at_once(WORKERS, seconds, tell)


def _events(turn: int) -> list[dict[str, Any]]:
    first, second = str(uuid4()), str(uuid4())
    page = f"https://www.example.org/seite/{turn % PAGES}"
    click: dict[str, Any] = {"e": "click", "p": first, "k": "outbound", "u": "https://a.example/"}
    return [
        {"e": "view", "p": first, "u": f"{page}?utm_source=ig", "t": "Seite", "a": 60_000},
        {"e": "stay", "p": first, "s": 30, "d": 60},
        {**click, "i": 1, "a": 40_000},
        {**click, "i": 2, "k": "download", "a": 30_000},
        {"e": "event", "p": first, "i": 3, "n": "film", "d": {"part": 1}, "a": 20_000},
        {"e": "stay", "p": first, "s": 50, "d": 90},
        {"e": "view", "p": second, "u": f"{page}/mehr", "t": "Mehr", "r": page, "a": 10_000},
        {"e": "event", "p": second, "i": 1, "n": "film", "d": {"part": 2}, "a": 9_000},
        {"e": "event", "p": second, "i": 2, "n": "film", "d": {"part": 3}, "a": 8_000},
        {"e": "stay", "p": second, "s": 9, "d": 40},
    ]


def _rate(size: int, loads: list[Load]) -> float:
    return size * EVENTS * sum(load[0] for load in loads) / sum(load[1] for load in loads)
