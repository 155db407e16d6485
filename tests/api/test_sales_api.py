from datetime import datetime

import pytest

from handoff.models import Call, Task
from leads.models import Lead, Note
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
GIVEN = "lead.satisfaction_given"
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def api(rep):
    return ApiClient(rep, "leads:read", "leads:write", "handoffs:write", "opportunities:write")


@pytest.fixture
def own(rep):
    return make_lead(owner=rep, team=rep.team, phone="030 901820")


def test_a_call_is_logged_with_its_note_and_next_step(api, own, rep):
    step = {"kind": "call", "due_at": "2099-01-01T09:00:00Z"}
    body = {"outcome": "reached", "note": "Will ein Angebot", "duration_minutes": 7}

    response = api.post(f"leads/{own.public_id}/calls/", {**body, "next_step": step})

    call, task = Call.objects.get(), Task.objects.get()
    assert response.status_code == 201
    told = response.json()
    assert datetime.fromisoformat(told.pop("at")) == call.at
    assert told == {
        "id": str(call.public_id),
        "lead": str(own.public_id),
        "user_label": api.token.name,
        "direction": "outbound",
        "outcome": "reached",
        "duration_minutes": 7,
        "note": "Will ein Angebot",
    }
    assert (call.user, task.assignee, task.kind, task.due_at.year) == (rep, rep, "call", 2099)


@pytest.mark.requirement("S49")
def test_after_a_call_by_api_the_lead_becomes_an_opportunity(api, rep):
    lead = make_lead(owner=rep, team=rep.team, stage=Stage.SQL)
    body = {"lead": str(lead.public_id), "name": "Pumpen"}

    too_soon = api.post("opportunities/", body)
    api.post(f"leads/{lead.public_id}/calls/", {"outcome": "reached"})
    opened = api.post("opportunities/", body)

    assert (too_soon.status_code, too_soon.json()["code"]) == (422, "follow_up_missing")
    assert opened.status_code == 201
    assert Lead.objects.get().stage == Stage.OPPORTUNITY


def test_a_call_that_is_sent_again_is_logged_once(api, own):
    address = f"leads/{own.public_id}/calls/"

    first = api.post(address, {"outcome": "not_reached"}, **KEY)
    again = api.post(address, {"outcome": "not_reached"}, **KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"outcome": "chatted"}, 400, "invalid_choice"),
        ({}, 400, "required"),
        (
            {
                "outcome": "reached",
                "note": "Ja",
                "next_step": {"kind": "other", "due_at": "2099-01-01T09:00:00Z"},
            },
            422,
            "task_title",
        ),
    ],
)
def test_a_call_that_does_not_fit_is_refused_and_nothing_is_written(api, own, body, status, code):
    response = api.post(f"leads/{own.public_id}/calls/", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (Call.objects.count(), Note.objects.count(), Task.objects.count()) == (0, 0, 0)


@pytest.mark.requirement("S51")
@pytest.mark.requirement("S08")
def test_a_recommendation_by_api_makes_a_promoter_and_links_the_new_lead(api, rep):
    promoter = make_lead(owner=rep, team=rep.team, stage=Stage.CUSTOMER)
    address = f"leads/{promoter.public_id}/referrals/"
    body = {"email": "bea@example.org", "company": "Uhr AG"}

    created = api.post(address, body)
    again = api.post(address, body)

    promoter.refresh_from_db()
    new = Lead.objects.get(email="bea@example.org")
    assert (created.status_code, again.status_code) == (201, 200)
    assert created.json()["id"] == again.json()["id"] == str(new.public_id)
    assert (new.referrer, new.first_channel, new.company.name) == (promoter, "referral", "Uhr AG")
    assert promoter.stage == Stage.PROMOTER


@pytest.mark.parametrize(
    ("body", "code"), [({"email": "eva@example.org"}, "refers_to_self"), ({}, "contact_missing")]
)
def test_a_recommendation_of_nobody_else_is_refused_and_nothing_is_changed(api, rep, body, code):
    promoter = make_lead(
        owner=rep, team=rep.team, stage=Stage.CUSTOMER, email="eva@example.org", phone=""
    )

    response = api.post(f"leads/{promoter.public_id}/referrals/", body)

    promoter.refresh_from_db()
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert (Lead.objects.count(), promoter.stage, promoter.referrer) == (1, Stage.CUSTOMER, None)


@pytest.mark.requirement("S51")
@pytest.mark.parametrize(("score", "stage"), [(8, Stage.CUSTOMER), (9, Stage.PROMOTER)])
def test_a_customer_who_would_recommend_us_is_a_promoter(api, rep, score, stage):
    customer = make_lead(owner=rep, team=rep.team, stage=Stage.CUSTOMER)

    response = api.post(f"leads/{customer.public_id}/satisfaction/", {"score": score, "text": "Ja"})

    customer.refresh_from_db()
    assert (response.status_code, customer.stage) == (204, stage)
    assert customer.activities.get(kind=GIVEN).data == {"score": score, "text": "Ja"}


def test_a_satisfaction_beyond_ten_is_refused(api, own):
    response = api.post(f"leads/{own.public_id}/satisfaction/", {"score": 11})

    assert (response.status_code, response.json()["field"]) == (400, "score")
    assert not own.activities.filter(kind=GIVEN).exists()


@pytest.mark.case("Z01")
@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("calls", {"outcome": "reached"}),
        ("referrals", {"email": "bea@example.org"}),
        ("satisfaction", {"score": 10}),
    ],
)
def test_foreign_leads_are_not_there_and_a_key_to_read_writes_nothing(
    api, rep, own, stranger, part, body
):
    foreign = make_lead(owner=stranger, team=stranger.team)
    reader = ApiClient(rep, "leads:read")

    assert api.post(f"leads/{foreign.public_id}/{part}/", body).status_code == 404
    assert reader.post(f"leads/{own.public_id}/{part}/", body).status_code == 403
    assert (Call.objects.count(), Lead.objects.count()) == (0, 2)
    assert set(own.activities.values_list("kind", flat=True)) == {"lead.created"}
