"""What a mail server does to one mail holds up no other, and is never taken for a yes or a no."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError

from nurturing.actions import sending
from nurturing.actions.doubts import release_lost_claims, resolve_doubts
from nurturing.actions.sending import hand_over, send_due
from nurturing.actors import SEQUENCES
from nurturing.channels.email.base import TooLateError
from nurturing.channels.email.smtp import SmtpChannel
from nurturing.deadline import Deadline
from nurturing.models import Message
from tests.factories import NOW
from tests.faults.smtp_server import Fate, FaultyServer
from tests.nurturing.claims import claim_message, deliver
from tests.nurturing.scene import make_due_message, make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "mails")]

AFTER_LEASE = NOW + timedelta(seconds=121)


@pytest.fixture(autouse=True)
def _sent_through(mails: FaultyServer, settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mails.port


def make_due(number: int) -> list[Message]:
    return [
        make_due_message(make_reader(email=f"reader{index}@example.org")) for index in range(number)
    ]


@pytest.mark.case("E15")
def test_a_server_that_hangs_up_at_one_recipient_gets_the_others_at_once(mails):
    closed, *others = make_due(6)
    mails.plan[closed.to_address] = [Fate.CLOSES] * 3

    sent = [send_due(NOW)]
    waits = []
    for _ in range(3):
        closed.refresh_from_db()
        waits.append(closed.due_at)
        sent.append(send_due(closed.due_at))

    assert sent == [5, 0, 0, 1]
    assert [wait - before for wait, before in zip(waits, [NOW, *waits], strict=False)] == [
        timedelta(seconds=30),
        timedelta(seconds=60),
        timedelta(seconds=120),
    ]
    assert mails.ids == [message.message_id for message in (*others, closed)]


@pytest.mark.case("E15")
def test_a_server_that_hangs_up_each_time_is_left_alone_for_now(mails):
    messages = make_due(5)
    for message in messages:
        mails.plan[message.to_address] = [Fate.CLOSES]

    assert send_due(NOW) == 0

    assert mails.met[Fate.CLOSES] == 3
    assert Message.objects.filter(state="queued").count() == 5


@pytest.mark.case("E16")
def test_an_answer_that_nobody_understands_leaves_the_mail_in_doubt(mails):
    (message,) = make_due(1)
    mails.plan[message.to_address] = [Fate.MUMBLES_AFTER_ACCEPT]

    for minutes in range(0, 60, 5):
        send_due(NOW + timedelta(minutes=minutes))
        resolve_doubts(NOW + timedelta(minutes=minutes))

    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "connection_lost")
    assert mails.ids == [message.message_id]


@pytest.mark.case("J08")
def test_a_claim_that_ran_out_before_the_hand_over_is_not_handed_over(mails):
    (message,) = make_due(1)
    claim = claim_message(message.pk, by=SEQUENCES, as_of=NOW)

    with SmtpChannel() as channel:
        taken = deliver(replace(claim, deadline=Deadline(0)), channel, as_of=NOW)

    message.refresh_from_db()
    assert (taken, message.state, message.handed_at, mails.ids) == (False, "claimed", None, [])


class RunsOut(Deadline):
    """A deadline that passes between the first look and the second."""

    def __init__(self) -> None:
        self.looks = 0

    @property
    def is_over(self) -> bool:
        self.looks += 1
        return self.looks > 1


@pytest.mark.case("J08")
def test_a_claim_that_runs_out_while_the_server_is_slow_keeps_its_content_and_is_due_again(mails):
    (message,) = make_due(1)
    claim = replace(claim_message(message.pk, by=SEQUENCES, as_of=NOW), deadline=RunsOut())

    with SmtpChannel() as channel:
        taken = deliver(claim, channel, as_of=NOW)

    message.refresh_from_db()
    assert (taken, message.state, mails.ids) == (False, "queued", [])
    assert send_due(NOW) == 1
    assert mails.ids == [message.message_id]


def test_the_channel_sends_no_content_after_the_deadline(mails):
    (message,) = make_due(1)
    claim = claim_message(message.pk, by=SEQUENCES, as_of=NOW)
    mail = replace(hand_over(claim, by=SEQUENCES, as_of=NOW), deadline=Deadline(0))

    with SmtpChannel() as channel, pytest.raises(TooLateError):
        channel.send(mail)

    assert mails.ids == []


def test_lines_that_begin_with_a_dot_arrive_as_they_are(mails):
    (message,) = make_due(1)
    claim = claim_message(message.pk, by=SEQUENCES, as_of=NOW)
    mail = hand_over(claim, by=SEQUENCES, as_of=NOW)
    text = "One\n.\n..two\n.three"

    with SmtpChannel() as channel:
        channel.send(replace(mail, text=text, html=""))

    (accepted,) = mails.accepted
    assert accepted.get_content().replace("\r\n", "\n").strip() == text


@pytest.mark.case("J07")
def test_a_database_that_goes_away_in_the_hand_over_is_not_the_mails_fault(mails, monkeypatch):
    (message,) = make_due(1)

    def lose(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(sending, "hand_over", lose)
    with pytest.raises(OperationalError):
        send_due(NOW)
    monkeypatch.undo()
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)

    assert send_due(AFTER_LEASE) == 1
    assert mails.ids == [message.message_id]
