from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.client import ApiClient
from tests.factories import make_lead
from tests.scoring.scene import GERMAN, activity_rule, happen, make_active, rescored

pytestmark = pytest.mark.django_db
VISIT = activity_rule(8, name_en="Visit", cap=12)


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, "leads:read", "scores:read")


@pytest.mark.requirement("S80")
def test_the_score_is_told_with_every_point_and_what_is_missing(api):
    make_active(GERMAN, VISIT, mql_threshold=50, min_fit=30)
    lead = make_lead(country="DE")
    at = timezone.now() - timedelta(days=10)
    visits = [happen(lead, at=at), happen(lead, at=at + timedelta(hours=1))]
    rescored(lead, as_of=timezone.now())

    response = api.get(f"leads/{lead.public_id}/score/")

    told = response.json()
    lead.refresh_from_db()
    assert response.status_code == 200
    assert (told["version"], told["total"], lead.score) == ("Standard v1", 32, 32)
    assert told["total"] == told["fit"]["points"] + told["engagement"]["points"] + told["limited"]
    assert [(rule["name"], rule["points"]) for rule in told["fit"]["rules"]] == [
        ("From Germany", 20)
    ]
    (rule,) = told["engagement"]["rules"]
    assert (rule["name"], rule["points"]) == ("Visit", 12)
    assert (rule["count"], rule["is_capped"]) == (2, True)
    assert [(item["activity_id"], item["points"]) for item in rule["activities"]] == [
        (visits[1].pk, "8.00"),
        (visits[0].pk, "8.00"),
    ]
    assert (told["missing"]["points"], told["missing"]["fit"]) == (18, 10)
    assert told["missing"]["given_back_at"] is None


def test_without_a_model_there_is_no_score_to_explain(api):
    lead = make_lead()

    response = api.get(f"leads/{lead.public_id}/score/")

    assert (response.status_code, response.json()["code"]) == (409, "no_active_model")


@pytest.mark.case("Z01")
def test_a_key_without_the_right_or_the_lead_reads_no_score(rep, stranger):
    make_active(GERMAN)
    own, foreign = make_lead(owner=rep), make_lead(owner=stranger, team=stranger.team)
    reader = ApiClient(rep, "leads:read")
    api = ApiClient(rep, "leads:read", "scores:read")

    assert reader.get(f"leads/{own.public_id}/score/").status_code == 403
    assert api.get(f"leads/{own.public_id}/score/").status_code == 200
    assert api.get(f"leads/{foreign.public_id}/score/").status_code == 404
