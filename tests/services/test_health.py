from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from redis.exceptions import OutOfMemoryError

from ground.models import TickRun
from ground.ticks import TICKS
from leadcrm import vitals

PARTS = dict.fromkeys(("database", "redis", "clock", "time", "queues", "spool", "mails"), True)


def test_liveness_asks_nobody(client):
    # Without the mark for the database, a query would fail.
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_liveness_answers_a_probe_that_calls_this_machine_by_its_number(settings):
    settings.ALLOWED_HOSTS = ["crm.example.org", "127.0.0.1"]

    assert Client(headers={"host": "127.0.0.1:8000"}).get("/healthz").status_code == 200


def test_everything_well_is_ready(client, ticking):
    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()) == (200, PARTS)


def test_a_tick_that_never_ran_is_not_ready(client, db):
    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json() == PARTS | {"clock": False, "late": sorted(TICKS)}


@pytest.mark.case("D10")
def test_a_clock_that_stands_still_is_noticed_within_five_minutes(client, ticking):
    TickRun.objects.filter(name="leadcrm.catch_up").update(
        started_at=timezone.now() - timedelta(minutes=5)
    )

    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json() == PARTS | {"clock": False, "late": ["leadcrm.catch_up"]}


@pytest.mark.case("D10")
def test_a_row_that_waits_too_long_is_not_ready(client, ticking, late_row):
    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    assert answer.json() == PARTS | {"queues": False, "late": ["scoring.duescore"]}


def test_without_redis_it_is_not_ready(client, ticking, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()) == (503, PARTS | {"redis": False})


@pytest.mark.case("J15")
def test_a_redis_that_answers_and_has_no_room_is_not_ready(client, ticking, monkeypatch):
    def refuse(*args, **kwargs):
        raise OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")

    monkeypatch.setattr(vitals.Redis, "set", refuse)

    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()) == (503, PARTS | {"redis": False})


def test_without_the_database_it_says_so(client, monkeypatch):
    monkeypatch.setattr(vitals, "is_database_there", lambda: False)

    answer = client.get("/healthz/ready")

    assert answer.status_code == 503
    unknown = {"clock": False, "time": False, "queues": False, "mails": False}
    assert answer.json() == PARTS | {"database": False} | unknown


def test_a_database_that_is_away_is_told_from_one_that_is_there(db, monkeypatch):
    assert vitals.is_database_there()

    def refuse():
        raise OperationalError("connection refused")

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", refuse)
        assert not vitals.is_database_there()


def test_a_database_that_takes_no_changes_is_not_there(db):
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")

    assert not vitals.is_database_there()


def test_health_pages_take_no_posts(client, db):
    assert [client.post(path).status_code for path in ("/healthz", "/healthz/ready")] == [405, 405]


def test_metrics_name_every_queue_and_tick(client, ticking, late_row):
    lines = client.get("/metrics").content.decode().splitlines()

    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("leadcrm_"))
    assert figures["leadcrm_database_up"] == figures["leadcrm_redis_up"] == "1.0"
    assert figures['leadcrm_queue_due{queue="scoring.duescore"}'] == "1.0"
    assert 360 <= float(figures['leadcrm_queue_oldest_seconds{queue="scoring.duescore"}']) < 400
    assert figures['leadcrm_queue_quarantined{queue="scoring.duescore"}'] == "0.0"
    assert float(figures['leadcrm_tick_age_seconds{tick="leadcrm.catch_up"}']) < 60
    assert any(line.startswith("django_http_requests_total_by_method") for line in lines)


def test_metrics_are_for_this_machine_only(db):
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    behind_a_proxy = Client(headers={"x-forwarded-for": "203.0.113.7"})

    assert Client().get("/metrics").status_code == 200
    assert elsewhere.get("/metrics").status_code == 404
    assert behind_a_proxy.get("/metrics").status_code == 404


def test_metrics_are_not_for_the_visitors_of_a_proxy_on_this_machine(db, settings):
    settings.TRUSTED_PROXIES = 1

    assert Client().get("/metrics").status_code == 404


def test_metrics_are_for_whoever_has_the_token(db, settings):
    settings.METRICS_TOKEN = "grüß-gott"
    knows = Client(headers={"authorization": "Bearer grüß-gott"}, REMOTE_ADDR="203.0.113.7")
    guesses = Client(headers={"authorization": "Bearer gruess-gott"})

    assert knows.get("/metrics").status_code == 200
    assert guesses.get("/metrics").status_code == 404
    assert Client().get("/metrics").status_code == 404


def test_metrics_without_the_database_say_that(client, monkeypatch):
    monkeypatch.setattr(vitals, "is_database_there", lambda: False)

    assert "leadcrm_database_up 0.0" in client.get("/metrics").content.decode()
