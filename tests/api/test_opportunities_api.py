import pytest

from handoff.models import Opportunity
from leads.models import Lead
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.factories import make_lead
from tests.handoff.factories import make_deal

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "k1"}
ALL = ("leads:read", "opportunities:read", "opportunities:write")


@pytest.fixture
def api(rep):
    return ApiClient(rep, *ALL)


def make_sql(owner):
    return make_lead(owner=owner, team=owner.team, stage=Stage.SQL)


@pytest.fixture
def sql(rep):
    return make_sql(rep)


def ids(api, query=""):
    return [item["id"] for item in api.get(f"opportunities/{query}").json()["results"]]


@pytest.mark.requirement("S49")
def test_an_opportunity_is_opened_with_an_offer_or_an_exception(api, sql, rep):
    body = {"lead": str(sql.public_id), "name": "Pumpen", "amount": "12000.50"}

    response = api.post("opportunities/", {**body, "is_offer_sent": True})

    deal, told = Opportunity.objects.get(), response.json()
    assert response.status_code == 201
    assert (told["id"], told["lead"]) == (str(deal.public_id), str(sql.public_id))
    assert (told["owner"], told["stage"], told["amount"]) == (rep.email, "new", "12000.50")
    assert told["offer_sent_at"] is not None
    assert Lead.objects.get().stage == Stage.OPPORTUNITY


@pytest.mark.requirement("S49")
def test_without_talk_offer_or_exception_nothing_is_opened(api, sql):
    response = api.post("opportunities/", {"lead": str(sql.public_id), "name": "Pumpen"})

    assert (response.status_code, response.json()["code"]) == (422, "follow_up_missing")
    assert (Opportunity.objects.count(), Lead.objects.get().stage) == (0, Stage.SQL)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"amount": "-1"}, "amount"), ({"name": ""}, "name"), ({"closes_on": "soon"}, "closes_on")],
)
def test_values_that_do_not_fit_are_named_and_nothing_is_opened(api, sql, change, field):
    body = {"lead": str(sql.public_id), "name": "Pumpen", "exception": "Szene", **change}

    response = api.post("opportunities/", body)

    assert (response.status_code, response.json()["field"]) == (400, field)
    assert Opportunity.objects.count() == 0


def test_an_opportunity_that_is_sent_again_is_opened_once(api, sql):
    body = {"lead": str(sql.public_id), "name": "Pumpen", "exception": "Szene"}

    first, again = api.post("opportunities/", body, **KEY), api.post("opportunities/", body, **KEY)
    other = api.post("opportunities/", {**body, "name": "Ventile"}, **KEY)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert list(Opportunity.objects.values_list("name", flat=True)) == ["Pumpen"]


def test_opportunities_are_listed_the_newest_first_and_narrowed(api, rep, marketer):
    won, lost, opened = (make_deal(make_sql(rep)) for _number in range(3))
    api.post(f"opportunities/{won.public_id}/win/", {"amount": "9000.00"})
    api.post(f"opportunities/{lost.public_id}/lose/", {"reason": "price", "is_final": True})
    first, second, third = (str(deal.public_id) for deal in (won, lost, opened))

    assert ids(api) == [third, second, first]
    assert [ids(api, f"?state={state}") for state in ("open", "won", "lost")] == [
        [third],
        [first],
        [second],
    ]
    assert ids(api, f"?owner={rep.email}") == [third, second, first]
    assert ids(api, f"?owner={marketer.email}") == []
    assert ids(api, f"?lead={lost.lead.public_id}") == [second]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=new", "state_unknown"),
        ("owner=nobody@example.org", "person_unknown"),
        ("lead=1", "lead_unknown"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(api, query, code):
    response = api.get(f"opportunities/?{query}")

    assert (response.status_code, response.json()["code"]) == (422, code)


@pytest.mark.requirement("S99")
def test_an_opportunity_is_changed_in_its_present_version_only(api, sql):
    deal = make_deal(sql)
    address = f"opportunities/{deal.public_id}/"
    version = api.get(address).json()["version"]

    changed = api.patch(address, {"price_tolerance": "Bis 10 %", "version": version})
    late = api.patch(address, {"price_tolerance": "Keine", "version": version})

    assert (changed.status_code, changed.json()["price_tolerance"]) == (200, "Bis 10 %")
    assert (late.status_code, late.json()["code"]) == (409, "changed")
    deal.refresh_from_db()
    assert deal.price_tolerance == "Bis 10 %"


@pytest.mark.requirement("S50")
def test_a_won_opportunity_makes_a_customer_with_date_and_value(api, sql):
    deal = make_deal(sql)

    response = api.post(
        f"opportunities/{deal.public_id}/win/", {"amount": "9000.00", "won_on": "2026-11-02"}
    )

    told = response.json()
    assert (response.status_code, told["stage"], told["amount"]) == (200, "won", "9000.00")
    assert told["won_at"].startswith("2026-11-0")
    assert Lead.objects.get().stage == Stage.CUSTOMER


def test_a_lost_opportunity_keeps_its_reason_and_is_not_won_after(api, sql):
    deal = make_deal(sql)
    address = f"opportunities/{deal.public_id}/"

    unknown = api.post(f"{address}lose/", {"reason": "weather"})
    lost = api.post(f"{address}lose/", {"reason": "price", "text": "Zu teuer", "is_final": True})
    won = api.post(f"{address}win/", {"amount": "1.00"})

    assert (unknown.status_code, lost.status_code, won.status_code) == (400, 200, 422)
    assert (lost.json()["stage"], lost.json()["lost_reason"]) == ("lost", "price")
    deal.refresh_from_db()
    assert deal.stage == "lost"


@pytest.mark.case("Z01")
def test_opportunities_of_another_team_are_not_there(api, stranger):
    foreign = make_deal(make_sql(stranger))
    address = f"opportunities/{foreign.public_id}/"

    assert ids(api) == []
    assert api.get(address).status_code == 404
    assert api.patch(address, {"name": "Meins"}).status_code == 404
    assert api.post(f"{address}win/", {}).status_code == 404
    body = {"lead": str(foreign.lead.public_id), "name": "Meins", "exception": "Szene"}
    assert api.post("opportunities/", body).json()["code"] == "lead_unknown"
    assert list(Opportunity.objects.values_list("name", "stage")) == [("Pumpen", "new")]


@pytest.mark.case("Z09")
def test_a_key_to_read_changes_nothing(rep, sql):
    deal = make_deal(sql)
    reader = ApiClient(rep, "leads:read", "opportunities:read")
    address = f"opportunities/{deal.public_id}/"
    body = {"lead": str(sql.public_id), "name": "Ventile", "exception": "Szene"}

    assert reader.get(address).status_code == 200
    answers = [
        reader.post("opportunities/", body),
        reader.patch(address, {"name": "X"}),
        reader.post(f"{address}win/", {}),
        reader.post(f"{address}lose/", {"reason": "price"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert list(Opportunity.objects.values_list("name", "stage")) == [("Pumpen", "new")]
