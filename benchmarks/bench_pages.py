"""The main pages through gunicorn, each beside the same rows asked for by hand in SQL."""

import time
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import Client, p, served
from leads.models import Lead

BESIDE_LEADS = 1
WARM_UP = 6
ALIVE = "deleted_at IS NULL"
NEWEST = "ORDER BY created_at DESC, id DESC LIMIT 25"


def _list(where: str = ALIVE, order: str = NEWEST) -> list[str]:
    """Return a page of the list and its count up to the cap, by hand."""
    return [
        f"SELECT * FROM leads_lead WHERE {where} {order}",
        f"SELECT count(*) FROM (SELECT FROM leads_lead WHERE {where} LIMIT 10001) AS capped",
    ]


def _search(word: str) -> list[str]:
    """Return what a search without an index of parts of words has to do."""
    told = "concat_ws(' ', first_name, last_name, email, phone, city)"
    return _list(f"{ALIVE} AND {told} ILIKE '%{word}%'")


# What is shown, to whom, at which address, and the same by hand.
CASES = [
    ("list of leads, newest", "marketing", "/leads/", _list()),
    (
        "list of leads, a stage by score",
        "marketing",
        "/leads/?stage=mql&ordering=-score",
        _list(f"{ALIVE} AND stage = 'mql'", "ORDER BY score DESC, id DESC LIMIT 25"),
    ),
    (
        "list of leads, by name",
        "marketing",
        "/leads/?ordering=name",
        _list(order="ORDER BY last_name, first_name, id LIMIT 25"),
    ),
    (
        "list of leads, last activity",
        "marketing",
        "/leads/?ordering=-last_activity",
        _list(order="ORDER BY last_activity_at DESC NULLS LAST, id DESC LIMIT 25"),
    ),
    ("search, part of a name", "marketing", "/leads/?q=indenb", _search("indenb")),
    ("search, part of a company", "marketing", "/leads/?q=molkerei", _search("molkerei")),
    ("search, an address", "marketing", "/leads/?q={email}", _search("{email}")),
    (
        "page of a lead",
        "rep1",
        "/leads/{lead}/",
        [
            "SELECT * FROM leads_lead WHERE public_id = '{lead}'",
            "SELECT * FROM leads_activity WHERE lead_id = {key} ORDER BY occurred_at DESC LIMIT 31",
        ],
    ),
    (
        "queue of a rep",
        "rep1",
        "{queue}",
        [
            "SELECT lead.*, (SELECT min(due_at) FROM handoff_task AS task"
            " WHERE task.lead_id = lead.id AND done_at IS NULL) AS next_at FROM leads_lead AS lead"
            " WHERE owner_id = {rep} AND stage IN ('subscriber', 'lead', 'mql', 'sql',"
            " 'opportunity') ORDER BY next_at NULLS LAST, score DESC LIMIT 25"
        ],
    ),
    (
        "board",
        "marketing",
        "{board}",
        [
            f"SELECT * FROM leads_lead WHERE {ALIVE} AND stage = '{stage}'"
            " ORDER BY score DESC, id DESC LIMIT 25"
            for stage in ("subscriber", "lead", "mql", "sql", "opportunity", "customer", "promoter")
        ],
    ),
    ("board of a rep", "rep1", "{board}", []),
    ("queue of a whole team", "manager1", "{queue}?show=team", []),
    ("start page of marketing", "marketing", "{home}", []),
    ("funnel", "marketing", "{funnel}", []),
]


def run(scale: Scale) -> list[Row]:
    """Measure the p95 of ``scale.rounds`` requests each, one after the other."""
    names = _names()
    browsers = {who: _browser(who) for who in ("marketing", "rep1", "manager1")}
    rows = []
    with served() as port:
        for name, who, address, by_hand in CASES:
            path = address.format(**names)
            cookie = browsers[who].cookies[settings.SESSION_COOKIE_NAME]
            client = Client(port, Cookie=f"{cookie.key}={cookie.value}")
            # Each worker reads the templates of a page once in its life.
            for _turn in range(WARM_UP):
                _timed(partial(client.ask, "GET", path))
            ours, hand = [], []
            for _round in range(scale.rounds):
                ours.append(_timed(partial(client.ask, "GET", path)))
                hand.append(_timed(partial(_ask_by_hand, by_hand, names)))
            with CaptureQueriesContext(connection) as asked:
                browsers[who].get(path)
            note = f"p50 {p(0.5, ours):.0f} ms, {len(asked)} queries"
            baseline = p(0.95, hand) if by_hand else None
            rows.append(Row.of(name, p(0.95, ours), baseline, "ms, p95", note))
    return rows


def _browser(who: str) -> Browser:
    browser = Browser(SERVER_NAME="127.0.0.1")
    user = User.objects.get(email=f"{who}@made.example")
    browser.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def _names() -> dict[str, str]:
    rep = User.objects.get(email="rep1@made.example")
    lead = Lead.objects.filter(owner=rep, stage="opportunity").first()
    known = Lead.objects.exclude(email="").order_by("pk").first()
    assert lead is not None
    assert known is not None
    pages = {"queue": "queue", "board": "lead_board", "home": "home", "funnel": "report_funnel"}
    return {
        **{name: reverse(page) for name, page in pages.items()},
        "lead": str(lead.public_id),
        "key": str(lead.pk),
        "rep": str(rep.pk),
        "email": known.email.split("@")[0],
    }


def _ask_by_hand(statements: list[str], names: dict[str, str]) -> int:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**names))
            cursor.fetchall()
    return 200


def _timed(ask: Callable[[], int]) -> float:
    started = time.perf_counter()
    status = ask()
    assert status == 200, status
    return time.perf_counter() - started
