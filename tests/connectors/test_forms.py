import pytest

from capture.connectors.models import HookEvent
from capture.models import Touch
from leads.models import Activity, Consent, Lead
from tests.connectors.scene import address, make_connection, map_to, states, work
from tests.simulators import forms
from tests.simulators.wire import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(live_server):
    connection = make_connection("forms")
    return connection, address(live_server, connection)


@pytest.mark.requirement("S36")
@pytest.mark.parametrize("recorded", forms.EVERYTHING, ids=lambda item: item.name)
def test_a_recorded_submission_comes_in_without_anybody_having_said_how(door, recorded):
    connection, url = door

    answer = recorded.send(url)
    work()

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert states(connection) == ["processed"]
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.email) == ("Eva", "Muster", "eva@example.org")
    message = Activity.objects.get(kind="form.submitted").data["message"]
    assert "Bitte rufen Sie mich an." in message
    assert "203.0.113.7" not in message
    assert "__" not in message


def test_where_somebody_came_from_is_read_from_the_page(door):
    _connection, url = door

    forms.GRAVITY_FORMS.send(url)
    work()

    touch = Touch.objects.get()
    assert (touch.utm_source, touch.click_ids) == ("google", {"gclid": "abc"})
    assert touch.landing_page.startswith("https://www.example.org/kontakt/")


def test_a_mapped_box_is_a_consent_with_the_wording_that_was_entered(door):
    connection, url = door
    map_to(
        connection,
        consent_text="Ja, ich will Neues lesen.",
        asks_by_mail=False,
        acceptance__news="consent_email",
    )

    forms.CONTACT_FORM_7.send(url)
    work()

    assert Consent.objects.get().state == "granted"


def test_the_same_entry_of_gravity_forms_comes_in_once(door):
    connection, url = door

    for _time in range(5):
        forms.GRAVITY_FORMS.send(url)
    work()

    assert states(connection) == ["processed"]


@pytest.mark.parametrize("size", [256 * 1024 + 1, 2_000_000])
def test_what_is_too_large_for_a_form_is_turned_away(door, size):
    connection, url = door

    answer = ask(url, method="POST", body=b"a=" + b"x" * (size - 2))

    assert (answer.status, states(connection)) == (413, [])


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[[[", b"\xff\xfe\x00", b"{}", b"null"])
def test_what_cannot_be_read_stays_as_it_came(door, body):
    connection, url = door

    answer = ask(url, method="POST", body=body, headers={"Content-Type": "application/json"})
    work()

    assert (answer.status, states(connection)) == (200, ["failed"])
    assert bytes(HookEvent.objects.get().body) == body


def test_a_browser_is_sent_on_after_sending(live_server):
    given = {"thanks_url": "https://www.example.org/danke"}
    url = address(live_server, make_connection("forms", settings=given))
    headers = {"Content-Type": forms.FORM, "Accept": "text/html,application/xhtml+xml"}

    answer = ask(url, method="POST", body=forms.HTML.body, headers=headers)

    assert (answer.status, answer.headers["location"]) == (303, "https://www.example.org/danke")


def test_too_many_from_one_network_are_held_and_then_turned_away(door, monkeypatch):
    from capture.guard import doors

    connection, url = door
    monkeypatch.setattr(doors.UNSIGNED_HOOK.address, "limit", 2)
    bodies = [f"email=person{number}%40example.org".encode() for number in range(21)]

    answers = [
        ask(url, method="POST", body=body, headers={"Content-Type": forms.FORM}).status
        for body in bodies
    ]
    work()

    assert answers == [200] * 20 + [429]
    assert states(connection) == ["processed"] * 2 + ["held"] * 18
