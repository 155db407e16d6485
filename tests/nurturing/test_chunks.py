"""Mails are claimed many at a time, and handed over each on a verdict that still holds."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.action import writing
from accounts.actions.organisation import change_organisation
from leads.actions.editing import pause_leads
from leads.models import Activity, Lead
from nurturing.actions import sending
from nurturing.actions.claiming import claim_messages, give_back
from nurturing.actions.doubts import release_lost_claims
from nurturing.actions.enrolment import exit_enrolments
from nurturing.actions.sending import hand_over, send_due
from nurturing.actions.sequences import pause_sequences
from nurturing.actions.suppression import suppress_addresses
from nurturing.actions.unsubscribing import Choice, unsubscribe
from nurturing.actors import READER, SEQUENCES
from nurturing.channels.email import smtp
from nurturing.channels.email.smtp import SmtpChannel
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW
from tests.nurturing.scene import (
    give_consent,
    mail,
    make_due_message,
    make_reader,
    make_sequence,
    wait,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "mail_server")]

AFTER_LEASE = NOW + timedelta(seconds=121)


def make_due(number: int) -> list[Message]:
    sequence = make_sequence(mail("m1"), wait("w1", amount=3), mail("m2"), name=f"S{number}")
    return [make_due_message(make_reader(), sequence) for _ in range(number)]


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def leave(message: Message) -> None:
    unsubscribe(message, choice=Choice.EVERYTHING, by=READER, as_of=NOW, evidence={})


def suppress(message: Message) -> None:
    suppress_addresses([message.lead.email], reason="by_hand", by=EVERYTHING, as_of=NOW)


def withdraw(message: Message) -> None:
    give_consent(message.lead, "marketing", state="withdrawn")


def leave_sequence(message: Message) -> None:
    run = [message.enrolment_id]
    exit_enrolments(run, reason="by_hand", by=EVERYTHING, as_of=NOW)


def pause_lead(message: Message) -> None:
    until = NOW + timedelta(days=1)
    pause_leads([message.lead_id], until=until, by=EVERYTHING, as_of=NOW)


def delete_lead(message: Message) -> None:
    with writing("scene"):
        Lead.objects.filter(pk=message.lead_id).update(deleted_at=NOW)


def lose_imprint(message: Message) -> None:
    change_organisation({"street": ""}, by=EVERYTHING, as_of=NOW)


def pause_sequence(message: Message) -> None:
    pause_sequences([message.sequence_id], by=EVERYTHING, as_of=NOW)


@pytest.mark.case("P7")
@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        (leave, "skipped", "suppressed"),
        (suppress, "skipped", "suppressed"),
        (withdraw, "skipped", "withdrawn"),
        (delete_lead, "skipped", "no_lead"),
        (leave_sequence, "skipped", "left_sequence"),
        (pause_lead, "queued", "lead_paused"),
        (lose_imprint, "queued", "no_imprint"),
        (pause_sequence, "queued", ""),
    ],
)
def test_what_changes_between_claim_and_hand_over_stops_the_mail(
    mail_server, change, state, reason
):
    (message,) = make_due(1)
    (claim,) = claim_messages([message.pk], by=SEQUENCES, as_of=NOW)

    change(message)
    outgoing = hand_over(claim, by=SEQUENCES, as_of=NOW)

    message.refresh_from_db()
    assert (outgoing, message.state, message.handed_at, message.claims) == (None, "queued", None, 0)
    assert send_due(NOW) == 0
    message.refresh_from_db()
    assert (message.state, message.reason, mail_server.ids) == (state, reason, [])


def test_a_new_address_is_written_to_at_the_next_try(mail_server):
    (message,) = make_due(1)
    (claim,) = claim_messages([message.pk], by=SEQUENCES, as_of=NOW)

    with writing("scene"):
        Lead.objects.filter(pk=message.lead_id).update(email="new@example.org")
    outgoing = hand_over(claim, by=SEQUENCES, as_of=NOW)

    assert (outgoing, send_due(NOW)) == (None, 1)
    assert mail_server.recipients == ["new@example.org"]


def test_of_one_lead_one_mail_is_claimed_at_a_time():
    lead = make_reader()
    first, second, other = make_due_message(lead), make_due_message(lead), make_due_message()

    keys = [second.pk, first.pk, other.pk]
    claims = claim_messages(keys, by=SEQUENCES, as_of=NOW)

    assert [claim.message.pk for claim in claims] == [second.pk, other.pk]
    assert states() == ["queued", "claimed", "claimed"]


def test_each_mail_costs_four_statements_more():
    counts = []
    for number in (2, 12):
        make_due(number)
        with CaptureQueriesContext(connection) as queries:
            assert send_due(NOW) == number
        counts.append(len(queries))

    # Beside them the savepoint, which is a transaction outside of tests.
    assert counts[1] - counts[0] == 10 * (4 + 2)


@pytest.mark.case("J02")
def test_a_worker_killed_in_a_chunk_leaves_one_mail_in_doubt(mail_server, monkeypatch):
    messages = make_due(5)
    real = SmtpChannel.send

    def send_and_die(channel, mail):
        result = real(channel, mail)
        if len(mail_server.ids) == 3:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(SmtpChannel, "send", send_and_die)
    with pytest.raises(KeyboardInterrupt):
        send_due(NOW)
    monkeypatch.undo()
    release_lost_claims(by=SEQUENCES, as_of=AFTER_LEASE)
    after_lease = states()

    assert after_lease == ["sent", "sent", "unknown", "queued", "queued"]
    assert send_due(AFTER_LEASE) == 2
    assert mail_server.ids == [message.message_id for message in messages]
    assert Activity.objects.filter(kind="email.sent").count() == 4


def test_a_mail_that_cannot_be_handed_over_undoes_nothing_of_the_one_before(
    mail_server, monkeypatch
):
    first, bad, last = make_due(3)
    real = sending._mark_handed_over

    def fragile(claim, *args, **kwargs):
        if claim.message.pk == bad.pk:
            raise RuntimeError("broken")
        return real(claim, *args, **kwargs)

    monkeypatch.setattr(sending, "_mark_handed_over", fragile)

    assert send_due(NOW) == 2
    assert states() == ["sent", "failed", "sent"]
    assert mail_server.ids == [first.message_id, last.message_id]
    assert Activity.objects.filter(kind="email.sent").count() == 2


def test_what_is_given_back_is_as_if_it_had_not_been_claimed():
    messages = make_due(2)
    claims = claim_messages([message.pk for message in messages], by=SEQUENCES, as_of=NOW)
    hand_over(claims[0], by=SEQUENCES, as_of=NOW)

    given = give_back(claims, by=SEQUENCES)

    assert (given, states()) == (1, ["claimed", "queued"])
    rows = Message.objects.order_by("pk").values_list("claims", "claimed_at", "lease_until")
    assert list(rows)[1] == (0, None, None)


@pytest.mark.parametrize("html", ["", "<p>Grüße</p>", "<p>" + "x" * 2000 + "</p>"])
@pytest.mark.parametrize("subject", ["Hello", "Grüße aus Köln", "Long " * 50])
@pytest.mark.parametrize("sender", ["Muster <a@muster.example>", "Müller <a@muster.example>"])
def test_a_mail_is_written_as_django_writes_it(sender, subject, html):
    headers = {"Message-ID": "<1@muster.example>", "Auto-Submitted": "auto-generated"}
    draft = EmailMultiAlternatives(subject, "Text\nFrom me", sender, ["b@example.org"])
    draft.extra_headers = headers
    if html:
        draft.attach_alternative(html, "text/html")
    message = draft.message()

    written = smtp._as_bytes(message)

    assert written == message.as_bytes(linesep="\r\n")
