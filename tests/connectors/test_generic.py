import time

import pytest

from capture.connectors.drains import drain_hooks
from capture.connectors.models import HookEvent
from leads.models import Lead
from tests.connectors.scene import address, make_connection, states, work
from tests.simulators.generic import Program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program(live_server):
    connection = make_connection("generic")
    return connection, Program(address(live_server, connection), connection.secrets()["secret"])


@pytest.mark.requirement("S36")
def test_json_comes_in_by_token_and_by_signature(program):
    connection, sender = program

    answers = [
        sender.send({"id": 1, "contact": {"E-Mail": "eva@example.org", "Vorname": "Eva"}}),
        sender.send_signed([{"id": 2, "email": "max@example.org"}]),
    ]
    work()

    assert [answer.status for answer in answers] == [200, 200]
    assert states(connection) == ["processed", "processed"]
    assert set(Lead.objects.values_list("email", "first_name")) == {
        ("eva@example.org", "Eva"),
        ("max@example.org", ""),
    }


@pytest.mark.case("H01")
@pytest.mark.parametrize("header", ["t=1,s=ab", "v1", "s=", "t=1e9,s=00", ","])
def test_what_is_signed_wrongly_is_turned_away(program, header):
    connection, sender = program

    assert sender.send_signed({"email": "eva@example.org"}, header=header).status == 401
    sender.secret = "wrong"
    assert sender.send({"email": "eva@example.org"}).status == 401
    assert states(connection) == []


@pytest.mark.case("H02")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_six_minutes_off_is_turned_away(program, minutes):
    connection, sender = program

    answer = sender.send_signed({"email": "eva@example.org"}, at=time.time() + minutes * 60)

    assert (answer.status, states(connection)) == (401, [])


@pytest.mark.case("H08")
def test_a_batch_of_ten_thousand_events_is_kept_at_once_and_worked_on_later(program):
    connection, sender = program
    events = [
        {"id": number, "email": f"p{number}@example.org", "note": "x" * 460}
        for number in range(10_000)
    ]
    sender.send({"email": "first@example.org"})

    started = time.monotonic()
    answer = sender.send({"events": events})
    took = time.monotonic() - started

    assert (answer.status, took < 2) == (200, True)
    batch = HookEvent.objects.latest("pk")
    assert len(batch.body) > 5_000_000
    drain_hooks(batch.received_at)
    batch.refresh_from_db()
    assert (batch.state, batch.result) == ("split", {"events": 10_000, "new": 10_000})
    assert HookEvent.objects.filter(parent=batch).count() == 10_000
    assert connection.events.filter(state="processed").count() > 2_000


def test_poison_in_a_batch_stops_nobody(program, monkeypatch):
    from capture.connectors.actions import intake

    connection, sender = program
    arrive = intake.arrive

    def break_on_poison(event, *rest):
        if b"poison" in bytes(event.body):
            raise ZeroDivisionError
        return arrive(event, *rest)

    monkeypatch.setattr(intake, "arrive", break_on_poison)
    sender.send(
        [
            {"id": 1, "email": "eva@example.org"},
            {"id": 2, "email": "poison@example.org"},
            {"id": 3},
            {"id": 4, "email": "max@example.org"},
        ]
    )
    work()

    assert states(connection) == ["split", "processed", "received", "failed", "processed"]


@pytest.mark.parametrize("value", ['"x"', "12", "[]", "[1, 2]", '{"events": []}', "[" * 9000])
def test_odd_json_is_kept_and_fails_for_itself(program, value):
    connection, sender = program
    from tests.simulators.wire import ask

    headers = {"Authorization": f"Bearer {sender.secret}", "Content-Type": "application/json"}
    answer = ask(sender.url, method="POST", body=value.encode(), headers=headers)
    work()

    assert answer.status == 200
    assert set(states(connection)) <= {"failed", "ignored", "split"}
    assert Lead.objects.count() == 0


def test_a_closed_connection_and_an_unknown_one_take_nothing(program, live_server):
    from uuid import uuid4

    from capture.connectors.actions.connections import change_connection
    from tests.factories import EVERYTHING, NOW

    connection, sender = program
    change_connection(connection.pk, is_active=False, by=EVERYTHING, as_of=NOW)

    assert sender.send({"email": "eva@example.org"}).status == 410
    sender.url = f"{live_server.url}/hooks/generic/{uuid4()}/"
    assert sender.send({"email": "eva@example.org"}).status == 404
    sender.url = f"{live_server.url}/hooks/google/{connection.public_id}/"
    assert sender.send({"email": "eva@example.org"}).status == 404
