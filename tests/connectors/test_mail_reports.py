"""Reports about mails that come by the mailbox, or from a program that signs."""

import time

import pytest

from leads.models import Lead
from nurturing.models import MailEvent, Suppression
from tests.connectors.letters import bounce, feedback
from tests.connectors.scene import address, make_connection, states, work
from tests.connectors.test_mail import receive
from tests.nurturing.scene import make_due_message, make_organisation
from tests.simulators.generic import Program
from tests.simulators.wire import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent():
    make_organisation()
    return make_due_message()


@pytest.fixture
def mailbox():
    return make_connection("mail", settings={"user": "leads@example.org"})


@pytest.fixture
def program(live_server):
    row = make_connection("mailevents")
    return row, Program(address(live_server, row), row.secrets()["secret"])


def codes(connection):
    return [event.error.get("code") for event in connection.events.order_by("pk")]


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "fraud", "other"])
def test_a_complaint_that_a_provider_forwards_suppresses_and_makes_no_lead(mailbox, sent, kind):
    report = feedback(sent.message_id, kind)

    receive(mailbox, report, report + b"X")

    assert (states(mailbox), codes(mailbox)) == (
        ["reported", "reported"],
        ["complaint", "reported_before"],
    )
    assert (Suppression.objects.get().reason, Lead.objects.count()) == ("complained", 1)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", ""])
def test_a_report_that_is_no_complaint_suppresses_nobody(mailbox, sent, kind):
    (event,) = receive(mailbox, feedback(sent.message_id, kind))

    assert (event.state, event.error["code"]) == ("ignored", "feedback")
    assert (Suppression.objects.count(), MailEvent.objects.count()) == (0, 0)


def test_a_complaint_about_a_mail_that_is_not_ours_is_harmless(mailbox, sent):
    (event,) = receive(mailbox, feedback("<guessed@muster.example>"))

    assert (event.state, event.error["code"]) == ("ignored", "mail_unknown")
    assert Suppression.objects.count() == 0


def test_a_complaint_after_a_bounce_in_the_mailbox_is_what_stays(mailbox, sent):
    receive(mailbox, bounce(sent.message_id), feedback(sent.message_id))

    assert Suppression.objects.get().reason == "complained"


def test_mail_events_of_a_program_are_taken_in_a_list_each_once(program, sent):
    connection, sender = program
    events = [
        {"id": 1, "event": "bounce", "type": "soft", "message_id": sent.message_id},
        {"id": 2, "event": "bounce", "type": "hard", "message_id": sent.message_id.strip("<>")},
        {"id": 3, "event": "complaint", "message_id": "<guessed@muster.example>"},
        {"id": 4, "event": "opened", "message_id": sent.message_id},
        {"id": 5, "event": "bounce", "type": "hard"},
    ]

    answers = [sender.send_signed({"events": events})]
    work()
    answers.append(sender.send_signed(events[1]))
    work()

    assert [answer.status for answer in answers] == [200, 200]
    found = dict(connection.events.exclude(state="split").values_list("key", "error__code"))
    assert found == {
        "id:1": "bounce_soft",
        "id:2": "bounce_hard",
        "id:3": "mail_unknown",
        "id:4": "no_mail_event",
        "id:5": "no_mail_event",
    }
    assert Suppression.objects.get().source == connection.public_id


@pytest.mark.case("H01")
def test_mail_events_must_be_signed(program, sent):
    connection, sender = program
    event = {"event": "bounce", "type": "hard", "message_id": sent.message_id}

    answers = [
        sender.send(event),
        sender.send_signed(event, header=""),
        sender.send_signed(event, header="t=1,s=ab"),
        sender.send_signed(event, at=time.time() - 360),
        ask(sender.url, method="POST", body=b"{}"),
    ]

    assert [answer.status for answer in answers] == [401] * 5
    assert states(connection) == []


def test_a_report_that_names_another_recipient_is_about_another_mail(program, sent):
    connection, sender = program
    event = {"event": "bounce", "type": "hard", "message_id": sent.message_id}

    sender.send_signed({**event, "recipient": "somebody@else.example"})
    sender.send_signed({**event, "recipient": sent.to_address.upper()})
    work()

    assert codes(connection) == ["mail_unknown", "bounce_hard"]
