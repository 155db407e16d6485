from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.action import writing
from leads.models import Activity, Consent, ConsentEvent, Lead
from nurturing.actions.sending import send_due
from nurturing.actions.suppression import lift_suppressions, suppress_addresses
from nurturing.actions.unsubscribing import note_complaint
from nurturing.actors import READER
from nurturing.models import Enrolment, MailEvent, Message, Suppression, Topic
from tests.factories import EVERYTHING, NOW
from tests.nurturing.scene import (
    enrol,
    mail,
    make_due_message,
    make_reader,
    make_sequence,
    tick,
    wait,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def visitor() -> Client:
    """A mail program or browser without a cookie, checked for CSRF like any other."""
    return Client(enforce_csrf_checks=True)


def state() -> dict[str, list]:
    """Everything that an unsubscription changes."""
    return {
        "leads": list(Lead.objects.values("pk", "paused_until", "version", "stage")),
        "consents": list(Consent.objects.values("purpose", "state").order_by("purpose")),
        "events": list(ConsentEvent.objects.values("pk")),
        "enrolments": list(Enrolment.objects.values("pk", "state")),
        "suppressions": list(Suppression.objects.values("scope", "reason")),
        "activities": list(Activity.objects.values("kind").order_by("pk")),
        "messages": list(Message.objects.values("pk", "state")),
        "mail_events": list(MailEvent.objects.values("kind")),
    }


def make_topic(label: str = "Products") -> Topic:
    with writing("scene"):
        return Topic.objects.create(label_de=label, label_en=label)


@pytest.mark.case("E01")
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_changes_nothing(visitor, method):
    message = make_due_message()
    before = state()

    response = getattr(visitor, method)(f"/u/{message.token}/")

    assert response.status_code == 200
    assert state() == before
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.case("E02")
def test_one_click_without_cookie_or_token_suppresses_and_ends_the_run(visitor, mail_server):
    lead = make_reader(("marketing", "newsletter"), email="ada@example.org")
    message = make_due_message(lead, make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    response = visitor.post(f"/u/{message.token}/", ONE_CLICK, content_type=FORM)

    assert (response.status_code, response.content, response.cookies) == (200, b"OK", {})
    assert state()["suppressions"] == [{"scope": "all", "reason": "unsubscribed"}]
    assert state()["consents"] == [
        {"purpose": "marketing", "state": "withdrawn"},
        {"purpose": "newsletter", "state": "withdrawn"},
    ]
    assert Enrolment.objects.get().exit_reason == "unsubscribed"
    assert Activity.objects.filter(kind="email.unsubscribed").count() == 1
    evidence = ConsentEvent.objects.order_by("pk").last().evidence
    assert (evidence["way"], evidence["message_id"]) == ("one_click", message.message_id)
    assert (send_due(NOW), mail_server.accepted) == (0, [])


@pytest.mark.case("E02")
def test_one_click_again_changes_nothing_more(visitor):
    message = make_due_message()
    visitor.post(f"/u/{message.token}/", ONE_CLICK, content_type=FORM)
    before = state()

    response = visitor.post(f"/u/{message.token}/", ONE_CLICK, content_type=FORM)

    assert response.status_code == 200
    assert state() == before


@pytest.fixture
def bounced(mail_server) -> Message:
    """The mail of a lead whose address was suppressed when an earlier mail bounced."""
    message = make_due_message(
        make_reader(email="ada@example.org"),
        make_sequence(mail("m1"), wait("w", amount=1), mail("m2")),
    )
    suppress_addresses(["ada@example.org"], reason="bounced", by=EVERYTHING, as_of=NOW)
    return message


def assert_lifting_brings_nothing_back(mail_server) -> None:
    lift_suppressions(["ada@example.org"], by=EVERYTHING, as_of=NOW, note="The mailbox is back.")
    assert state()["consents"] == [
        {"purpose": "marketing", "state": "withdrawn"},
        {"purpose": "newsletter", "state": "withdrawn"},
    ]
    assert (send_due(NOW), mail_server.accepted) == (0, [])


@pytest.mark.case("E02")
def test_whoever_is_suppressed_already_unsubscribes_for_good(visitor, bounced, mail_server):
    visitor.post(f"/u/{bounced.token}/", ONE_CLICK, content_type=FORM)

    assert Enrolment.objects.get().exit_reason == "unsubscribed"
    assert (MailEvent.objects.count(), Suppression.objects.count()) == (0, 1)
    assert_lifting_brings_nothing_back(mail_server)


def test_a_complaint_about_a_suppressed_address_withdraws_and_ends_everything(bounced, mail_server):
    is_new = note_complaint(bounced, by=READER, as_of=NOW)

    assert (is_new, Enrolment.objects.get().exit_reason) == (True, "complained")
    assert MailEvent.objects.get().kind == "complaint"
    assert Suppression.objects.get().reason == "complained"
    assert_lifting_brings_nothing_back(mail_server)


@pytest.mark.case("E03")
@pytest.mark.parametrize(
    "body", ["", "List-Unsubscribe=Two-Click", ONE_CLICK + "&x=1", "choice=nonsense", "x"]
)
def test_another_body_is_answered_with_the_page_and_changes_nothing(visitor, body):
    message = make_due_message()
    before = state()

    response = visitor.post(f"/u/{message.token}/", body, content_type=FORM)

    assert response.status_code == 422
    assert 'name="choice"' in response.content.decode()
    assert state() == before


def test_the_page_stops_everything_without_javascript_or_cookie(visitor):
    message = make_due_message()

    response = visitor.post(f"/u/{message.token}/", {"choice": "everything"})

    assert response.status_code == 200
    assert "You are unsubscribed" in response.content.decode()
    assert state()["suppressions"] == [{"scope": "all", "reason": "unsubscribed"}]


def test_one_topic_stops_and_the_others_go_on(visitor, mail_server):
    lead, topic = make_reader(), make_topic()
    about = make_sequence(name="About", topic=str(topic.public_id))
    other = enrol(lead, make_sequence(name="Other"))
    message = make_due_message(lead, about)

    visitor.post(f"/u/{message.token}/", {"choice": "topic"})
    tick("steps")
    sent = send_due(NOW)

    assert sent == 1
    assert state()["suppressions"] == [{"scope": topic.scope, "reason": "unsubscribed"}]
    assert state()["consents"] == [{"purpose": "marketing", "state": "granted"}]
    assert Message.objects.get(enrolment=other).state == "sent"
    message.refresh_from_db()
    assert (message.state, message.reason) == ("skipped", "suppressed")


def test_a_break_pauses_the_lead_for_thirty_days(visitor):
    message = make_due_message()

    visitor.post(f"/u/{message.token}/", {"choice": "pause"})

    days = Lead.objects.get().paused_until - timezone.now()
    assert timedelta(days=29, hours=23) < days <= timedelta(days=30)
    assert state()["suppressions"] == []


@pytest.mark.case("E05")
@pytest.mark.case("R08")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_was_changed_is_not_found(visitor, method):
    message, other = make_due_message(), make_due_message()
    mixed = message.token[:11] + other.token[11:]
    before = state()

    for token in (mixed, message.token[:-1], str(message.public_id), str(message.pk), "0"):
        response = getattr(visitor, method)(f"/u/{token}/", {"choice": "everything"})
        assert response.status_code == 404

    assert state() == before


def test_an_alert_to_a_colleague_has_no_page_to_unsubscribe(visitor, rep):
    from nurturing.actions.notifications import notify_users
    from nurturing.actors import SEQUENCES

    (message,) = notify_users(
        [rep], subject="New", text="Ada", link="", by=SEQUENCES, as_of=NOW, dedupe_key="x"
    )

    assert visitor.get(f"/u/{message.token}/").status_code == 404


def test_the_page_speaks_the_language_of_the_reader(visitor):
    message = make_due_message(make_reader(language="de"))

    page = visitor.get(f"/u/{message.token}/", headers={"Accept-Language": "en"})

    assert '<html lang="de"' in page.content.decode()
