import pytest
from django.utils import timezone

from capture.connectors.drains import fetch_missed_leads
from capture.connectors.models import HookEvent
from leads.models import ConsentEvent, Lead
from tests.connectors.scene import SECRETS, address, make_connection, map_to, states, work
from tests.simulators.linkedin import WORDING, LeadSync, LinkedInApp

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = SECRETS["linkedin"]["client_secret"]


@pytest.fixture
def linkedin(live_server, settings):
    """An open connection, the app that notifies it, and the API it asks."""
    sync = LeadSync()
    with sync.server() as server:
        settings.ALLOWED_SERVERS = [server.url]
        given = {"api_url": f"{server.url}/rest", "owner": "urn:li:sponsoredAccount:11223344"}
        connection = make_connection("linkedin", settings=given)
        yield connection, LinkedInApp(address(live_server, connection), SECRET), sync


def test_the_address_is_validated_by_signing_a_challenge(linkedin):
    _connection, app, _sync = linkedin

    answer, expected = app.check_address()

    assert answer.status == 200
    assert answer.json["challengeResponse"] == expected


@pytest.mark.requirement("S36")
def test_a_response_is_fetched_and_comes_in_with_its_consent(linkedin):
    connection, app, sync = linkedin
    map_to(connection, asks_by_mail=False, **{"consent.55": "consent_email"})
    sync.add("abc-1", COMPANY_NAME="Muster GmbH")

    answer = app.notify("abc-1")
    work()

    assert (answer.status, states(connection)) == (200, ["processed"])
    lead = Lead.objects.select_related("company").get()
    assert (lead.email, lead.company.name) == ("eva@example.org", "Muster GmbH")
    evidence = ConsentEvent.objects.get().evidence
    assert (evidence["text"], evidence["ticked"]) == (WORDING, True)


def test_a_box_that_was_not_ticked_is_no_consent(linkedin):
    connection, app, sync = linkedin
    map_to(connection, **{"consent.55": "consent_email"})
    sync.add("abc-1", accepted=False)

    app.notify("abc-1")
    work()

    assert (states(connection), ConsentEvent.objects.count()) == (["processed"], 0)


@pytest.mark.case("H01")
def test_the_signature_of_another_app_is_turned_away(linkedin):
    connection, app, _sync = linkedin

    assert app.notify("abc-1", secret="of another app").status == 401
    assert states(connection) == []


@pytest.mark.case("H03")
def test_a_response_comes_in_once_and_its_deletion_is_noted_before_or_after(linkedin):
    connection, app, sync = linkedin
    sync.add("abc-1")

    app.notify("abc-1", action="DELETED")
    for _time in range(10):
        app.notify("abc-1")
    work()

    assert states(connection) == ["ignored", "processed"]
    assert Lead.objects.count() == 1


def test_missed_responses_are_fetched(linkedin):
    connection, _app, sync = linkedin
    sync.add("abc-1")
    sync.add("abc-2", EMAIL="max@example.org")

    found = [fetch_missed_leads(timezone.now()) for _round in range(2)]
    work()

    assert (found, states(connection)) == ([2, 0], ["processed"] * 2)


def test_an_expired_token_is_said(linkedin):
    _connection, app, sync = linkedin
    sync.token = "a new one"

    app.notify("abc-1")
    work()

    assert HookEvent.objects.get().error["code"] == "token_expired"
