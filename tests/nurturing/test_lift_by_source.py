from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from accounts.models import AuditEntry
from ground.errors import DomainError, NotAllowedError
from leads.models import Activity, Lead
from nurturing.actions.alarms import LEAST, lift_by_source
from nurturing.actions.suppression import suppress_addresses
from nurturing.actions.unsubscribing import Choice, unsubscribe
from nurturing.actors import READER
from nurturing.addresses import address_hash
from nurturing.models import BounceAlarm, MailEvent, Suppression
from tests.connectors.scene import make_connection
from tests.factories import EVERYTHING, NOW
from tests.nurturing.bounces import OTHER, SOURCE, complain, make_sent, report
from tests.nurturing.scene import make_organisation

pytestmark = pytest.mark.django_db
BEFORE, LATER = NOW - timedelta(days=1), NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _organisation():
    make_organisation()


def lift(**overrides):
    given = {"since": NOW, "note": "The secret leaked.", "by": EVERYTHING, "as_of": LATER}
    return lift_by_source(SOURCE, **given | overrides)


def on_the_list():
    rows = Suppression.objects.filter(lifted_at=None).order_by("pk")
    return list(rows.values_list("reason", flat=True))


@pytest.mark.case("H07")
def test_what_one_source_told_since_a_moment_is_taken_back_at_once():
    old, mine, waits, other = make_sent(4)
    report(old, at=BEFORE)
    report(mine)
    report(other, source=OTHER)
    for message in make_sent(LEAST - 1):
        report(message)
    assert report(waits) == "bounce_held"

    count = lift()

    assert (count, on_the_list()) == (LEAST - 1, ["bounced", "bounced"])
    valid = Lead.objects.filter(is_email_valid=True)
    assert set(Lead.objects.all()) - set(valid) == {old.lead, other.lead}
    assert Activity.objects.filter(kind="email.bounce_disproved").count() == LEAST - 1
    alarm = BounceAlarm.objects.get()
    assert (alarm.was_true, MailEvent.objects.filter(is_held=True).count()) == (False, 0)
    entry = AuditEntry.objects.get(event="suppression.lifted_by_source")
    assert (entry.data["lifted"], entry.data["note"]) == (LEAST - 1, "The secret leaked.")
    assert lift() == 0


@pytest.mark.case("H07")
def test_complaints_and_what_people_decided_themselves_are_never_taken_back():
    complained, left, by_hand, first, last = make_sent(5)
    complain(first)
    for message in (complained, left, by_hand, first, last):
        report(message)
    complain(complained)
    unsubscribe(left, choice=Choice.EVERYTHING, by=READER, as_of=NOW, evidence={})
    suppress_addresses([by_hand.to_address], reason="by_hand", by=EVERYTHING, as_of=NOW)

    count = lift()

    assert count == 1
    assert on_the_list() == ["complained", "complained", "unsubscribed", "by_hand"]
    assert set(left.lead.consents.values_list("state", flat=True)) == {"withdrawn"}


def test_an_address_that_another_server_calls_dead_stays_dead():
    (sent, again) = make_sent(2)
    with writing("scene"):
        type(again).objects.filter(pk=again.pk).update(lead=sent.lead, to_address=sent.to_address)
    report(sent)
    report(again, source=OTHER)

    lift()

    assert Lead.objects.get(pk=sent.lead_id).is_email_valid is False


def test_a_true_bounce_after_a_false_one_counts():
    (sent,) = make_sent(1)
    report(sent)
    lift()

    assert report(sent, source=OTHER, at=LATER) == "bounce_hard"
    assert on_the_list() == ["bounced"]


def test_without_a_reason_or_the_right_nothing_is_taken_back(marketer):
    (sent,) = make_sent(1)
    report(sent)

    with pytest.raises(DomainError, match="Say why"):
        lift(note=" ")
    with pytest.raises(NotAllowedError):
        lift(by=user_actor(marketer))

    assert on_the_list() == ["bounced"]
    assert AuditEntry.objects.filter(event__startswith="suppression.").count() == 0
    assert MailEvent.objects.get().disproved_at is None


@pytest.fixture
def scene():
    """An alarm about a connection; one of its addresses has unsubscribed since."""
    now = timezone.now()
    connection = make_connection("mailevents", "Relay")
    sent = make_sent(LEAST + 2, at=now)
    for message in sent:
        report(message, source=connection.public_id, at=now)
    unsubscribe(sent[0], choice=Choice.EVERYTHING, by=READER, as_of=now, evidence={})
    return connection, BounceAlarm.objects.get()


def preview(browser, alarm):
    since = f"{timezone.localtime(alarm.since):%Y-%m-%dT%H:%M}"
    data = {"source": str(alarm.source), "since": since}
    return data, browser.get(reverse("suppression_sources"), data)


@pytest.mark.case("H07")
def test_an_administrator_sees_how_many_and_takes_them_back_in_one_step(as_user, admin, scene):
    _connection, alarm = scene
    browser = as_user(admin)
    home = browser.get("/").content.decode()
    page = browser.get(reverse("suppression_sources")).content.decode()

    data, shown = preview(browser, alarm)
    done = browser.post(reverse("suppression_lift_source"), {**data, "note": "Leaked"})

    assert "Unusually many mails came back" in home
    assert "3 reports wait for you" in home
    assert ("Relay" in page, "3 reports wait since then" in page) == (True, True)
    text = shown.content.decode()
    assert f"Take {LEAST - 2} addresses off the list" in text
    assert (done.status_code, on_the_list()) == (302, ["unsubscribed"])
    assert "Unusually many" not in browser.get("/").content.decode()


def test_an_administrator_finds_the_bounces_true(as_user, admin, scene):
    _connection, alarm = scene

    done = as_user(admin).post(reverse("bounces_accept", args=[alarm.public_id]))

    assert (done.status_code, len(on_the_list())) == (302, LEAST + 2)


def test_a_removed_connection_can_still_be_taken_back(as_user, admin, scene):
    connection, alarm = scene
    with writing("scene"):
        connection.delete()
    browser = as_user(admin)

    data, shown = preview(browser, alarm)
    browser.post(reverse("suppression_lift_source"), {**data, "note": "Leaked"})

    assert f"removed connection {str(alarm.source)[:8]}" in shown.content.decode()
    assert on_the_list() == ["unsubscribed"]


def test_a_source_or_moment_that_is_none_is_refused(as_user, admin, scene):
    _connection, alarm = scene
    browser = as_user(admin)

    answers = [
        browser.get(reverse("suppression_sources"), {"source": str(OTHER), "since": "x"}),
        browser.post(reverse("suppression_lift_source"), {"source": "x", "note": "n"}),
        browser.post(
            reverse("suppression_lift_source"),
            {"source": str(alarm.source), "since": "2020-01-01T00:00", "note": ""},
        ),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len(on_the_list()) == LEAST - 1


def test_the_page_of_an_address_says_who_told(as_user, admin, scene):
    row = Suppression.objects.filter(own_wish="").first()
    lead = next(lead for lead in Lead.objects.all() if row.address_hash == address_hash(lead.email))

    page = as_user(admin).post(reverse("suppressions"), {"address": lead.email})

    assert "told by Relay" in page.content.decode()
