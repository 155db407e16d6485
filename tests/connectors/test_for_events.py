"""Connections by which people register for an event: lead ads, and programs of others."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.connectors.actions.connections import change_connection
from capture.connectors.models import HookEvent
from capture.connectors.trial import try_connection
from capture.models import Event, EventRegistration
from ground.errors import DomainError
from leads.models import Activity, Lead
from tests.connectors.scene import SECRETS, address, make_connection, map_to, states, work
from tests.events.scene import (
    JOIN,
    entry_of,
    in_days,
    last_mail,
    let_begin,
    mails_to,
    make_event,
)
from tests.factories import EVERYTHING, NOW
from tests.nurturing.conftest import mail_server
from tests.simulators.generic import Program
from tests.simulators.linkedin import LeadSync, LinkedInApp

__all__ = ["mail_server"]
EVA = "eva@example.org"


def open_for(event, connector="forms", **more):
    return make_connection(
        connector, kind=event.kind, event_id=event.pk, channel="linkedin", language="en", **more
    )


def send(client, row, **fields):
    assert client.post(f"/hooks/forms/{row.public_id}/", fields).status_code == 200


@pytest.mark.requirement("S15")
@pytest.mark.requirement("S40")
@pytest.mark.django_db
def test_who_comes_by_a_connection_of_an_event_is_registered_and_gets_the_mail(client):
    event = make_event()
    row = open_for(event)

    send(client, row, name="Eva Muster", email=EVA)
    work()

    registration = EventRegistration.objects.get()
    method, entry = entry_of(EVA)
    kinds = Activity.objects.filter(lead=registration.lead).values_list("kind", flat=True)
    assert (registration.state, registration.channel, registration.is_told) == (
        "registered",
        "linkedin",
        True,
    )
    assert (method, str(entry["attendee"])) == ("REQUEST", f"mailto:{EVA}")
    assert JOIN in last_mail(EVA).text
    assert {"form.submitted", "event.registered"} <= set(kinds)
    assert HookEvent.objects.get().result["event"] == "Solar for firms"


@pytest.mark.requirement("S15")
@pytest.mark.requirement("S40")
@pytest.mark.django_db(transaction=True)
def test_a_lead_ad_of_linkedin_registers_for_its_event(live_server, settings):
    sync = LeadSync()
    with sync.server() as server:
        settings.ALLOWED_SERVERS = [server.url]
        given = {"api_url": f"{server.url}/rest", "owner": "urn:li:sponsoredAccount:11223344"}
        connection = open_for(make_event(), "linkedin", settings=given)
        app = LinkedInApp(address(live_server, connection), SECRETS["linkedin"]["client_secret"])
        sync.add("abc-1", COMPANY_NAME="Muster GmbH")

        app.notify("abc-1")
        app.notify("abc-1")
        work()

    row = EventRegistration.objects.get()
    assert (row.lead.email, row.channel, row.state) == (EVA, "linkedin", "registered")
    assert mails_to(EVA) == ["confirmed"]


@pytest.mark.requirement("S15")
@pytest.mark.django_db(transaction=True)
def test_of_many_in_one_delivery_each_is_registered_once_and_who_comes_late_waits(live_server):
    connection = open_for(make_event(capacity=1), "generic")
    sender = Program(address(live_server, connection), connection.secrets()["secret"])
    people = [
        {"id": 1, "email": EVA},
        {"id": 2, "email": EVA, "first_name": "Eva"},
        {"id": 3, "email": "max@example.org"},
    ]

    sender.send(people)
    work()

    rows = EventRegistration.objects.order_by("pk").values_list("lead__email", "state")
    assert list(rows) == [(EVA, "registered"), ("max@example.org", "waiting")]
    assert mails_to("max@example.org") == ["waiting"]
    assert JOIN not in last_mail("max@example.org").text


@pytest.mark.django_db
def test_who_is_held_as_spam_is_registered_when_a_person_lets_them_through(
    client, as_user, marketer
):
    row = open_for(make_event())
    send(client, row, email="eva@mailinator.com")
    work()
    held = (states(row), EventRegistration.objects.count())

    hook = HookEvent.objects.get()
    as_user(marketer).post(reverse("replay_hook_event", args=[hook.public_id]))
    work()

    assert held == (["held"], 0)
    assert EventRegistration.objects.get().lead.email == "eva@mailinator.com"


@pytest.mark.django_db
def test_who_is_let_through_after_the_event_is_not_invited_to_it(client, as_user, marketer):
    event = make_event()
    row = open_for(event)
    send(client, row, email="eva@mailinator.com")
    work()
    let_begin(event)
    with writing("scene"):
        HookEvent.objects.update(received_at=in_days(-1))

    hook = HookEvent.objects.get()
    as_user(marketer).post(reverse("replay_hook_event", args=[hook.public_id]))
    work()

    assert EventRegistration.objects.get().is_told is False
    assert mails_to("eva@mailinator.com") == []


@pytest.mark.django_db
def test_a_test_of_the_connection_registers_nobody_and_says_what_would_be(
    client, as_user, marketer
):
    event = make_event()
    row = open_for(event, "google")

    tried = try_connection(row, as_of=timezone.now())
    page = as_user(marketer).get(reverse("hook_event", args=[tried.event.public_id]))

    assert (Lead.objects.count(), EventRegistration.objects.count()) == (0, 0)
    assert "Would be registered for" in page.content.decode()
    assert event.title in page.content.decode()


@pytest.mark.django_db
def test_without_an_event_or_an_address_nobody_is_told_anything(client):
    plain = make_connection("forms", kind="webinar")
    row = open_for(make_event())
    map_to(row, phone="phone")

    send(client, plain, email="max@example.org")
    send(client, row, phone="+49 421 555 0193")
    work()

    registration = EventRegistration.objects.get()
    assert (registration.lead.phone != "", registration.is_told) == (True, False)
    assert mails_to("max@example.org") == []


@pytest.mark.django_db
def test_the_event_of_a_connection_is_chosen_in_its_settings_and_fits_its_type(as_user, marketer):
    browser = as_user(marketer)
    event, past = make_event(), make_event(title_en="Long ago", starts_at=in_days(-3))
    row = make_connection("forms", "Shop")
    path = reverse("connection_settings", args=[row.public_id])
    data = {"name": "Shop", "language": "en", "channel": "linkedin", "is_active": "on"}

    page = browser.get(path).content.decode()
    refused = browser.post(path, {**data, "kind": "contact", "event": event.pk})
    browser.post(path, {**data, "kind": "webinar", "event": event.pk})
    there = browser.get(reverse("event_detail", args=[event.public_id])).content.decode()

    row.refresh_from_db()
    assert event.title in page
    assert past.title not in page
    assert refused.status_code == 422
    assert "Choose “Webinar” as the type" in refused.content.decode()
    assert (row.event, row.kind) == (event, "webinar")
    assert path in there


@pytest.mark.django_db
def test_an_event_that_is_gone_is_refused_and_one_that_goes_leaves_the_connection():
    event = make_event()
    row = open_for(event)

    with pytest.raises(DomainError) as refused:
        change_connection(row.pk, event_id=event.pk + 1, by=EVERYTHING, as_of=NOW)
    with writing("scene"):
        Event.objects.all().delete()

    row.refresh_from_db()
    assert refused.value.code == "event_missing"
    assert row.event is None
