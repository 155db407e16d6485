import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.connectors.drains import drain_fetches
from capture.connectors.models import HookEvent
from leads.models import Consent, Lead
from nurturing.models import MailEvent, Message, Suppression
from tests.connectors.scene import states, work
from tests.nurturing.scene import make_due_message, make_reader
from tests.simulators.ses import (
    bounced,
    complained,
    delivered,
)

pytestmark = pytest.mark.django_db(transaction=True)


def codes(connection):
    return [event.error.get("code") for event in connection.events.order_by("pk")]


@pytest.mark.case("H06")
@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_is_confirmed_and_a_hard_bounce_ends_writing_to_the_address(amazon, version):
    connection, topic, there = amazon
    topic.version = version
    sent = make_due_message()

    answers = [topic.subscribe(), topic.publish(bounced(sent))]
    work()

    assert [answer.status for answer in answers] == [200, 200]
    assert (states(connection), there.confirmed) == (["ignored", "reported"], 1)
    assert codes(connection) == ["subscribed", "bounce_hard"]
    row = Suppression.objects.get()
    assert (row.reason, row.source) == ("bounced", connection.public_id)
    assert Lead.objects.get().is_email_valid is False


@pytest.mark.parametrize("event", [False, True])
@pytest.mark.parametrize("feedback", ["abuse", None])
def test_a_complaint_suppresses_and_withdraws(amazon, event, feedback):
    connection, topic, _there = amazon
    sent = make_due_message()

    topic.publish(complained(sent, feedback, event=event))
    work()

    assert codes(connection) == ["complaint"]
    assert (Suppression.objects.get().reason, Consent.objects.first().state) == (
        "complained",
        "withdrawn",
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (lambda sent: bounced(sent, "Transient", "MailboxFull", "5.2.2"), "bounce_soft"),
        (lambda sent: bounced(sent, "Undetermined", "Undetermined", ""), "bounce_soft"),
        (lambda sent: bounced(sent, "Transient", "ContentRejected"), "not_the_address"),
        (lambda sent: bounced(sent, "Permanent", "General", "5.7.1"), "not_the_address"),
        (lambda sent: complained(sent, "not-spam"), "no_mail_event"),
        (lambda sent: complained(sent, "auth-failure"), "no_mail_event"),
        (delivered, "delivered"),
        (lambda sent: "Successfully validated SNS topic for Amazon SES.", "no_mail_event"),
        (lambda sent: {"eventType": "Open", "mail": {}, "open": {}}, "no_mail_event"),
        (lambda sent: {"notificationType": "Bounce", "bounce": [], "mail": 7}, "mail_unknown"),
        (lambda sent: bounced(sent, recipient="somebody@else.example"), "mail_unknown"),
    ],
)
def test_what_says_nothing_against_the_address_suppresses_nobody(amazon, said, code):
    connection, topic, _there = amazon
    sent = make_due_message()

    answer = topic.publish(said(sent))
    work()

    assert (answer.status, codes(connection)) == (200, [code])
    assert (Suppression.objects.count(), Lead.objects.get().is_email_valid) == (0, True)
    assert MailEvent.objects.count() == (code == "bounce_soft")


def test_a_mail_that_amazon_gave_an_id_of_its_own_is_known_by_what_it_answered(amazon):
    connection, topic, _there = amazon
    sent, other = make_due_message(), make_due_message()
    ses_id = "0107019d-aaaaaaaa-1111-2222-3333-444444444444-000000"
    with writing("scene"):
        Message.objects.filter(pk=sent.pk).update(state="sent", detail=f"250 Ok {ses_id}")
        Message.objects.filter(pk=other.pk).update(state="sent", detail="250 Ok 0107019d")

    topic.publish(bounced(sent, headers=False, ses_id=ses_id))
    topic.publish(bounced(other, headers=False, ses_id="0107019d"))
    work()

    assert codes(connection) == ["bounce_hard", "mail_unknown"]
    assert MailEvent.objects.get().message == sent


@pytest.mark.case("H03")
def test_the_same_message_a_hundred_times_is_one_bounce(amazon):
    connection, topic, _there = amazon
    message = topic.signed(topic.envelope("Notification", json.dumps(bounced(make_due_message()))))

    answers = {topic.post(message).status for _time in range(100)}
    work()
    topic.post(message)
    work()

    assert (answers, states(connection)) == ({200}, ["reported"])
    assert MailEvent.objects.count() == 1


@pytest.mark.case("H03")
def test_reports_in_any_order_end_with_what_says_most(amazon):
    connection, topic, _there = amazon
    sent = make_due_message()
    soft, hard = bounced(sent, "Transient", "General", "4.4.7"), bounced(sent)

    for event in (complained(sent), delivered(sent), hard, soft, hard, complained(sent)):
        topic.publish(event)
        work()

    assert codes(connection) == [
        *("complaint", "delivered", "bounce_hard", "reported_before", "reported_before"),
        "reported_before",
    ]
    assert Suppression.objects.get().reason == "complained"


def test_a_complaint_outranks_a_bounce_and_a_bounce_what_may_pass(amazon):
    connection, topic, _there = amazon
    sent = make_due_message()

    for event in (bounced(sent, "Transient", "General", "4.4.7"), bounced(sent), complained(sent)):
        topic.publish(event)
        work()

    assert codes(connection) == ["bounce_soft", "bounce_hard", "complaint"]
    assert Suppression.objects.get().reason == "complained"


def test_five_bounces_that_may_pass_give_the_address_up(amazon):
    _connection, topic, _there = amazon
    lead = make_reader()

    for _number in range(5):
        assert Suppression.objects.count() == 0
        topic.publish(bounced(make_due_message(lead), "Transient", "MailboxFull", "5.2.2"))
        work()

    assert Suppression.objects.get().reason == "bounced"


def test_a_report_about_a_mail_that_is_not_ours_is_harmless_and_said_so(amazon):
    connection, topic, _there = amazon
    sent = make_due_message()
    sent.message_id = "<guessed@muster.example>"

    topic.publish(bounced(sent))
    topic.publish(complained(sent))
    work()

    assert states(connection) == ["ignored", "ignored"]
    assert codes(connection) == ["mail_unknown", "mail_unknown"]
    assert (MailEvent.objects.count(), Suppression.objects.count()) == (0, 0)


def test_while_amazon_is_away_the_confirmation_waits(amazon):
    connection, topic, there = amazon
    topic.publish("{}")
    topic.subscribe()
    there.status = 500
    work()
    assert states(connection) == ["ignored", "received"]

    there.status = 200
    drain_fetches(timezone.now() + timedelta(minutes=5))
    work(timezone.now() + timedelta(minutes=5))

    assert (states(connection), there.confirmed) == (["ignored", "ignored"], 1)


def test_an_end_of_the_subscription_is_told(amazon):
    connection, topic, there = amazon

    topic.leave()
    work()

    assert (codes(connection), there.confirmed) == (["topic_left"], 0)
    assert HookEvent.objects.get().state == "ignored"
