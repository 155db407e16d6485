import pytest
from django.urls import reverse

from accounts.actor import user_actor
from leads.actions.notes import add_notes
from tests.api.client import ApiClient
from tests.factories import NOW, make_lead
from tests.scoring.scene import GERMAN, make_active, rescored

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(rep):
    make_active(GERMAN, warm_score=20)
    found = make_lead(country="DE", owner=rep, team=rep.team)
    add_notes({found.pk: "Ruft gern mittags zurück"}, by=user_actor(rep), as_of=NOW)
    rescored(found)
    return found


def pages(client, lead):
    """Return the list, the board and the page of a lead as text."""
    addresses = (
        reverse("lead_list"),
        reverse("lead_board"),
        reverse("lead_detail", args=[lead.public_id]),
    )
    return [client.get(address).content.decode() for address in addresses]


@pytest.mark.requirement("S97")
def test_service_sees_the_shared_history_and_no_score(as_user, service, rep, lead):
    shown = [pages(as_user(person), lead) for person in (rep, service)]

    assert all('class="score tone-' in page for page in shown[0])
    assert not any('class="score tone-' in page for page in shown[1])
    assert "Why this score?" in shown[0][2]
    assert "Why this score?" not in shown[1][2]
    assert "Ruft gern mittags zurück" in shown[0][2]
    assert "Ruft gern mittags zurück" in shown[1][2]


@pytest.mark.requirement("S97")
def test_service_does_not_see_how_warm_a_lead_is(as_user, service, rep, lead):
    of_rep, of_service = (pages(as_user(person), lead) for person in (rep, service))

    assert [">Warm<" in page for page in (of_rep[0], of_rep[2])] == [True, True]
    assert "temperature" not in of_service[0].partition("<tbody")[2].partition("</tbody>")[0]
    assert "ti-temperature" not in of_service[2]


@pytest.mark.requirement("S97")
def test_service_gets_no_score_at_any_other_door(as_user, service, lead):
    address = reverse("lead_score", args=[lead.public_id])
    api = ApiClient(service, "leads:read", "scores:read")

    told = api.get(f"leads/{lead.public_id}/").json()

    assert as_user(service).get(address).status_code == 403
    assert api.get(f"leads/{lead.public_id}/score/").status_code == 403
    assert [told[name] for name in ("score", "fit", "engagement", "grade", "temperature")] == (
        [None] * 5
    )


@pytest.mark.requirement("S05")
def test_the_list_is_narrowed_to_a_temperature_and_the_page_names_the_rule(as_user, rep, lead):
    cold = make_lead(owner=rep, team=rep.team)
    hot = make_lead(owner=rep, team=rep.team, temperature="hot")
    client = as_user(rep)

    def found(*temperatures):
        params = {"temperature": temperatures, "ordering": "created"}
        return client.get(reverse("lead_list"), params).context["page"].rows

    assert [found("warm"), found("hot"), found("cold")] == [[lead], [hot], [cold]]
    assert found("hot", "warm") == [lead, hot]
    text = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()
    assert "a score of 20 or more or the stage MQL, SQL or Opportunity" in text
