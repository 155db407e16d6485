"""The public door while the database is away: faults are real, nothing is patched but addresses."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from django.db import connection
from django.utils import timezone

from capture import outage, spool, ticks
from capture.models import Submission
from ground.ticks import tick_task
from leads.models import Lead
from tests.capture.scene import answers, make_form, send, visitor, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _as_promised(monkeypatch):
    """Wait as long as in production."""
    monkeypatch.setattr(outage, "PATIENCE", 2.0)
    outage._watchdog.forget()


@contextmanager
def database_at(port):
    """Let the connection look for the database at another port of this machine."""
    connection.close()
    kept = dict(connection.settings_dict)
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": str(port)}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)
        outage.breaker.reset()


class Silence:
    """A server that takes connections and never says a word."""

    def __init__(self, server):
        self.server = server
        self.port = server.getsockname()[1]

    def callers(self):
        """Return how many have called since this was asked last, and hang up."""
        count = 0
        self.server.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.server.accept()[0].close()
                count += 1
        return count


@contextmanager
def silent_server():
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield Silence(server)


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.case("C01")
def test_while_the_database_is_down_a_post_is_spooled_and_drained_once_with_its_own_time():
    form = make_form()
    data = answers(form)
    visitor().get(f"/f/{form.public_id}/")

    before = timezone.now()
    with database_at(closed_port()):
        response = send(form, data)
        page = visitor().get(f"/f/{form.public_id}/")
        definition = visitor().get(f"/f/{form.public_id}/definition.json")
        challenge = visitor().get(f"/f/{form.public_id}/challenge/")
    after = timezone.now()
    (file,) = spool.waiting()
    moved = ticks.drain_spool(timezone.now())
    work()

    assert (response.status_code, response.json()["status"]) == (202, "ok")
    assert {page.status_code, definition.status_code, challenge.status_code} == {200}
    assert "How can we help you?" in page.content.decode()
    assert file.name.split(".")[0] == data["submission_id"]
    stored = Submission.objects.get()
    assert (moved, str(stored.pk), stored.state) == (1, data["submission_id"], "processed")
    assert before <= stored.received_at <= after
    assert Lead.objects.get().first_channel_at == stored.received_at
    assert spool.waiting() == []


def test_while_the_database_is_down_mistakes_are_still_shown():
    form = make_form()
    visitor().get(f"/f/{form.public_id}/")

    with database_at(closed_port()):
        response = send(form, answers(form, email=""))
    ticks.drain_spool(timezone.now())
    work()

    assert response.status_code == 422
    assert response.json()["errors"] == {"email": ["Please fill in this field."]}
    assert Submission.objects.get().state == "invalid"


@pytest.mark.case("C03")
def test_one_caller_finds_out_that_the_database_takes_connections_and_hangs():
    form = make_form()
    visitor().get(f"/f/{form.public_id}/")

    with silent_server() as silence, database_at(silence.port):
        first = send(form, answers(form))
        waited = silence.callers()
        others = [send(form, answers(form)) for _number in range(8)]
        waited_again = silence.callers()

    assert {answer.status_code for answer in [first, *others]} == {202}
    assert (waited, waited_again) == (1, 0)
    assert len(spool.waiting()) == 9


@pytest.mark.case("C03")
def test_a_query_that_hangs_on_an_open_connection_is_cut_off():
    def hang():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(300)")

    started = time.monotonic()
    with pytest.raises(outage.DatabaseAwayError):
        outage.with_database(hang)

    # Two seconds on a machine that has nothing else to do.
    assert time.monotonic() - started < 45
    outage.breaker.reset()
    assert outage.with_database(Submission.objects.count) == 0


def test_a_connection_that_the_server_closed_while_idle_is_opened_anew():
    form = make_form()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    other.close()

    response = send(form, answers(form))

    assert response.status_code == 200
    assert spool.waiting() == []


@pytest.mark.case("C04")
def test_with_the_database_down_and_the_spool_full_the_visitor_is_told_to_come_back(monkeypatch):
    form = make_form()
    visitor().get(f"/f/{form.public_id}/")
    monkeypatch.setattr(spool, "MAX_BYTES", 10)

    with database_at(closed_port()):
        response = send(form, answers(form))

    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json()["status"] == "unavailable"
    assert "contact" in response.json()
    assert spool.waiting() == []


@pytest.mark.case("C04")
def test_a_spool_that_cannot_be_written_is_no_success(settings, tmp_path):
    form = make_form()
    visitor().get(f"/f/{form.public_id}/")
    (tmp_path / "file").write_text("in the way")
    settings.SPOOL_DIR = tmp_path / "file"

    with database_at(closed_port()):
        response = send(form, answers(form))

    assert response.status_code == 503


@pytest.mark.case("C05")
def test_the_same_submission_is_spooled_once_and_another_body_beside_it():
    form = make_form()
    data = answers(form)
    visitor().get(f"/f/{form.public_id}/")

    with database_at(closed_port()):
        for body in (data, data, {**data, "email": "b@example.org"}):
            assert send(form, body).status_code == 202
    files = spool.waiting()
    ticks.drain_spool(timezone.now())
    work()

    assert len(files) == 2
    assert sorted(Submission.objects.values_list("state", flat=True)) == ["conflict", "processed"]


@pytest.mark.case("C02")
def test_while_redis_hangs_every_post_is_taken_at_once_and_becomes_a_lead(monkeypatch):
    rung, is_back = threading.Event(), threading.Event()

    def hang(*args, **kwargs):
        rung.set()
        is_back.wait(30)

    monkeypatch.setattr(tick_task, "apply_async", hang)
    form = make_form()

    started = time.monotonic()
    statuses = [
        send(form, answers(form, email=f"a{n}@example.org", message=f"Nummer {n}")).status_code
        for n in range(20)
    ]
    took = time.monotonic() - started
    is_waiting = rung.wait(5)
    work()
    is_back.set()

    assert (statuses, is_waiting) == ([200] * 20, True)
    assert took < 15
    assert Lead.objects.count() == 20


@pytest.mark.case("C02")
def test_without_redis_a_hint_is_lost_and_nothing_else(settings):
    dead = f"redis://127.0.0.1:{closed_port()}/0"
    settings.CACHES = {"default": {"BACKEND": "ground.cache.ForgivingRedisCache", "LOCATION": dead}}
    form = make_form()

    response = send(form, answers(form))
    work()

    assert (response.status_code, Lead.objects.count()) == (200, 1)


def test_many_threads_find_out_once_that_the_database_hangs():
    form = make_form()
    visitor().get(f"/f/{form.public_id}/")
    statuses = []

    def post(data):
        statuses.append(send(form, data).status_code)

    with silent_server() as silence, database_at(silence.port):
        send(form, answers(form))
        silence.callers()
        outage.breaker._rests_until = time.monotonic() - 1
        threads = [threading.Thread(target=post, args=(answers(form),)) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waited = silence.callers()

    assert statuses == [202] * 4
    assert waited == 1
