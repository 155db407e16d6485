from datetime import timedelta
from smtplib import SMTP, SMTPServerDisconnected

import pytest

from leads.models import Activity, Lead
from nurturing.actions.doubts import resolve_doubts
from nurturing.actions.sending import send_due
from nurturing.models import Enrolment, Message, Sequence, Suppression
from tests.factories import NOW
from tests.nurturing.mail_server import free_port
from tests.nurturing.scene import make_due_message, make_reader, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def test_a_due_mail_is_sent_with_its_headers_and_recorded(mail_server):
    message = make_due_message(make_reader(email="ada@example.org"))

    sent = send_due(NOW)

    message.refresh_from_db()
    (mail,) = mail_server.accepted
    assert (sent, message.state, message.detail) == (1, "sent", "250 2.0.0 OK")
    assert mail_server.recipients == ["ada@example.org"]
    assert mail["Message-ID"] == message.message_id
    assert mail["From"] == "Muster <post@muster.example>"
    assert mail["Subject"] == "Hello"
    assert mail["Auto-Submitted"] == "auto-generated"
    link = f"http://127.0.0.1:8000/u/{message.token}/"
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("News\n\nNo more mails like this? " + link)
    assert "Muster GmbH\nHauptstr. 1\n10115 Berlin" in text
    assert Activity.objects.filter(kind="email.sent").count() == 1


def test_one_connection_serves_a_batch(mail_server):
    for number in range(3):
        make_due_message(make_reader(email=f"a{number}@example.org"))

    assert send_due(NOW) == 3
    assert (len(mail_server.accepted), mail_server.connections) == (3, 1)


@pytest.mark.case("E15")
@pytest.mark.parametrize(
    "answer", ["451 4.7.1 Greylisted", "454 4.7.0 Try again", "452 4.2.2 Full"]
)
def test_a_temporary_refusal_is_tried_again_later(mail_server, answer):
    message = make_due_message()
    mail_server.answers["RCPT"] = answer

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("queued", "try_later")
    assert message.due_at == NOW + timedelta(minutes=5)
    mail_server.answers.clear()
    assert send_due(NOW + timedelta(minutes=4)) == 0
    assert send_due(NOW + timedelta(minutes=5)) == 1


@pytest.mark.case("E15")
def test_the_pauses_grow_to_four_hours_and_after_twenty_tries_it_is_too_late(mail_server):
    message = make_due_message()
    mail_server.answers["RCPT"] = "451 4.7.1 Greylisted"
    pauses, moment = [], NOW

    for _try in range(20):
        send_due(moment)
        message.refresh_from_db()
        pauses.append((message.due_at - moment) // timedelta(minutes=1))
        moment = message.due_at

    assert pauses == [5, 10, 20, 40, 80, 160, *[240] * 13, 0]
    assert (message.state, message.reason) == ("failed", "tried_too_long")
    assert Lead.objects.get().is_email_valid is True
    assert Suppression.objects.count() == 0


@pytest.mark.case("E15")
def test_a_server_that_closes_keeps_the_mail_queued(mail_server):
    message = make_due_message()
    mail_server.answers["RCPT"] = "421 4.3.2 Shutting down"

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, message.attempts) == ("queued", "server_away", 1)
    assert message.due_at == NOW + timedelta(seconds=30)


@pytest.mark.case("E15")
@pytest.mark.parametrize("error", [TimeoutError("timed out"), SMTPServerDisconnected("gone")])
def test_a_server_that_goes_before_it_takes_content_keeps_the_mail_queued(
    mail_server, monkeypatch, error
):
    message = make_due_message()

    def goes(smtp: SMTP, command: str, args: str = "") -> tuple[int, bytes]:
        raise error

    monkeypatch.setattr(SMTP, "docmd", goes)
    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("queued", "server_away")
    assert mail_server.accepted == []


@pytest.mark.case("E15")
def test_a_refused_connection_is_not_a_failure(settings):
    message = make_due_message()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()

    assert send_due(NOW) == 0

    message.refresh_from_db()
    assert (message.state, message.reason, message.attempts) == ("queued", "server_away", 0)
    assert message.due_at == NOW


@pytest.mark.case("E15")
@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "550 No such user here"])
def test_a_dead_address_is_marked_suppressed_and_leaves_its_sequences(mail_server, answer):
    message = make_due_message()
    mail_server.answers["RCPT"] = answer

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, message.detail) == ("failed", "bounced", answer)
    assert Lead.objects.get().is_email_valid is False
    assert Suppression.objects.get().reason == "bounced"
    assert Activity.objects.filter(kind="email.bounced").count() == 1
    assert Enrolment.objects.get().state == "finished"


@pytest.mark.case("E15")
@pytest.mark.parametrize("phase", ["RCPT", "DATA"])
def test_a_policy_refusal_pauses_the_sequence_and_spares_the_address(mail_server, phase):
    message = make_due_message()
    mail_server.answers[phase] = "550 5.7.26 This mail has been blocked: unauthenticated sender"

    send_due(NOW)

    message.refresh_from_db()
    sequence = Sequence.objects.get()
    assert message.state == "queued"
    assert sequence.state == "paused"
    assert sequence.paused_reason.startswith("550 5.7.26")
    assert Suppression.objects.count() == 0
    assert Lead.objects.get().is_email_valid is True


def test_a_full_mailbox_is_given_up_after_the_fifth_time(mail_server):
    lead = make_reader(email="ada@example.org")
    mail_server.answers["RCPT"] = "552 5.2.2 Mailbox full"
    counts = []

    for day in range(5):
        moment = NOW + timedelta(days=day)
        message = make_due_message(lead, as_of=moment)
        send_due(moment)
        message.refresh_from_db()
        assert (message.state, message.reason) == ("failed", "mailbox")
        counts.append(Suppression.objects.count())

    assert counts == [0, 0, 0, 0, 1]


@pytest.mark.case("E16")
@pytest.mark.case("J05")
def test_a_connection_lost_after_the_hand_over_leaves_the_mail_in_doubt(mail_server):
    message = make_due_message()
    mail_server.hang_up = True

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "connection_lost")
    mail_server.hang_up = False
    for minutes in range(1, 60, 5):
        later = NOW + timedelta(minutes=minutes)
        resolve_doubts(later)
        send_due(later)
    message.refresh_from_db()
    assert message.state == "unknown"
    assert mail_server.ids == [message.message_id]


def test_what_is_sent_again_says_what_it_said_before(mail_server):
    lead = make_reader(first_name="Ada")
    message = make_due_message(lead)
    mail_server.answers["DATA"] = "451 4.3.0 Try again"
    send_due(NOW)
    before = Message.objects.get(pk=message.pk).text
    mail_server.answers.clear()

    tick("send", as_of=NOW + timedelta(minutes=5))

    assert Message.objects.get(pk=message.pk).text == before
    assert mail_server.ids == [message.message_id]
