"""Faults between claim, hand-over and outcome: each mail arrives once, or is shown as in doubt."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from ground.ticks import run_tick
from nurturing.actions import sending
from nurturing.actions.claiming import claim_messages
from nurturing.actions.doubts import (
    mark_messages_sent,
    release_lost_claims,
    resolve_doubts,
    send_messages_again,
)
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.actions.sending import hand_over, send_due
from nurturing.actors import SEQUENCES
from nurturing.channels.email.inquiry import MaildirInquiry
from nurturing.channels.email.smtp import SmtpChannel
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW
from tests.nurturing.claims import claim_message, deliver
from tests.nurturing.mail_server import MailServer
from tests.nurturing.scene import (
    make_due_message,
    make_reader,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

AFTER_LEASE = NOW + timedelta(seconds=121)
# From here on a mail of which the server has no copy was never with it.
CERTAIN = NOW + timedelta(minutes=10)


class WorkerKilled(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.fixture
def maildir(tmp_path: Path, mail_server: MailServer) -> Path:
    """The folder into which the mail server puts a copy of all it accepts."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()

    def copy() -> None:
        number = len(mail_server.accepted)
        (tmp_path / "new" / f"{number}.test").write_bytes(bytes(mail_server.accepted[-1]))

    mail_server.on_accept = copy
    return tmp_path


def kill(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def die(*args: object, **kwargs: object) -> None:
        raise WorkerKilled

    monkeypatch.setattr(sending, where, die)
    with pytest.raises(WorkerKilled):
        send_due(NOW)
    monkeypatch.undo()


@pytest.mark.case("J01")
def test_a_worker_killed_before_the_hand_over_sends_once_after_its_lease(mail_server, monkeypatch):
    message = make_due_message()

    kill(monkeypatch, "hand_over")
    assert send_due(NOW + timedelta(seconds=60)) == 0
    resolve_doubts(AFTER_LEASE)
    send_due(AFTER_LEASE)

    message.refresh_from_db()
    assert message.state == "sent"
    assert mail_server.ids == [message.message_id]


@pytest.mark.case("J01")
def test_a_worker_killed_in_the_hand_over_before_the_server_got_it_sends_once(
    mail_server, maildir, monkeypatch
):
    message = make_due_message()
    claim = claim_message(message.pk, by=SEQUENCES, as_of=NOW)
    hand_over(claim, by=SEQUENCES, as_of=NOW)

    for moment in (AFTER_LEASE, AFTER_LEASE + timedelta(minutes=10)):
        resolve_doubts(moment, inquiry=MaildirInquiry(maildir))
        send_due(moment)

    message.refresh_from_db()
    assert message.state == "sent"
    assert mail_server.ids == [message.message_id]


@pytest.mark.case("J02")
def test_a_worker_killed_after_the_server_took_the_mail_sends_once(
    mail_server, maildir, monkeypatch
):
    message = make_due_message()

    kill(monkeypatch, "settle_sent")
    for moment in (AFTER_LEASE, AFTER_LEASE + timedelta(seconds=30)):
        resolve_doubts(moment, inquiry=MaildirInquiry(maildir))
        send_due(moment)

    message.refresh_from_db()
    assert message.state == "sent"
    assert mail_server.ids == [message.message_id]


@pytest.mark.case("E16")
def test_a_connection_lost_after_the_server_took_the_mail_is_settled_by_asking(
    mail_server, maildir
):
    message = make_due_message()
    mail_server.hang_up = True

    send_due(NOW)
    resolve_doubts(NOW, inquiry=MaildirInquiry(maildir))

    message.refresh_from_db()
    assert message.state == "sent"
    assert mail_server.ids == [message.message_id]


@pytest.mark.case("E16")
@pytest.mark.parametrize("later", [timedelta(seconds=15), timedelta(seconds=599)])
def test_a_mail_whose_copy_is_still_on_its_way_is_not_sent_again(mail_server, maildir, later):
    message = make_due_message()
    deliver_copy, mail_server.on_accept = mail_server.on_accept, lambda: None
    mail_server.hang_up = True
    send_due(NOW)
    mail_server.hang_up = False

    asked_too_soon = resolve_doubts(NOW + later, inquiry=MaildirInquiry(maildir))
    send_due(NOW + later)
    deliver_copy()
    asked_again = resolve_doubts(CERTAIN, inquiry=MaildirInquiry(maildir))

    message.refresh_from_db()
    assert (asked_too_soon, asked_again, message.state) == (0, 1, "sent")
    assert mail_server.ids == [message.message_id]


@pytest.mark.case("J05")
def test_a_mail_in_doubt_stays_so_while_nobody_can_be_asked(mail_server, tmp_path, monkeypatch):
    message = make_due_message()
    kill(monkeypatch, "settle_sent")

    for minutes in range(3, 60, 3):
        moment = NOW + timedelta(minutes=minutes)
        resolve_doubts(moment, inquiry=MaildirInquiry(tmp_path / "away"))
        send_due(moment)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "worker_lost")
    assert mail_server.ids == [message.message_id]


def test_a_person_settles_a_mail_in_doubt(mail_server, monkeypatch):
    found = make_due_message()
    kill(monkeypatch, "settle_sent")
    lost = make_due_message()
    kill(monkeypatch, "settle_sent")
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)

    assert mark_messages_sent([found.pk], by=EVERYTHING, as_of=AFTER_LEASE) == 1
    assert send_messages_again([lost.pk], by=EVERYTHING, as_of=AFTER_LEASE) == 1
    send_due(AFTER_LEASE)

    found.refresh_from_db()
    lost.refresh_from_db()
    assert (found.state, found.detail, lost.state) == ("sent", "tests", "sent")
    assert sorted(mail_server.ids) == sorted([found.message_id, lost.message_id, lost.message_id])


def test_an_alert_in_doubt_is_sent_once_more_after_ten_minutes(mail_server, rep, monkeypatch):
    new = NewMessage(kind="notification", recipient=rep, subject="New lead", text="Ada")
    (message,) = queue_messages([new], by=SEQUENCES, as_of=NOW)
    for minutes in (0, 13, 30, 60, 90):
        moment = NOW + timedelta(minutes=minutes)
        monkeypatch.setattr(sending, "settle_sent", lambda *args, **kwargs: True)
        send_due(moment)
        monkeypatch.undo()
        resolve_doubts(moment + timedelta(seconds=150))
        resolve_doubts(moment + timedelta(minutes=11))

    message.refresh_from_db()
    assert (message.state, message.resends) == ("unknown", 1)
    assert mail_server.ids == [message.message_id] * 2


@pytest.mark.case("J07")
def test_a_mail_that_kills_its_worker_each_time_is_set_aside_and_others_go_out(
    mail_server, monkeypatch
):
    poison, other = make_due_message(), make_due_message()
    real = hand_over

    def fragile(claim, **kwargs):
        if claim.message.pk == poison.pk:
            raise WorkerKilled
        return real(claim, **kwargs)

    monkeypatch.setattr(sending, "hand_over", fragile)
    moment = NOW
    for _ in range(6):
        try:
            send_due(moment)
        except WorkerKilled:
            send_due(moment)
        moment += timedelta(seconds=121)
        release_lost_claims(by=SEQUENCES, as_of=moment)

    poison.refresh_from_db()
    assert (poison.state, poison.reason, poison.claims) == ("failed", "set_aside", 5)
    assert mail_server.ids == [other.message_id]


@pytest.mark.case("J07")
def test_a_mail_that_cannot_be_claimed_is_set_aside_and_others_go_out(mail_server, monkeypatch):
    poison, other = make_due_message(), make_due_message()
    real = claim_messages

    def fragile(keys, **kwargs):
        if poison.pk in keys:
            raise RuntimeError("broken")
        return real(keys, **kwargs)

    monkeypatch.setattr(sending, "claim_messages", fragile)
    for hours in range(6):
        send_due(NOW + timedelta(hours=hours))

    poison.refresh_from_db()
    assert (poison.state, poison.reason) == ("failed", "set_aside")
    assert mail_server.ids == [other.message_id]


@pytest.mark.case("J08")
def test_a_claim_that_was_given_up_for_lost_is_not_handed_over_any_more(mail_server):
    message = make_due_message()
    claim = claim_message(message.pk, by=SEQUENCES, as_of=NOW)
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)

    with SmtpChannel() as channel:
        taken = deliver(claim, channel, as_of=AFTER_LEASE)

    assert (taken, mail_server.ids) == (False, [])
    assert send_due(AFTER_LEASE) == 1


@pytest.mark.case("J10")
def test_what_is_queued_in_a_transaction_that_fails_is_never_sent(mail_server):
    lead = make_reader()

    with transaction.atomic():
        make_due_message(lead)
        transaction.set_rollback(True)

    assert send_due(NOW) == 0
    assert (Message.objects.count(), mail_server.ids) == (0, [])


@pytest.mark.case("J06")
def test_the_tick_that_comes_five_times_sends_once(mail_server):
    message = make_due_message()

    counts = [run_tick("nurturing.send", as_of=NOW) for _ in range(5)]

    assert counts == [1, 0, 0, 0, 0]
    assert mail_server.ids == [message.message_id]
