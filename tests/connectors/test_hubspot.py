import pytest

from capture.models import Campaign, Touch
from leads.models import Activity, Consent, ConsentEvent, Lead
from tests.connectors.scene import make_connection, map_to, states, work
from tests.factories import NOW
from tests.simulators.hubspot import WORDING, HubSpotSite

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hubspot(live_server):
    site = HubSpotSite(live_server.url)
    given = {"portal_id": site.portal_id, "form_guid": site.form_guid}
    return make_connection("hubspot", settings=given), site


@pytest.mark.requirement("S36")
def test_a_site_that_posts_to_hubspot_only_changes_the_host(hubspot):
    from accounts.action import writing

    connection, site = hubspot
    with writing("scene"):
        campaign = Campaign.objects.create(name="Herbst", code="herbst", created_at=NOW)

    preflight, answer = site.preflight(), site.submit(site.submission(message="Rückruf bitte"))
    work()

    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert preflight.headers["access-control-allow-headers"] == "Content-Type"
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert answer.json == {"inlineMessage": "Thank you. We have received your message."}
    assert states(connection) == ["processed"]
    assert Lead.objects.get().email == "eva@example.org"
    touch = Touch.objects.get()
    assert (touch.campaign, touch.click_ids) == (campaign, {"gclid": "abc"})
    assert Activity.objects.get(kind="form.submitted").data["message"].startswith("Rückruf bitte")


def test_a_declared_consent_waits_for_the_click_in_a_mail(hubspot):
    connection, site = hubspot
    map_to(connection, **{"consent.999": "consent_newsletter"})

    site.submit(site.submission())
    work()

    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.state) == ("newsletter", "email", "pending")
    assert ConsentEvent.objects.get().evidence["text"] == WORDING
    assert Activity.objects.filter(kind="optin.requested").count() == 1


def test_without_a_mapping_nobody_has_agreed_to_anything(hubspot):
    connection, site = hubspot

    site.submit(site.submission())
    work()

    assert (states(connection), Consent.objects.count()) == (["processed"], 0)


@pytest.mark.parametrize("ids", [("1", "x"), ("62515", "x"), ("1", HubSpotSite("").form_guid)])
def test_other_ids_lead_nowhere(hubspot, ids):
    connection, site = hubspot
    site.portal_id, site.form_guid = ids

    assert (site.submit(site.submission()).status, states(connection)) == (404, [])


@pytest.mark.parametrize("submission", [[], "x", {"fields": {}}, {"fields": [1, None]}, {}])
def test_what_is_no_submission_stays_as_it_came(hubspot, submission):
    connection, site = hubspot

    assert site.submit(submission).status == 200
    work()
    assert states(connection) == ["failed"]


def test_a_double_click_is_one_submission(hubspot):
    connection, site = hubspot
    submission = site.submission()

    for _click in range(3):
        site.submit(submission)
    work()

    assert states(connection) == ["processed"]
