"""Asking what became of a mail: no is believed only from somebody who would know."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.action import writing
from nurturing.actions import doubts
from nurturing.actions.doubts import (
    release_lost_claims,
    resolve_doubts,
    send_again_unseen,
    send_messages_again,
)
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.actions.sending import hand_over, send_due
from nurturing.actors import SEQUENCES
from nurturing.channels.email.inquiry import MaildirInquiry
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW
from tests.faults.smtp_server import make_maildir
from tests.nurturing.claims import claim_message
from tests.nurturing.scene import make_due_message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "mail_server")]

AFTER_LEASE = NOW + timedelta(seconds=121)
CERTAIN = AFTER_LEASE + timedelta(minutes=10)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return make_maildir(tmp_path / "copies")


def make_lost_message() -> Message:
    """Return a message whose worker died in the hand-over."""
    message = make_due_message()
    hand_over(claim_message(message.pk, by=SEQUENCES, as_of=NOW), by=SEQUENCES, as_of=NOW)
    return message


def keep_copy(maildir: Path, message: Message, *, age: timedelta = timedelta(0)) -> None:
    path = maildir / "new" / f"{message.pk}.test"
    path.write_text(f"Subject: x\nMessage-ID:\n {message.message_id}\n\nText\n")
    then = (NOW - age).timestamp()
    os.utime(path, (then, then))


def settle(maildir: Path, *, until=CERTAIN) -> None:
    resolve_doubts(AFTER_LEASE, inquiry=MaildirInquiry(maildir))
    resolve_doubts(until, inquiry=MaildirInquiry(maildir))


def state_of(message: Message) -> str:
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_a_folder_that_misses_what_was_sent_before_is_not_believed(maildir):
    sent = make_due_message()
    send_due(NOW)
    lost = make_lost_message()

    settle(maildir)
    in_between = state_of(lost)
    keep_copy(maildir, sent)
    settle(maildir)

    assert (in_between, state_of(lost)) == ("unknown", "queued")


def test_a_mail_server_whose_clock_is_hours_behind_is_still_understood(maildir):
    lost = make_lost_message()
    keep_copy(maildir, lost, age=timedelta(hours=6))

    settle(maildir)

    assert state_of(lost) == "sent"


def test_a_mail_that_has_been_in_doubt_for_days_is_left_to_a_person(maildir):
    lost = make_lost_message()
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)

    resolve_doubts(NOW + timedelta(days=3), inquiry=MaildirInquiry(maildir))

    assert state_of(lost) == "unknown"


def test_a_clock_that_jumps_ahead_does_not_cut_the_wait_for_the_copy_short(maildir):
    lost = make_lost_message()
    jumped = NOW + timedelta(hours=1)

    resolve_doubts(jumped, inquiry=MaildirInquiry(maildir))
    resolve_doubts(jumped + timedelta(minutes=9), inquiry=MaildirInquiry(maildir))
    too_soon = state_of(lost)
    resolve_doubts(jumped + timedelta(minutes=10), inquiry=MaildirInquiry(maildir))

    assert (too_soon, state_of(lost)) == ("unknown", "queued")


def test_an_answer_about_an_earlier_attempt_does_not_count_for_a_later_one():
    lost = make_lost_message()
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)
    asked_about = Message.objects.get(pk=lost.pk)
    send_messages_again([lost.pk], by=EVERYTHING, as_of=CERTAIN)
    hand_over(claim_message(lost.pk, by=SEQUENCES, as_of=CERTAIN), by=SEQUENCES, as_of=CERTAIN)
    release_lost_claims(by=SEQUENCES, as_of=CERTAIN + timedelta(seconds=121))

    assert send_again_unseen(asked_about, by=SEQUENCES, as_of=CERTAIN) is False
    assert state_of(lost) == "unknown"


def test_mails_that_wait_for_a_person_do_not_hold_up_an_alert(rep, monkeypatch):
    monkeypatch.setattr(doubts, "_AT_ONCE", 1)
    make_lost_message(), make_lost_message()
    (alert,) = queue_messages(
        [NewMessage(kind="notification", recipient=rep, subject="New", text="Ada")],
        by=SEQUENCES,
        as_of=NOW,
    )
    hand_over(claim_message(alert.pk, by=SEQUENCES, as_of=NOW), by=SEQUENCES, as_of=NOW)

    resolve_doubts(AFTER_LEASE)
    resolve_doubts(CERTAIN)

    assert state_of(alert) == "queued"


def test_a_mail_that_was_put_off_often_is_not_set_aside_when_a_worker_dies_once(mail_server):
    message = make_due_message()
    mail_server.answers["RCPT"] = "451 4.7.1 Greylisted"
    for _ in range(6):
        message.refresh_from_db()
        send_due(message.due_at)
    message.refresh_from_db()
    moment = message.due_at
    claim_message(message.pk, by=SEQUENCES, as_of=moment)

    release_lost_claims(by=SEQUENCES, as_of=moment + timedelta(seconds=121))

    message.refresh_from_db()
    assert (message.state, message.attempts, message.claims) == ("queued", 6, 1)


def test_five_hand_overs_that_nobody_saw_set_a_mail_aside(maildir):
    lost = make_lost_message()
    with writing("scene"):
        Message.objects.filter(pk=lost.pk).update(claims=5)

    settle(maildir)

    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("failed", "set_aside")
