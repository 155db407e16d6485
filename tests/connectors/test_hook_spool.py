"""The doors of other systems while the database is away: one event, whatever happens."""

import pytest
from django.test import Client
from django.utils import timezone

from capture import spool, ticks
from capture.connectors import spooled
from capture.connectors.models import HookEvent
from leads.models import Lead
from tests.capture.test_outage import closed_port, database_at
from tests.connectors.scene import make_connection, states, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.case("H03")]
BODY = b"email=eva%40example.org&last_name=Muster"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _own_spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path / "spool"
    spool.forget()
    spooled.known.clear()
    yield
    spooled.known.clear()


def post(connection, body=BODY):
    path = f"/hooks/{connection.connector}/{connection.public_id}/"
    return Client().post(path, body, content_type=FORM).status_code


def test_an_event_that_comes_while_the_database_is_away_is_there_once_afterwards():
    connection = make_connection("forms")
    before = post(connection, b"email=max%40example.org")

    with database_at(closed_port()):
        away = [post(connection), post(connection)]
    waiting = len(spool.waiting(suffix=spooled.SUFFIX))
    moved = ticks.drain_spool(timezone.now())
    again = post(connection)
    work()

    assert (before, away, waiting, moved, again) == (200, [200, 200], 1, 1, 200)
    assert states(connection) == ["processed", "processed"]
    assert Lead.objects.filter(email="eva@example.org").count() == 1
    assert spool.waiting(suffix=spooled.SUFFIX) == []


def test_a_connection_that_nobody_met_before_is_asked_to_come_back():
    connection = make_connection("forms")

    with database_at(closed_port()):
        status = post(connection)

    assert (status, spool.waiting(suffix=spooled.SUFFIX)) == (503, [])


@pytest.mark.case("H01")
def test_a_wrong_signature_is_turned_away_all_the_same():
    connection = make_connection("generic")
    post(connection)

    with database_at(closed_port()):
        status = post(connection)

    assert status in {401, 503}
    assert spool.waiting(suffix=spooled.SUFFIX) == []


def test_what_was_stored_before_its_file_went_is_stored_once(monkeypatch):
    connection = make_connection("forms")
    post(connection, b"email=max%40example.org")
    with database_at(closed_port()):
        post(connection)
    kept = spool.waiting(suffix=spooled.SUFFIX)[0].read_bytes()
    name = spool.waiting(suffix=spooled.SUFFIX)[0].name

    ticks.drain_spool(timezone.now())
    spool.put_bytes(name, kept)
    ticks.drain_spool(timezone.now())

    assert HookEvent.objects.count() == 2


def test_a_file_that_is_no_event_is_put_aside_and_the_others_go_on():
    connection = make_connection("forms")
    post(connection, b"email=max%40example.org")
    with database_at(closed_port()):
        post(connection)
    spool.put_bytes("a.hook", b"{}")

    moved = ticks.drain_spool(timezone.now())

    assert moved == 1
    assert [path.name for path in spool.refused_folder().iterdir()] == ["a.hook"]
