"""Nothing goes out without the right to send it, checked where it goes out."""

from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actions.organisation import change_organisation
from leads.actions.editing import pause_leads
from leads.models import Lead
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.actions.sending import send_due
from nurturing.actions.sequences import activate_sequences, pause_sequences
from nurturing.actions.suppression import lift_suppressions, suppress_addresses
from nurturing.actors import SEQUENCES
from nurturing.channels.email.base import OutgoingMail
from nurturing.channels.email.smtp import SmtpChannel
from nurturing.clearance import Clearance, UnclearedError, clear_all
from nurturing.deadline import Deadline
from nurturing.models import Message, Sequence
from tests.factories import EVERYTHING, NOW
from tests.nurturing.claims import claim_message
from tests.nurturing.scene import (
    enrol,
    give_consent,
    mail,
    make_due_message,
    make_reader,
    make_sequence,
    tick,
    wait,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def queue_mail_for(lead: Lead, **overrides) -> Message:
    """Store a queued mail past every check that comes before the claim."""
    enrolment = enrol(lead, make_sequence())
    values = {"purpose": "marketing", "step": enrolment.next_step, **overrides}
    new = NewMessage(kind="sequence", lead=lead, enrolment=enrolment, **values)
    (message,) = queue_messages([new], by=SEQUENCES, as_of=NOW)
    return message


@pytest.mark.requirement("S67")
@pytest.mark.parametrize(
    ("purposes", "state", "reason"),
    [
        ((), "granted", "no_consent"),
        (("newsletter",), "granted", "no_consent"),
        (("tracking",), "granted", "no_consent"),
        (("marketing",), "pending", "unconfirmed"),
        (("marketing",), "withdrawn", "withdrawn"),
        (("marketing",), "objected", "objected"),
    ],
)
def test_a_mail_without_consent_for_its_purpose_is_not_sent(mail_server, purposes, state, reason):
    lead = make_reader(())
    message = queue_mail_for(lead)
    give_consent(lead, *purposes, state=state)

    assert claim_message(message.pk, by=SEQUENCES, as_of=NOW) is None

    message.refresh_from_db()
    assert send_due(NOW) == 0
    assert (message.state, message.reason, mail_server.accepted) == ("skipped", reason, [])


@pytest.mark.requirement("S67")
def test_an_objection_to_advertising_stops_the_newsletter_too(mail_server):
    lead = make_reader(("newsletter",))
    message = queue_mail_for(lead, purpose="newsletter")
    give_consent(lead, "marketing", state="objected")

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, mail_server.accepted) == ("skipped", "objected", [])


@pytest.mark.requirement("S67")
def test_the_channel_takes_no_mail_without_its_own_clearance(mail_server):
    message = make_due_message()

    _verdict, clearance = clear_all([message], as_of=NOW)[message.pk]
    values = {"sender": "a@b.de", "to": "c@d.de", "subject": "x", "text": "x"}
    values["deadline"] = Deadline(60)
    foreign = OutgoingMail(clearance=clearance, message_id="<other@b.de>", **values)

    with pytest.raises(UnclearedError), SmtpChannel() as channel:
        channel.send(foreign)
    with pytest.raises(UnclearedError):
        Clearance("<other@b.de>", object())

    assert mail_server.accepted == []


@pytest.mark.case("E13")
def test_a_lead_without_proof_goes_through_a_sequence_and_each_mail_says_why_not(mail_server):
    enrolment = enrol(make_reader(()), make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    for day in range(3):
        tick("steps", "send", as_of=NOW + timedelta(days=day))

    enrolment.refresh_from_db()
    messages = Message.objects.order_by("pk").values_list("state", "reason")
    assert list(messages) == [("skipped", "no_consent")] * 2
    assert (enrolment.state, mail_server.accepted) == ("finished", [])


def test_a_suppressed_address_gets_nothing_until_an_administrator_lifts_it(mail_server):
    lead = make_reader(email="Ada@Example.org")
    suppress_addresses(["ada@example.ORG"], reason="by_hand", by=EVERYTHING, as_of=NOW)
    first = queue_mail_for(lead)
    send_due(NOW)

    lift_suppressions([lead.email], by=EVERYTHING, as_of=NOW, note="Called us")
    second = make_due_message(lead)
    send_due(NOW)

    first.refresh_from_db()
    assert (first.state, first.reason) == ("skipped", "suppressed")
    assert mail_server.ids == [second.message_id]


@pytest.mark.case("E08")
@pytest.mark.parametrize(
    ("suppressed", "written_to", "is_hit"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG", True),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", True),
        ("Ada@XN--Bcher-KVA.example", "ada@bücher.example", True),
        ("ada@example.org", "a.da@example.org", False),
        ("ada@example.org", "ada+news@example.org", False),
    ],
)
def test_addresses_are_compared_as_they_are_delivered(mail_server, suppressed, written_to, is_hit):
    suppress_addresses([suppressed], reason="by_hand", by=EVERYTHING, as_of=NOW)
    message = queue_mail_for(make_reader(email=written_to))

    send_due(NOW)

    message.refresh_from_db()
    assert message.state == ("skipped" if is_hit else "sent")
    assert len(mail_server.accepted) == (0 if is_hit else 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"deleted_at": NOW}, "no_lead"),
        ({"email": ""}, "no_address"),
        ({"is_email_valid": False}, "bad_address"),
    ],
)
def test_a_lead_that_cannot_be_reached_gets_nothing(mail_server, changes, reason):
    lead = make_reader()
    message = queue_mail_for(lead)
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(**changes)

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, mail_server.accepted) == ("skipped", reason, [])


def test_a_lead_that_is_left_in_peace_gets_the_mail_afterwards(mail_server):
    lead = make_reader()
    message = make_due_message(lead)
    until = NOW + timedelta(days=30)
    pause_leads([lead.pk], until=until, by=EVERYTHING, as_of=NOW)

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, message.due_at) == ("queued", "lead_paused", until)
    assert send_due(until) == 1


@pytest.mark.case("J11")
def test_pausing_a_sequence_holds_back_everything_that_is_queued(mail_server):
    sequence = make_sequence()
    messages = [
        make_due_message(make_reader(email=f"a{number}@example.org"), sequence)
        for number in range(25)
    ]

    pause_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    held = send_due(NOW)
    claimed = claim_message(messages[0].pk, by=SEQUENCES, as_of=NOW)
    activate_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    later = NOW + timedelta(hours=1)

    assert (held, claimed) == (0, None)
    assert send_due(later) == 25
    assert len(mail_server.accepted) == 25


@pytest.mark.case("E14")
def test_without_imprint_nothing_goes_out_even_from_a_running_sequence(mail_server):
    message = make_due_message()
    change_organisation({"street": ""}, by=EVERYTHING, as_of=NOW)

    assert send_due(NOW) == 0

    message.refresh_from_db()
    assert (message.state, message.reason) == ("queued", "no_imprint")


@pytest.mark.case("E18")
def test_a_lead_gets_one_mail_a_day_the_most_important_first(mail_server):
    lead = make_reader()
    low, high = make_due_message(lead), make_due_message(lead)
    with_priority(high.sequence, 10)

    first_day = send_due(NOW)
    low.refresh_from_db()
    second_day = send_due(low.due_at)

    assert (first_day, second_day) == (1, 1)
    assert mail_server.ids == [high.message_id, low.message_id]
    assert low.reason == "daily_cap"
    # Midnight in Berlin.
    assert low.due_at.isoformat() == "2026-11-02T23:00:00+00:00"


def with_priority(sequence: Sequence, priority: int) -> None:
    with writing("scene"):
        Message.objects.filter(sequence=sequence).update(priority=100 + priority)


def test_a_colleague_who_was_deactivated_gets_no_alert(mail_server, rep):
    new = NewMessage(kind="notification", recipient=rep, subject="New lead", text="Ada")
    (message,) = queue_messages([new], by=SEQUENCES, as_of=NOW)
    with writing("scene"):
        rep.is_active = False
        rep.save()

    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason, mail_server.accepted) == ("skipped", "not_allowed", [])


@pytest.mark.case("C22")
@pytest.mark.parametrize("name", ["Ada\r\nBcc: victim@example.org", "Ada\u2028Bcc: v@x.de"])
def test_line_breaks_in_a_name_do_not_become_headers(mail_server, name):
    lead = make_reader()
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(first_name=name)
    make_due_message(lead, make_sequence(mail("m1", subject="For {{ first_name }}")))

    send_due(NOW)

    (sent,) = mail_server.accepted
    assert (sent["Bcc"], mail_server.recipients) == (None, [lead.email])
    assert sent["Subject"].startswith("For Ada Bcc: v")


@pytest.mark.case("C22")
def test_an_address_with_line_breaks_is_refused_and_the_others_go_out(mail_server):
    bad, good = make_reader(), make_reader()
    first, second = make_due_message(bad), make_due_message(good)
    with writing("scene"):
        Lead.objects.filter(pk=bad.pk).update(email="x@y.de\nBcc: victim@example.org")

    assert send_due(NOW) == 1

    first.refresh_from_db()
    assert first.state == "failed"
    assert mail_server.ids == [second.message_id]
