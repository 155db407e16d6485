"""Planning, changing and cancelling events in the browser, and choosing them in forms."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.models import AuditEntry
from capture.models import Event
from tests.capture.scene import make_draft
from tests.events.scene import (
    JOIN,
    in_days,
    let_begin,
    mails_to,
    make_event,
    make_event_form,
    run_drains,
)
from tests.events.test_attendance import put_down, states

pytestmark = pytest.mark.django_db
VALUES = {
    "kind": "webinar",
    "title_de": "Speicher",
    "title_en": "Storage",
    "starts_at": "2027-06-10T10:00",
    "ends_at": "2027-06-10T11:00",
    "time_zone": "Europe/Berlin",
    "join_url": JOIN,
    "reminders": ["1440", "60"],
}


@pytest.fixture
def browser(as_user, marketer):
    return as_user(marketer)


def plan(browser, **values):
    return browser.post(reverse("event_create"), {**VALUES, **values})


def posted(event, **values):
    """Return what the page of ``event`` posts, with ``values`` in place of its own."""
    zone = event.zone
    written = {
        **{name: getattr(event, name) for name in VALUES if not name.endswith("_at")},
        "starts_at": event.starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "ends_at": event.ends_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "version": event.version,
    }
    return {**written, **values}


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    ("starts", "ends", "hour"),
    [("2027-06-10T10:00", "2027-06-10T11:00", 8), ("2027-01-10T10:00", "2027-01-10T11:00", 9)],
)
def test_times_are_those_of_the_zone_of_the_event(browser, starts, ends, hour):
    plan(browser, starts_at=starts, ends_at=ends)

    event = Event.objects.get()
    assert (event.starts_at.hour, event.reminders) == (hour, [1440, 60])
    assert AuditEntry.objects.filter(event="event.changed").count() == 1


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"title_de": "", "title_en": ""}, "Give it a title."),
        ({"ends_at": "2027-06-10T09:00"}, "The end lies before the start."),
        ({"join_url": "javascript:alert(1)"}, "Give a complete address"),
        ({"join_url": ""}, "Give the address at which people join."),
        ({"kind": "event", "place": ""}, "Say where it takes place."),
        ({"capacity": "0"}, "Without any place nobody can come."),
        ({"closes_at": "2027-06-11T10:00"}, "Registration ends when it begins"),
        ({"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T04:00"}, "leave this hour out"),
        ({"starts_at": "tomorrow"}, "Enter a day and a time."),
        ({"time_zone": "Mars/Base"}, "Mars/Base"),
    ],
)
def test_what_cannot_take_place_is_refused_in_words(browser, values, told):
    response = plan(browser, **values)

    assert response.status_code == 422
    assert told in response.content.decode()
    assert not Event.objects.exists()


def typed(event, days):
    """Return a moment as the browser sends it for ``event``."""
    return in_days(days).astimezone(event.zone).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.requirement("S15")
def test_a_move_asks_first_how_many_get_a_mail(browser):
    event = make_event()
    put_down(event, "ada", "bea")
    address = reverse("event_edit", args=[event.public_id])
    moved = posted(event, starts_at=typed(event, 4), ends_at=typed(event, 4.2))

    asked = browser.post(address, moved)
    event.refresh_from_db()
    before = event.sequence
    done = browser.post(address, {**moved, "confirmed": "yes"})
    run_drains()

    event.refresh_from_db()
    assert "2 people who have a place get a mail" in asked.content.decode()
    assert 'name="confirmed" value="yes"' in asked.content.decode()
    assert (before, event.sequence, done.status_code) == (0, 1, 302)
    assert event.starts_at == in_days(4)
    assert mails_to("ada@example.org") == ["confirmed", "moved"]


def test_a_change_that_nobody_must_hear_of_asks_nothing(browser):
    event = make_event()
    put_down(event, "ada")

    response = browser.post(
        reverse("event_edit", args=[event.public_id]), posted(event, description_en="More")
    )

    assert response.status_code == 302


def test_of_two_who_change_an_event_the_second_is_told(browser):
    event = make_event()
    address = reverse("event_edit", args=[event.public_id])
    browser.post(address, posted(event, title_en="First"))

    response = browser.post(address, posted(event, title_en="Second"))

    assert response.status_code == 422
    assert "Somebody else has changed this event." in response.content.decode()
    assert Event.objects.get().title_en == "First"


@pytest.mark.requirement("S15")
def test_cancelling_asks_first_and_cannot_be_taken_back(browser):
    event = make_event()
    put_down(event, "ada")
    address = reverse("event_cancel", args=[event.public_id])

    asked = browser.get(address).content.decode()
    assert not Event.objects.get().is_cancelled
    browser.post(address)
    run_drains()

    assert "1 person gets a mail" in asked
    assert Event.objects.get().is_cancelled
    assert mails_to("ada@example.org") == ["confirmed", "called_off"]


@pytest.mark.requirement("S15")
def test_attendance_is_marked_one_by_one_and_many_at_once_and_corrected(browser):
    event = make_event()
    ada, bea = put_down(event, "ada", "bea")
    let_begin(event)
    address = reverse("event_mark", args=[event.public_id])

    browser.post(address, {"was": "attended", "ids": [ada.public_id, bea.public_id]})
    browser.post(address, {"was": "absent", "ids": [bea.public_id]})
    page = browser.get(reverse("event_detail", args=[event.public_id])).content.decode()

    assert list(states(event).values()) == ["attended", "absent"]
    assert "50" in page


def test_a_rep_sees_the_event_and_only_leads_of_their_own(as_user, rep, stranger):
    event = make_event()
    ada, bea = put_down(event, "ada", "bea")
    with writing("scene"):
        type(ada.lead).objects.filter(pk=ada.lead_id).update(owner=rep, first_name="Sichtbar")
        type(ada.lead).objects.filter(pk=bea.lead_id).update(owner=stranger, first_name="Fremd")
    client = as_user(rep)

    page = client.get(reverse("event_detail", args=[event.public_id])).content.decode()

    assert "Sichtbar" in page
    assert "Fremd" not in page
    assert client.get(reverse("event_list")).status_code == 200
    assert client.get(reverse("event_edit", args=[event.public_id])).status_code == 403


@pytest.mark.requirement("S15")
def test_a_webinar_form_without_an_event_is_not_published(browser):
    event = make_event(title_en="Storage")
    make_event(title_en="Long ago", starts_at=in_days(-3))
    form = make_draft(kind="webinar")
    address = reverse("form_edit", args=[form.public_id])

    page = browser.get(address).content.decode()

    assert "Choose the event for which people register." in page
    assert f'<option value="{event.public_id}">' in page
    assert "Long ago" not in page


def test_the_list_of_events_costs_the_same_whatever_its_length(
    browser, django_assert_max_num_queries
):
    for _number in range(6):
        put_down(make_event(), "ada")

    with django_assert_max_num_queries(12):
        page = browser.get(reverse("event_list")).content.decode()

    assert page.count("Solar for firms") >= 6


def test_the_forms_of_an_event_stand_on_its_page(browser):
    event = make_event()
    form = make_event_form(event)

    page = browser.get(reverse("event_detail", args=[event.public_id])).content.decode()

    assert form.name in page
    assert event.starts_at > timezone.now()
