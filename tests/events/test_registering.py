"""Registering for an event by a form: the place, the mail, the calendar, the waiting list."""

import re
from datetime import UTC, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capture.events.links import entry_uid, registration_link
from capture.models import Event, EventRegistration, FormReply
from leads.actions.editing import delete_leads
from leads.models import Activity
from leads.ticks import empty_bin
from nurturing.models import Message, MessageKind
from tests.capture.scene import answers, forget_crowd, send, submit, visitor, work
from tests.events.scene import (
    JOIN,
    change,
    entry_of,
    in_days,
    last_mail,
    let_begin,
    mails_to,
    make_event,
    make_event_form,
    register,
    run_drains,
)
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
EVA = "eva@example.org"


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


@pytest.mark.requirement("S15")
def test_who_registers_gets_a_place_and_at_once_a_mail_with_calendar_and_address():
    event = make_event()

    row = register(make_event_form(event))

    event.refresh_from_db()
    mail = last_mail(EVA)
    method, entry = entry_of(EVA)
    assert (row.state, row.is_told, event.taken) == ("registered", True, 1)
    assert (mail.kind, mail.subject) == (MessageKind.REPLY, "You are registered: Solar for firms")
    assert JOIN in mail.text
    assert (method, str(entry["uid"])) == ("REQUEST", entry_uid(event.public_id))
    assert (entry["sequence"], entry["dtstart"].dt) == (0, event.starts_at.astimezone(UTC))
    assert str(entry["attendee"]) == f"mailto:{EVA}"


@pytest.mark.requirement("S15")
@pytest.mark.requirement("S40")
def test_a_registration_is_an_activity_and_a_repeated_one_is_one():
    event = make_event()
    form = make_event_form(event)

    first, again = register(form), register(form)

    activity = Activity.objects.get(kind="event.registered")
    assert first == again
    assert activity.data["event"] == str(event.public_id)
    assert activity.data["is_waiting"] is False
    assert EventRegistration.objects.count() == 1
    assert mails_to(EVA) == ["confirmed", "confirmed"]


def test_the_same_post_twice_is_one_mail():
    form = make_event_form(make_event())
    data = answers(form, first_name="Eva")

    send(form, data)
    send(form, data)
    work()

    assert mails_to(EVA) == ["confirmed"]


@pytest.mark.case("C26")
def test_one_mailbox_gets_five_confirmations_a_day_and_what_follows_only_for_those():
    form = make_event_form(event := make_event())

    for number in range(7):
        submit(form, first_name="Eva", email=f"eva+{number}@example.org")
        forget_crowd()
    change(event, place="Online")
    run_drains()

    assert FormReply.objects.filter(data__what="confirmed").count() == 5
    assert EventRegistration.objects.filter(is_told=False).count() == 2
    assert FormReply.objects.filter(data__what="moved").count() == 5


def test_a_mail_says_nothing_that_a_visitor_typed():
    form = make_event_form(make_event())

    register(form, last_name="Gewinnspiel evil.example")

    assert "evil" not in last_mail(EVA).text + last_mail(EVA).html + last_mail(EVA).subject


@pytest.mark.requirement("S15")
def test_who_comes_after_the_last_place_waits_is_told_so_and_moves_up():
    event = make_event(capacity=1)
    form = make_event_form(event)
    first = register(form, "ada@example.org")
    page = visitor().get(f"/f/{form.public_id}/").content.decode()
    told = send(form, answers(form, first_name="Bea", email="bea@example.org")).json()
    work()
    second = EventRegistration.objects.get(email="bea@example.org")

    assert "All places are taken." in page
    assert "waiting list" in told["message"]
    assert "link" not in told
    assert second.state == "waiting"
    assert JOIN not in last_mail("bea@example.org").text

    visitor().post(path_of(registration_link(first.public_id)))
    run_drains()

    second.refresh_from_db()
    event.refresh_from_db()
    assert (second.state, event.taken) == ("registered", 1)
    assert mails_to("bea@example.org") == ["waiting", "seated"]
    assert JOIN in last_mail("bea@example.org").text
    assert entry_of("ada@example.org")[0] == "CANCEL"


def test_who_waits_longest_moves_up_first_and_nobody_jumps_the_queue():
    event = make_event(capacity=1)
    form = make_event_form(event)
    rows = {name: register(form, f"{name}@example.org") for name in ("ada", "bea", "cleo")}
    visitor().post(path_of(registration_link(rows["ada"].public_id)))

    late = register(form, "dora@example.org")
    run_drains()

    states = dict(EventRegistration.objects.values_list("email", "state"))
    assert late.state == "waiting"
    assert states == {
        "ada@example.org": "cancelled",
        "bea@example.org": "registered",
        "cleo@example.org": "waiting",
        "dora@example.org": "waiting",
    }


def test_more_places_are_given_to_those_who_wait():
    event = make_event(capacity=1)
    form = make_event_form(event)
    for name in ("ada", "bea", "cleo"):
        register(form, f"{name}@example.org")

    change(event, capacity=2)
    run_drains()
    run_drains()

    event.refresh_from_db()
    assert event.taken == 2
    assert list(
        EventRegistration.objects.filter(state="waiting").values_list("email", flat=True)
    ) == ["cleo@example.org"]


@pytest.mark.requirement("S15")
def test_a_link_cancels_by_post_alone_once():
    event = make_event()
    row = register(make_event_form(event))
    link = path_of(registration_link(row.public_id))

    page = visitor().get(link)
    visitor().head(link)
    row.refresh_from_db()
    assert row.state == "registered"
    visitor().post(link)
    after = visitor().post(link)

    row.refresh_from_db()
    assert "Cancel my registration" in page.content.decode()
    assert "Your registration is cancelled." in after.content.decode()
    assert row.state == "cancelled"
    assert Activity.objects.filter(kind="event.cancelled").count() == 1
    assert mails_to(EVA) == ["confirmed", "withdrawn"]


def test_who_cancelled_can_register_again_and_gets_a_place_anew():
    event = make_event()
    form = make_event_form(event)
    row = register(form)
    visitor().post(path_of(registration_link(row.public_id)))

    again = register(form)

    assert (again.pk, again.state) == (row.pk, "registered")
    assert mails_to(EVA) == ["confirmed", "withdrawn", "confirmed"]
    assert Activity.objects.filter(kind="event.registered").count() == 2


def test_a_link_that_was_made_up_leads_nowhere():
    row = register(make_event_form(make_event()))
    link = path_of(registration_link(row.public_id))

    for broken in (link[:-3] + "x/", f"/e/r/{row.public_id}/", "/e/r/x/"):
        assert visitor().post(broken).status_code == 404
    row.refresh_from_db()
    assert row.state == "registered"


def test_after_the_end_nothing_can_be_cancelled_any_more():
    event = make_event()
    row = register(make_event_form(event))
    let_begin(event)

    page = visitor().post(path_of(registration_link(row.public_id))).content.decode()

    row.refresh_from_db()
    assert row.state == "registered"
    assert "This is over" in page


def test_the_page_shows_when_in_the_language_of_the_form_and_the_zone_of_the_event():
    event = make_event(
        starts_at=in_days(3).replace(hour=23, minute=30), time_zone="America/New_York"
    )
    german = make_event_form(event, language="de", name="Deutsch")

    page = visitor().get(f"/f/{german.public_id}/").content.decode()

    assert "Solar für Betriebe" in page
    assert "America/New_York" in page
    assert event.starts_at.astimezone(event.zone).strftime("%H:%M") in page


def test_the_entry_for_the_calendar_of_everybody_hides_the_address_and_needs_a_form():
    event = make_event()
    address = reverse("event_calendar", args=[event.public_id])
    before = visitor().get(address).status_code
    form = make_event_form(event)

    told = send(form, answers(form, first_name="Eva")).json()
    entry = visitor().get(path_of(told["link"]))

    assert before == 404
    assert path_of(told["link"]) == address
    assert entry["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"METHOD:PUBLISH" in entry.content
    assert JOIN.encode() not in entry.content
    assert Message.objects.count() == 0


def test_a_place_of_a_lead_that_was_deleted_is_free_again():
    event = make_event(capacity=1)
    form = make_event_form(event)
    row = register(form, "ada@example.org")
    register(form, "bea@example.org")
    delete_leads([row.lead_id], by=EVERYTHING, as_of=timezone.now())

    run_drains()

    event = Event.objects.get()
    assert event.taken == 1
    assert EventRegistration.objects.get(email="bea@example.org").state == "registered"

    empty_bin(timezone.now() + timedelta(days=31))

    assert EventRegistration.objects.get().state == "registered"
