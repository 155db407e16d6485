"""The list of leads at 100,000 leads: the whole page, against the same rows and count in SQL."""

import json
import time
from datetime import UTC, datetime

from django.db import connection
from django.test import Client

from accounts.action import writing
from accounts.models import User
from accounts.rights import Role
from benchmarks.made_leads import make_leads, spread_leads
from benchmarks.row import Row

LEADS = 100_000
ROUNDS = 20
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
_WHERE = {
    "all": [
        {"field": "country", "op": "is", "value": "DE"},
        {
            "any": [
                {"field": "custom.employees", "op": "at_least", "value": 400},
                {"field": "job_title", "op": "contains", "value": "leiter"},
            ]
        },
    ]
}
# What is asked, its address, and the same by hand.
_CASES = [
    ("newest first", "", "deleted_at IS NULL", "created_at DESC"),
    ("stage", "stage=mql", "deleted_at IS NULL AND stage = 'mql'", "created_at DESC"),
    (
        "hot, by score",
        "temperature=hot&ordering=-score",
        "deleted_at IS NULL AND temperature = 'hot'",
        "score DESC",
    ),
    (
        "search for a part of a name",
        "q=muster4711",
        "deleted_at IS NULL AND (last_name ILIKE '%muster4711%' OR email ILIKE '%muster4711%')",
        "created_at DESC",
    ),
    (
        "a condition of three parts",
        "where=" + json.dumps(_WHERE),
        "deleted_at IS NULL AND country = 'DE' AND ((custom ->> 'employees')::numeric >= 400"
        " OR job_title ILIKE '%leiter%')",
        "created_at DESC",
    ),
    ("by name", "ordering=name", "deleted_at IS NULL", "last_name, first_name"),
]


def run() -> list[Row]:
    """Measure the p95 of ``ROUNDS`` pages each; by hand are 50 rows and a count that stops."""
    make_leads(LEADS, as_of=NOW)
    spread_leads()
    with writing("benchmark"):
        user = User.objects.create_user("bench@example.org", None, role=Role.MARKETER, name="Ben")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return [_row(client, *case) for case in _CASES]


def _row(client: Client, name: str, query: str, where: str, order: str) -> Row:
    ours, hand = [], []
    for _turn in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get("/leads/?" + query)
        ours.append(time.perf_counter() - started)
        assert answer.status_code == 200, (name, answer.status_code)
        started = time.perf_counter()
        _by_hand(where, order)
        hand.append(time.perf_counter() - started)
    return Row.of(f"list of leads, {name}", _p95(ours), _p95(hand), "ms (p95 of 20)")


def _by_hand(where: str, order: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM leads_lead WHERE {where} ORDER BY {order}, id DESC LIMIT 50")
        cursor.fetchall()
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM leads_lead WHERE {where} LIMIT 10001) AS page"
        )
        cursor.fetchall()


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[-2] * 1000
