from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from nurturing.models import Suppression
from tests.connectors.scene import address, make_connection, states
from tests.nurturing.scene import make_due_message
from tests.simulators.ses import (
    Topic,
    bounced,
    certificate,
    elliptic_certificate,
)

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(connection):
    connection.refresh_from_db()
    return connection.refused_reason


@pytest.mark.case("H01")
def test_what_amazon_did_not_sign_is_turned_away_and_not_kept(amazon):
    connection, topic, _there = amazon
    event = bounced(make_due_message())
    whole = topic.signed(topic.envelope("Notification", "{}"))
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = Topic(topic.url, topic.server, key=stranger)

    answers = [
        forged.publish(event),
        topic.post({**whole, "Message": "{} "}),
        topic.post({**whole, "Signature": whole["Signature"][:-8]}),
        topic.post({**whole, "Signature": "no base64"}),
        topic.post({**whole, "Signature": ""}),
        topic.post({**whole, "SignatureVersion": "2"}),
        topic.post({**whole, "SignatureVersion": "3"}),
        topic.post({**whole, "Message": "\ud800"}),
        topic.post({name: value for name, value in whole.items() if name != "Signature"}),
        topic.post({**whole, "Type": "Other"}),
        topic.post(event),
    ]

    assert [answer.status for answer in answers] == [401] * len(answers)
    assert (states(connection), Suppression.objects.count()) == ([], 0)


@pytest.mark.case("H01")
def test_another_topic_is_turned_away_although_amazon_signed_it(amazon):
    connection, topic, there = amazon
    topic.arn = "arn:aws:sns:eu-central-1:999999999999:mail-events"

    assert (topic.publish("{}").status, refusal(connection)) == (401, "topic_wrong")
    assert (topic.subscribe().status, there.confirmed) == (401, 0)


def test_before_the_topic_is_entered_nothing_is_taken(amazon, live_server):
    _connection, topic, _there = amazon
    empty = make_connection("ses", settings={"sns_url": topic.server})
    topic.url, topic.arn = address(live_server, empty), ""

    assert (topic.publish("{}").status, refusal(empty)) == (401, "no_topic")


@pytest.mark.case("H02")
@pytest.mark.parametrize(
    ("minutes", "status"), [(6, 401), (4, 200), (-6, 200), (-64, 200), (-66, 401)]
)
def test_a_message_may_be_as_old_as_amazon_tries_to_deliver_it(amazon, minutes, status):
    _connection, topic, _there = amazon

    answer = topic.publish("{}", at=datetime.now(UTC) + timedelta(minutes=minutes))

    assert answer.status == status


@pytest.mark.case("H03")
def test_one_signature_is_one_message_whichever_way_its_lines_are_read(amazon):
    connection, topic, _there = amazon
    message = topic.signed(topic.envelope("Notification", "{}"))
    moved = f"{message['MessageId']}\nSubject\n{message['Subject']}"
    another = {name: value for name, value in message.items() if name != "Subject"}

    answers = [topic.post(message), topic.post({**another, "MessageId": moved})]

    assert [answer.status for answer in answers] == [200, 401]
    assert connection.events.count() == 1


@pytest.mark.case("H06")
@pytest.mark.parametrize(
    ("pem", "status"),
    [(b"no certificate", 200), (b"x" * 70_000, 200), (b"", 404), (b"", 302)],
)
def test_what_is_no_certificate_turns_the_message_away(amazon, pem, status):
    connection, topic, there = amazon
    there.pem, there.status = pem, status

    assert (topic.publish("{}").status, refusal(connection)) == (401, "certificate_wrong")


@pytest.mark.case("H06")
@pytest.mark.parametrize(
    "make",
    [
        lambda: certificate(begins=-40),
        lambda: certificate(begins=1),
        elliptic_certificate,
    ],
)
def test_a_certificate_of_another_time_or_kind_turns_the_message_away(amazon, make):
    connection, topic, there = amazon
    there.pem = make()

    assert (topic.publish("{}").status, refusal(connection)) == (401, "certificate_wrong")


def test_while_the_certificate_cannot_be_fetched_amazon_tries_again(amazon):
    connection, topic, there = amazon
    message = topic.signed(topic.envelope("Notification", "{}"))
    there.status = 503
    first = topic.post(message)
    there.status = 200
    second = topic.post(message)

    assert [first.status, second.status] == [503, 200]
    connection.refresh_from_db()
    assert (connection.refused_count, states(connection)) == (0, ["received"])


def test_the_certificate_is_fetched_once(amazon):
    _connection, topic, there = amazon
    topic.publish("{}")
    there.pem = b"gone"

    assert topic.publish("{}").status == 200
