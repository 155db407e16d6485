"""Taking forms in: accepted submissions beside a bare view that does one INSERT."""

import itertools
import json
import re
import time
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Client, at_once, p, served
from capture.guard import proof
from tests.capture.scene import BROWSER, letter, make_form

BESIDE_LEADS = 3
WORKERS = 8
BURST_SECONDS = 60


def run(scale: Scale) -> list[Row]:
    """Measure as much as goes through eight connections, then a steady pace and a burst."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bare (id uuid PRIMARY KEY, body bytea, received_at timestamptz)"
        )
    form = make_form()
    address = f"/f/{form.public_id}/"
    body = _Bodies(str(form.public_id))
    rows = []
    with (
        served(LEADCRM_TRUSTED_PROXIES="1") as ours,
        served(settings_module="benchmarks.bare") as bare,
    ):
        seconds = min(scale.seconds, 60)
        taken, hand = [], []
        # In turns, so that both feel the same noise of the machine.
        for _turn in range(4):
            taken.append(_load(ours, address, body, seconds / 4))
            hand.append(_load(bare, address, body, seconds / 4))
        rows.append(Row.of("submissions, 8 connections", _rate(taken), _rate(hand), "a second"))
        assert all(load[0] == len(load[2]) for load in (*taken, *hand)), "Some were refused."
        times, plain = ([t for one in many for t in one[2]] for many in (taken, hand))
        rows.append(Row.of("submissions, 8 connections", p(0.95, times), p(0.95, plain), "ms, p95"))
        for name, rate, length in (
            ("50 submissions a second", 50, scale.seconds),
            ("200 submissions a second", 200, min(scale.seconds, BURST_SECONDS)),
        ):
            accepted, _took, times = _load(ours, address, body, length, per_second=rate)
            assert accepted == len(times), f"{len(times) - accepted} of {len(times)} were refused"
            rows.append(Row.of(f"{name}, {length} s", p(0.95, times), None, "ms, p95"))
    return rows


class _Bodies:
    """What visitors send: each with an address of its own, so that nobody is slowed down."""

    def __init__(self, form: str) -> None:
        self.started = proof.new_started(form, as_of=timezone.now())
        self.numbers = itertools.count()

    def post(self, client: Client, address: str) -> bool:
        number = next(self.numbers)
        question, token = proof.new_sum(as_of=timezone.now())
        data = {
            proof.SUM_FIELD: token,
            proof.SUM_ANSWER: str(sum(int(word) for word in re.findall(r"\d+", question))),
            "last_name": "Muster",
            "email": f"eva{number}@example.org",
            "message": letter(number),
            "started": self.started,
            "submission_id": str(uuid4()),
        }
        visitor = f"{11 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.7"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": BROWSER,
            "X-Forwarded-For": visitor,
        }
        return client.ask("POST", address, json.dumps(data), **headers) == 200


def _load(
    port: int, address: str, body: _Bodies, seconds: float, *, per_second: float = 0
) -> tuple[int, float, list[float]]:
    clients = [Client(port) for _number in range(WORKERS)]
    for client in clients:
        client.ask("GET", "/healthz")
    time.sleep(0.2)
    return at_once(
        WORKERS,
        seconds,
        lambda number: body.post(clients[number], address),
        per_second=per_second,
    )


def _rate(loads: list[tuple[int, float, list[float]]]) -> float:
    return sum(load[0] for load in loads) / sum(load[1] for load in loads)
