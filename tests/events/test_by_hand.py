"""Registering by hand who asked for it, and taking the registrations out as a table."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.models import AuditEntry
from capture.events.by_hand import Guest, register_by_hand
from capture.events.seats import cancel_registration
from capture.models import EventRegistration, FormReply
from ground.errors import DomainError
from leads.models import Activity, Consent, Lead
from nurturing.actions.suppression import suppress_addresses
from nurturing.models import Message
from nurturing.ticks import send_due_messages
from tests.api.client import ApiClient
from tests.events.scene import (
    JOIN,
    entry_of,
    last_mail,
    let_begin,
    mails_to,
    make_event,
    run_drains,
)
from tests.events.test_attendance import put_down, states
from tests.factories import EVERYTHING, make_lead

pytestmark = pytest.mark.django_db
EVA = "eva@example.org"
NEW = {
    "first_name": "Eva",
    "email": EVA,
    "channel": "phone",
    "language": "en",
    "asked": "on",
}


@pytest.fixture
def browser(as_user, marketer):
    return as_user(marketer)


def page_of(event):
    return reverse("registration_create", args=[event.public_id])


def register(lead, event, **more):
    guest = Guest("phone", "en", lead_id=lead.pk, **more)
    return register_by_hand(event.pk, guest, by=EVERYTHING, as_of=timezone.now())


@pytest.mark.requirement("S15")
@pytest.mark.requirement("S40")
def test_somebody_new_becomes_a_lead_with_a_place_and_the_same_mail_as_by_a_form(browser):
    event = make_event()

    answer = browser.post(page_of(event), NEW)

    row = EventRegistration.objects.get()
    mail, (method, entry) = last_mail(EVA), entry_of(EVA)
    activity = Activity.objects.get(kind="event.registered")
    assert answer.status_code == 302
    assert (row.state, row.channel, row.is_told) == ("registered", "phone", True)
    assert (row.lead.first_channel, row.lead.email) == ("phone", EVA)
    assert mail.subject == "You are registered: Solar for firms"
    assert JOIN in mail.text
    assert (method, str(entry["attendee"])) == ("REQUEST", f"mailto:{EVA}")
    assert (activity.data["channel"], activity.actor_label) == ("phone", "Mara Marketing")
    assert not Consent.objects.exists()


@pytest.mark.requirement("S15")
def test_a_known_lead_is_found_and_registered_in_its_language(browser):
    event = make_event()
    lead = make_lead(first_name="Bea", last_name="Brandt", email="bea@example.org", language="de")

    found = browser.get(page_of(event), {"q": "brandt"}).content.decode()
    chosen = browser.get(page_of(event), {"lead": lead.public_id}).content.decode()
    values = {"lead": lead.public_id, "channel": "personal", "language": "de", "asked": "on"}
    browser.post(page_of(event), values)
    again = browser.get(page_of(event), {"q": "brandt"}).content.decode()

    assert f"?lead={lead.public_id}" in found
    assert '<option value="de" selected>' in chosen
    assert EventRegistration.objects.get().lead == lead
    assert last_mail("bea@example.org").subject == "Sie sind angemeldet: Solar für Betriebe"
    assert f"?lead={lead.public_id}" not in again
    assert Lead.objects.count() == 1


def test_without_their_asking_nobody_is_registered(browser):
    event = make_event()

    answer = browser.post(page_of(event), {**NEW, "asked": ""})

    assert answer.status_code == 422
    assert not Lead.objects.exists()
    assert not EventRegistration.objects.exists()


@pytest.mark.requirement("S15")
def test_nobody_is_registered_twice_by_hand_and_hears_of_it_once(browser):
    event = make_event()
    browser.post(page_of(event), NEW)

    answer = browser.post(page_of(event), {**NEW, "channel": "email"})

    assert answer.status_code == 422
    assert "is registered already" in answer.content.decode()
    assert EventRegistration.objects.get().channel == "phone"
    assert mails_to(EVA) == ["confirmed"]
    assert Activity.objects.filter(kind="event.registered").count() == 1


def test_who_cancelled_may_come_back():
    event, lead = make_event(), make_lead(email=EVA)
    row = register(lead, event)
    cancel_registration(row.pk, by=EVERYTHING, as_of=timezone.now())

    register(lead, event)

    assert list(states(event).values()) == ["registered"]
    assert mails_to(EVA) == ["confirmed", "withdrawn", "confirmed"]


@pytest.mark.requirement("S15")
def test_where_all_places_are_taken_who_is_registered_by_hand_waits_and_moves_up():
    event = make_event(capacity=1)
    (first,) = put_down(event, "ada")

    row = register(make_lead(email=EVA), event)
    waiting = row.state
    cancel_registration(first.pk, by=EVERYTHING, as_of=timezone.now())
    run_drains()

    row.refresh_from_db()
    assert (waiting, row.state) == ("waiting", "registered")
    assert mails_to(EVA) == ["waiting", "seated"]


def test_for_what_has_begun_nobody_is_registered_and_nobody_new_is_entered(browser):
    event = let_begin(make_event())

    answer = browser.post(page_of(event), NEW)
    detail = browser.get(reverse("event_detail", args=[event.public_id])).content.decode()

    assert answer.status_code == 422
    assert not Lead.objects.exists()
    assert not FormReply.objects.exists()
    assert page_of(event) not in detail


def test_who_has_no_address_is_registered_and_gets_no_mail(browser):
    event, lead = make_event(), make_lead(email="", phone="+49 421 555 0193")
    values = {"lead": lead.public_id, "channel": "phone", "language": "de", "asked": "on"}

    page = browser.post(page_of(event), values, follow=True).content.decode()

    assert list(states(event).values()) == ["registered"]
    assert "No mail goes out: there is no address." in page
    assert not FormReply.objects.exists()


def test_a_suppressed_address_gets_no_mail_by_hand_either(mail_server):
    event, lead = make_event(), make_lead(email=EVA)
    suppress_addresses([EVA], reason="complained", by=EVERYTHING, as_of=timezone.now())

    register(lead, event)
    send_due_messages(timezone.now() + timedelta(minutes=1))

    message = Message.objects.get(to_address=EVA)
    assert list(states(event).values()) == ["registered"]
    assert (message.state, message.reason) == ("skipped", "suppressed")


def test_a_lead_in_the_bin_cannot_be_registered():
    event, lead = make_event(), make_lead(email=EVA)
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(deleted_at=timezone.now())

    with pytest.raises(DomainError) as refused:
        register(lead, event)

    assert refused.value.code == "lead_missing"
    assert not EventRegistration.objects.exists()


@pytest.mark.requirement("S15")
def test_another_system_registers_by_api(marketer):
    api = ApiClient(marketer, "leads:read", "leads:write", "events:write")
    event = make_event()
    path = f"events/{event.public_id}/registrations/"
    lead = make_lead(email="bea@example.org")

    made = api.post(path, {"email": EVA, "first_name": "Eva"}, **{"Idempotency-Key": "one"})
    repeated = api.post(path, {"email": EVA, "first_name": "Eva"}, **{"Idempotency-Key": "one"})
    twice = api.post(path, {"email": EVA})
    known = api.post(path, {"lead": str(lead.public_id), "language": "en"})
    narrow = ApiClient(marketer, "events:write").post(path, {"email": "new@example.org"})

    assert (made.status_code, made.json()["state"]) == (201, "registered")
    assert repeated.json() == made.json()
    assert (twice.status_code, twice.json()["code"]) == (409, "registered_already")
    assert (known.status_code, known.json()["lead"]) == (201, str(lead.public_id))
    assert narrow.status_code == 403
    for wrong in ({}, {"email": EVA, "lead": str(lead.public_id)}, {"email": "none"}):
        assert api.post(path, wrong).status_code == 400
    assert mails_to(EVA) == ["confirmed"]
    assert EventRegistration.objects.count() == 2


def export(client, event, query=""):
    response = client.get(reverse("registration_export", args=[event.public_id]) + query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.requirement("S15")
@pytest.mark.case("I10")
def test_the_table_of_registrations_is_harmless_says_what_is_sample_and_is_logged(browser):
    event = make_event()
    ada, bea = put_down(event, "ada", "bea")
    with writing("scene"):
        Lead.objects.filter(pk=ada.lead_id).update(first_name="=cmd|'/C calc'!A0")
        EventRegistration.objects.filter(pk=bea.pk).update(is_sample=True)

    first, second = export(browser, event)

    entry = AuditEntry.objects.get(event="registrations.exported")
    assert first["first_name"] == "'=cmd|'/C calc'!A0"
    assert (first["email"], first["state"], first["is_sample"]) == (
        "ada@example.org",
        "registered",
        "no",
    )
    assert (first["lead"], second["is_sample"]) == (str(ada.lead.public_id), "yes")
    assert (entry.data["count"], entry.data["query"]) == (2, "")


def test_the_table_holds_what_the_list_shows(browser):
    event = make_event()
    ada, _bea = put_down(event, "ada", "bea")
    cancel_registration(ada.pk, by=EVERYTHING, as_of=timezone.now())

    narrowed = export(browser, event, "?state=cancelled")
    searched = export(browser, event, "?q=bea@")

    assert [row["email"] for row in narrowed] == ["ada@example.org"]
    assert [row["email"] for row in searched] == ["bea@example.org"]


def test_a_manager_takes_out_the_registrations_of_the_own_team_alone(as_user, manager, stranger):
    event = make_event()
    ada, bea = put_down(event, "ada", "bea")
    with writing("scene"):
        Lead.objects.filter(pk=ada.lead_id).update(team=manager.team)
        Lead.objects.filter(pk=bea.lead_id).update(team=stranger.team)

    rows = export(as_user(manager), event)

    assert [row["email"] for row in rows] == ["ada@example.org"]
    assert AuditEntry.objects.get(event="registrations.exported").data["count"] == 1


def test_who_may_not_export_gets_no_table_and_nothing_is_logged(as_user, rep):
    event = make_event()
    put_down(event, "ada")

    answer = as_user(rep).get(reverse("registration_export", args=[event.public_id]))

    assert answer.status_code == 403
    assert not AuditEntry.objects.filter(event="registrations.exported").exists()
