import pytest

from capture.connectors.models import HookEvent
from capture.models import Touch
from leads.models import Activity, Lead
from leads.stages import Channel
from tests.connectors.scene import address, make_connection, states, work
from tests.simulators.google import GoogleAds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def google(live_server):
    connection = make_connection("google")
    return connection, GoogleAds(
        address(live_server, connection), connection.secrets()["google_key"]
    )


@pytest.mark.requirement("S36")
def test_a_lead_comes_in_with_its_click_and_answers(google):
    connection, sender = google

    answer = sender.deliver(sender.lead())
    work()

    assert (answer.status, states(connection)) == (200, ["processed"])
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.email) == ("Eva", "Muster", "eva@example.org")
    touch = Touch.objects.get(lead=lead)
    assert (touch.channel, touch.click_ids) == (Channel.PAID_SEARCH, {"gclid": "Cj0KCQiA"})
    activity = Activity.objects.get(lead=lead, kind="form.submitted")
    assert activity.occurred_at.isoformat() == "2026-11-01T09:30:00+00:00"
    assert activity.data["message"] == "Which roof do you have?: Flat"
    assert activity.data["event"] == str(HookEvent.objects.get().public_id)


@pytest.mark.case("H03")
def test_the_same_lead_a_hundred_times_is_one(google):
    connection, sender = google

    answers = {sender.deliver(sender.lead()).status for _time in range(100)}
    work()

    assert (answers, states(connection)) == ({200}, ["processed"])
    assert Activity.objects.filter(kind="form.submitted").count() == 1


@pytest.mark.case("H01")
@pytest.mark.parametrize("key", ["wrong", "", None, 17])
def test_another_key_is_turned_away_and_nothing_is_kept(google, key):
    connection, sender = google

    answer = sender.deliver(sender.lead(google_key=key))

    connection.refresh_from_db()
    assert (answer.status, states(connection)) == (401, [])
    assert connection.refused_count == 1


def test_test_data_of_google_makes_no_lead(google):
    connection, sender = google

    sender.deliver(sender.lead(is_test=True))
    work()

    assert (states(connection), Lead.objects.count()) == (["test"], 0)
    assert HookEvent.objects.get().result["values"]["email"] == "eva@example.org"


def test_what_names_nobody_fails_with_its_reason(google):
    connection, sender = google

    sender.deliver(sender.lead(email=""))
    sender.deliver(sender.lead("lead-2"))
    work()

    assert states(connection) == ["failed", "processed"]
    assert HookEvent.objects.order_by("pk")[0].error["code"] == "no_contact"
