import pytest

from handoff.models import Handoff
from leads.models import Lead
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.factories import make_lead
from tests.handoff.factories import make_mql, make_offer, make_rule

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "k1"}
BOTH = ("leads:read", "handoffs:write")


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, *BOTH)


@pytest.fixture
def rep_api(rep):
    return ApiClient(rep, *BOTH)


def ids(api, query=""):
    return [item["id"] for item in api.get(f"handoffs/{query}").json()["results"]]


@pytest.mark.requirement("S91")
def test_a_lead_is_handed_to_a_rep(api, rep):
    lead = make_mql()
    body = {"lead": str(lead.public_id), "to_user": rep.email.upper(), "interest": "Pumpen"}

    response = api.post("handoffs/", body)

    handoff, told = Handoff.objects.get(), response.json()
    assert response.status_code == 201
    assert (told["id"], told["lead"]) == (str(handoff.public_id), str(lead.public_id))
    assert (told["state"], told["to_user"], told["origin"]) == ("offered", rep.email, "manual")
    assert Lead.objects.get().owner == rep


def test_without_a_name_the_rules_choose_the_rep(api, rep):
    make_rule(strategy="person", target_user=rep)
    lead = make_mql()

    response = api.post("handoffs/", {"lead": str(lead.public_id)})

    assert (response.status_code, response.json()["to_user"]) == (201, rep.email)


def test_a_hand_over_that_is_sent_again_is_made_once(api, rep):
    body = {"lead": str(make_mql().public_id), "to_user": rep.email}

    first, again = api.post("handoffs/", body, **KEY), api.post("handoffs/", body, **KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Handoff.objects.count() == 1


@pytest.mark.requirement("S92")
def test_an_incomplete_briefing_is_refused_and_nothing_is_changed(api, rep):
    lead = make_mql(is_complete=False)

    response = api.post("handoffs/", {"lead": str(lead.public_id), "to_user": rep.email})

    assert (response.status_code, response.json()["code"]) == (422, "briefing_incomplete")
    assert (Handoff.objects.count(), Lead.objects.get().owner) == (0, None)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"to_user": "nobody@example.org"}, "person_unknown", "to_user"),
        ({"lead": "00000000-0000-4000-8000-000000000000"}, "lead_unknown", "lead"),
    ],
)
def test_a_hand_over_of_nothing_or_to_nobody_is_refused(api, body, code, field):
    lead = make_mql()

    response = api.post("handoffs/", {"lead": str(lead.public_id), **body})

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response.json()["field"] == field
    assert Handoff.objects.count() == 0


def test_hand_overs_are_listed_the_newest_first_and_narrowed(api, rep, stranger):
    accepted = make_offer(rep)
    ApiClient(rep, *BOTH).post(f"handoffs/{accepted.public_id}/accept/")
    offered, other = make_offer(rep), make_offer(stranger)
    first, second, third = (str(row.public_id) for row in (accepted, offered, other))

    assert ids(api) == [third, second, first]
    assert ids(api, "?state=accepted") == [first]
    assert ids(api, "?state=offered") == [third, second]
    assert ids(api, f"?owner={rep.email}") == [second, first]
    assert ids(api, f"?owner={rep.email}&state=offered") == [second]
    assert ids(api, f"?lead={other.lead.public_id}") == [third]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=open", "state_unknown"),
        ("owner=nobody@example.org", "person_unknown"),
        ("lead=1", "lead_unknown"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(api, query, code):
    response = api.get(f"handoffs/?{query}")

    assert (response.status_code, response.json()["code"]) == (422, code)


@pytest.mark.requirement("S48")
def test_sales_accepts_and_the_lead_is_an_sql(rep_api, rep):
    handoff = make_offer(rep)

    response = rep_api.post(f"handoffs/{handoff.public_id}/accept/")

    assert (response.status_code, response.json()["state"]) == (200, "accepted")
    assert Lead.objects.get().stage == Stage.SQL


@pytest.mark.requirement("S96")
def test_sales_rejects_with_a_reason_and_a_day_to_ask_again(rep_api, rep):
    handoff = make_offer(rep)
    address = f"handoffs/{handoff.public_id}/reject/"

    vague = rep_api.post(address, {"reason": "no_interest"})
    told = rep_api.post(address, {"reason": "no_interest", "revisit_on": "2099-03-01"})

    assert vague.status_code == 422
    assert (told.status_code, told.json()["state"]) == (200, "rejected")
    assert told.json()["reject_reason"] == "no_interest"
    assert told.json()["revisit_on"] == "2099-03-01"


def test_an_answered_hand_over_is_not_answered_otherwise(rep_api, rep):
    handoff = make_offer(rep)
    rep_api.post(f"handoffs/{handoff.public_id}/reject/", {"reason": "too_early"})

    response = rep_api.post(f"handoffs/{handoff.public_id}/accept/")

    handoff.refresh_from_db()
    assert response.status_code == 409
    assert (handoff.state, handoff.reject_reason) == ("rejected", "too_early")


@pytest.mark.case("Z01")
def test_hand_overs_of_another_team_are_not_there(rep_api, stranger):
    foreign = make_offer(stranger)
    address = f"handoffs/{foreign.public_id}/"

    assert ids(rep_api) == []
    assert rep_api.get(address).status_code == 404
    assert rep_api.post(f"{address}accept/").status_code == 404
    assert rep_api.get(f"handoffs/?lead={foreign.lead.public_id}").status_code == 422
    foreign.refresh_from_db()
    assert foreign.state == "offered"


@pytest.mark.case("Z09")
def test_a_key_to_read_hands_nothing_over_and_answers_nothing(rep, marketer):
    handoff, lead = make_offer(rep), make_lead(stage=Stage.MQL)
    body = {"lead": str(lead.public_id), "to_user": rep.email}

    assert ApiClient(marketer, "leads:read").post("handoffs/", body).status_code == 403
    reader = ApiClient(rep, "leads:read")
    assert reader.post(f"handoffs/{handoff.public_id}/accept/").status_code == 403
    assert Handoff.objects.get().state == "offered"


@pytest.mark.requirement("S48")
def test_marketing_cannot_accept_by_api(api, rep):
    handoff = make_offer(rep)

    assert api.post(f"handoffs/{handoff.public_id}/accept/").status_code == 403
    assert Lead.objects.get().stage == Stage.MQL
