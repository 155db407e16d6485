from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capture.actors import CAPTURE
from capture.connectors.drains import read_mail
from capture.connectors.mail import actions, letter
from capture.connectors.mail.actions import read_mailbox
from capture.connectors.mail.models import Mailbox
from capture.connectors.models import HookEvent
from ground.errors import RetryableError
from ground.outside import open_stream
from leads.models import Activity, Lead
from tests.connectors.letters import raw
from tests.connectors.scene import make_connection, states, work
from tests.simulators import imap

pytestmark = pytest.mark.django_db
SECRETS = {"password": imap.PASSWORD}


@pytest.fixture
def server(tmp_path, settings, monkeypatch):
    running = imap.Server(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
    settings.ALLOWED_SERVERS = [f"https://localhost:{running.port}"]
    yield running
    running.close()


@pytest.fixture
def connection(server):
    return make_mailbox(server)


def make_mailbox(server, secrets=None, **values):
    given = {"host": "localhost", "port": str(server.port), "user": imap.USER, **values}
    return make_connection("mail", settings=given, secrets=secrets or SECRETS)


def read(connection):
    """Read the mailbox once and work on what came; returns how many mails are new."""
    connection.refresh_from_db()
    count = read_mailbox(connection, by=CAPTURE, as_of=timezone.now())
    work()
    return count


def test_only_mails_that_come_in_after_the_first_look_are_read(server, connection):
    server.box.add(raw("Lag schon da"))
    first = read(connection)
    server.box.add(raw("Neu", From="max@muster.example"))

    second, third = read(connection), read(connection)

    assert (first, second, third) == (0, 1, 0)
    assert Lead.objects.get().email == "max@muster.example"
    assert Mailbox.objects.get().uid == 2


def test_mails_stay_unread_and_where_they_are(server, connection):
    read(connection)
    server.box.add(raw())

    read(connection)

    assert len(server.box.folders["INBOX"]) == 1
    assert server.box.names("SELECT") == []
    assert all("PEEK" in said or "SIZE" in said for said in server.box.names("UID FETCH"))
    assert (server.box.names("UID STORE"), server.box.names("UID MOVE")) == ([], [])


@pytest.mark.parametrize("has_move", [True, False])
def test_mails_are_moved_where_that_is_wanted(server, has_move):
    connection = make_mailbox(server, move_to="Read")
    server.box.has_move = has_move
    read(connection)
    server.box.add(raw())

    read(connection)

    assert (len(server.box.folders["INBOX"]), len(server.box.folders["Read"])) == (0, 1)
    assert states(connection) == ["processed"]


@pytest.mark.parametrize("step", ["keep_mails", "note_read"])
def test_a_round_that_is_killed_keeps_each_mail_once(server, monkeypatch, step):
    connection = make_mailbox(server, move_to="Read")
    read(connection)
    for number in range(3):
        server.box.add(raw(f"Frage {number}"))
    real = getattr(actions, step)
    calls = []

    def killed(*args, **kwargs):
        calls.append(step)
        if len(calls) == (2 if step == "keep_mails" else 1):
            raise SystemExit(9)
        return real(*args, **kwargs)

    monkeypatch.setattr(actions, step, killed)
    with pytest.raises(SystemExit):
        read(connection)
    read(connection)

    assert HookEvent.objects.count() == 3
    assert Activity.objects.filter(kind="email.received").count() == 3
    assert len(server.box.folders["INBOX"]) == 0


def test_a_mailbox_that_is_numbered_anew_is_read_again_and_nothing_comes_twice(server, connection):
    first = raw("Eins")
    read(connection)
    server.box.add(first)
    read(connection)
    server.box.uidvalidity, server.box.next_uid = 8, 1
    server.box.folders["INBOX"] = {}
    server.box.add(first)
    server.box.add(raw("Zwei"))

    count = read(connection)

    assert count == 1
    assert states(connection) == ["processed", "processed"]


def test_the_clock_reads_the_mailbox_and_one_that_is_away_stops_no_other(server, connection):
    away = make_mailbox(server, port="1")
    now = timezone.now()
    read(connection)
    server.box.add(raw())

    read_mail(now + timedelta(minutes=2))
    read_mail(now + timedelta(minutes=2, seconds=10))
    work(now + timedelta(minutes=3))

    place = Mailbox.objects.get(connection=away)
    assert states(connection) == ["processed"]
    assert (place.failures, place.error["code"]) == (1, "server_refused")
    assert place.next_at > now + timedelta(minutes=2, seconds=50)


@pytest.mark.parametrize(
    ("values", "secrets", "code"),
    [
        ({}, {"password": "wrong"}, "login_refused"),
        ({"folder": "Nirgends"}, SECRETS, "folder_missing"),
        ({"host": "127.0.0.2"}, SECRETS, "server_refused"),
    ],
)
def test_what_is_wrong_is_said_in_words(server, values, secrets, code, as_user, marketer):
    connection = make_mailbox(server, secrets, **values)

    as_user(marketer).post(reverse("read_mailbox", args=[connection.public_id]))
    page = as_user(marketer).get(reverse("connection_detail", args=[connection.public_id]))

    assert Mailbox.objects.get(connection=connection).error["code"] == code
    assert "The mailbox could not be read" in page.content.decode()


def test_a_connection_that_breaks_is_tried_again(server, connection):
    read(connection)
    server.box.add(raw())
    server.box.breaks_at = "UID FETCH"
    with pytest.raises(RetryableError):
        read(connection)
    server.box.breaks_at = ""

    assert read(connection) == 1


def test_our_end_of_a_connection_that_breaks_is_closed(server, connection, monkeypatch):
    read(connection)
    server.box.add(raw())
    server.box.breaks_at = "UID FETCH"
    streams = []

    def opened_stream(*args, **options):
        streams.append(open_stream(*args, **options))
        return streams[-1]

    monkeypatch.setattr("capture.connectors.mail.imap.open_stream", opened_stream)
    with pytest.raises(RetryableError):
        read(connection)

    assert [stream.fileno() for stream in streams] == [-1]


@pytest.mark.case("H08")
def test_of_a_mail_that_is_too_large_the_beginning_is_kept(server, connection, monkeypatch):
    monkeypatch.setattr("capture.connectors.mail.imap.LARGEST", 2_000)
    read(connection)
    server.box.add(raw("Der Anfang\n" + "x" * 70 + "\n" + "Zeile\n" * 60_000))

    read(connection)

    event = HookEvent.objects.get()
    told = Activity.objects.get(kind="email.received").data
    assert len(bytes(event.body)) < 140_000
    assert event.content_type == letter.CUT
    assert told["message"].startswith("Der Anfang")
    assert told["is_cut"] is True


def test_a_round_takes_so_many_mails_and_the_next_one_goes_on(server, connection, monkeypatch):
    monkeypatch.setattr(actions, "MOST_MAILS", 2)
    read(connection)
    for number in range(5):
        server.box.add(raw(f"Frage {number}"))

    counts = [read(connection) for _round in range(4)]

    assert counts == [2, 2, 1, 0]


def test_a_test_signs_in_and_leaves_no_lead(server, connection, as_user, marketer):
    client = as_user(marketer)
    url = reverse("test_connection", args=[connection.public_id])

    page = client.post(url, follow=True)

    assert Lead.objects.count() == 0
    assert HookEvent.objects.get().state == "test"
    assert "INBOX of leads@example.org" in page.content.decode()


@pytest.mark.case("H01")
def test_nobody_can_post_mails_over_the_web(connection, client):
    path = reverse("hook", args=["mail", connection.public_id])

    response = client.post(path, raw(), content_type="message/rfc822")

    assert (response.status_code, HookEvent.objects.count()) == (401, 0)
