import json
from urllib.parse import quote

import pytest

from accounts.actor import user_actor
from leads.actions.notes import add_notes
from leads.models import Lead, Note
from tests.api.client import ApiClient
from tests.factories import NOW, make_activity, make_field, make_lead

pytestmark = pytest.mark.django_db
ALL = ("leads:read", "leads:write", "leads:assign", "scores:read", "consent:write")


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, *ALL)


def test_a_lead_is_created_then_filled(api):
    body = {"channel": "api", "email": "ada@example.org", "first_name": "Ada", "company": "Uhr AG"}

    created = api.post("leads/", body)
    filled = api.post("leads/", {**body, "first_name": "Eva", "phone": "030 901820"})

    assert (created.status_code, filled.status_code) == (201, 200)
    assert created.json()["is_new"] is True
    assert filled.json()["changed"] == ["phone"]
    lead = Lead.objects.get()
    assert (lead.first_name, lead.company.name, str(lead.public_id)) == (
        "Ada",
        "Uhr AG",
        created.json()["id"],
    )


@pytest.mark.requirement("S01")
def test_a_lead_without_channel_is_refused(api):
    response = api.post("leads/", {"email": "ada@example.org"})

    assert response.status_code == 400
    assert (response.json()["code"], response.json()["field"]) == ("required", "channel")
    assert Lead.objects.count() == 0


@pytest.mark.requirement("S02")
def test_a_lead_with_nothing_but_a_phone_number_is_saved_and_found(api):
    api.post("leads/", {"channel": "phone", "phone": "030/901820"})

    found = api.get("leads/?q=" + quote("+49 30 901820")).json()["results"]

    assert [lead["phone"] for lead in found] == ["+49 30 901820"]


@pytest.mark.case("C16")
def test_what_has_its_own_action_cannot_be_posted(api):
    body = {
        "channel": "api",
        "email": "a@b.de",
        "score": 99,
        "owner": "x@y.de",
        "stage": "lead",
        "id": "1",
        "created_at": "2001-01-01",
    }

    api.post("leads/", body)

    lead = Lead.objects.get()
    assert (lead.score, lead.owner) == (0, None)
    assert api.post("leads/", {**body, "stage": "customer"}).status_code == 400


def test_the_same_key_twice_is_one_request(api):
    body = {"channel": "api", "email": "ada@example.org"}

    first = api.post("leads/", body, **{"Idempotency-Key": "k1"})
    again = api.post("leads/", body, **{"Idempotency-Key": "k1"})
    other = api.post("leads/", {**body, "city": "Ulm"}, **{"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert other.json()["code"] == "idempotency_key_reused"


def test_many_leads_come_in_at_once_and_each_gets_its_answer(api):
    leads = [{"channel": "api", "email": f"a{n}@b.de"} for n in range(3)]

    answer = api.post("leads/bulk/", {"leads": [*leads, leads[0]]})

    results = answer.json()["results"]
    assert [result["is_new"] for result in results] == [True, True, True, False]
    assert Lead.objects.count() == 3


def test_a_bulk_with_one_bad_lead_takes_none_and_names_it(api):
    leads = [{"channel": "api", "email": "a@b.de"}, {"channel": "fax"}]

    answer = api.post("leads/bulk/", {"leads": leads})

    assert answer.status_code == 400
    assert Lead.objects.count() == 0


def test_leads_are_listed_in_pages_by_cursor(api):
    for _number in range(3):
        make_lead()

    first = api.get("leads/?page_size=2").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.key}"}).json()

    assert [len(first["results"]), len(second["results"])] == [2, 1]
    assert second["next"] is None


def test_the_list_takes_the_conditions_of_segments(api):
    make_lead(city="Ulm")
    make_lead(city="Bonn")
    where = json.dumps({"field": "city", "op": "is", "value": "Ulm"})

    found = api.get(f"leads/?where={quote(where)}").json()["results"]

    assert [lead["city"] for lead in found] == ["Ulm"]


@pytest.mark.case("Q02")
@pytest.mark.parametrize(
    "where",
    [
        '{"_connector": "OR 1=1 --"}',
        '{"field": "owner__password", "op": "is", "value": "x"}',
        "[]",
        "nonsense",
        "[" * 100_000,
    ],
)
def test_a_condition_that_is_none_is_refused(api, where):
    response = api.get(f"leads/?where={quote(where)}")

    assert (response.status_code, response.json()["code"]) == (400, "condition_invalid")


def test_scores_are_hidden_from_keys_that_may_not_read_them(marketer):
    make_lead(score=63)

    without = ApiClient(marketer, "leads:read").get("leads/").json()["results"][0]
    with_it = ApiClient(marketer, "leads:read", "scores:read").get("leads/").json()["results"][0]

    assert (without["score"], with_it["score"]) == (None, 63)


@pytest.mark.case("Z09")
def test_a_key_does_only_what_it_may(marketer):
    lead = make_lead()
    reader = ApiClient(marketer, "leads:read")

    assert reader.patch(f"leads/{lead.public_id}/", {"city": "Ulm"}).status_code == 403
    assert reader.post("leads/", {"channel": "api", "email": "a@b.de"}).status_code == 403
    lead.refresh_from_db()
    assert (lead.city, Lead.objects.count()) == ("", 1)


@pytest.mark.case("Z01")
def test_the_lead_of_another_team_is_not_there(rep, stranger):
    lead = make_lead(owner=stranger, team=stranger.team)
    api = ApiClient(rep, *ALL)

    assert api.get(f"leads/{lead.public_id}/").status_code == 404
    assert api.patch(f"leads/{lead.public_id}/", {"city": "Ulm"}).status_code == 404
    assert api.get("leads/").json()["results"] == []


def test_a_lead_is_changed_in_its_present_version_only(api):
    make_field("budget", "number")
    lead = make_lead()
    path = f"leads/{lead.public_id}/"

    changed = api.patch(path, {"city": "Ulm", "custom": {"budget": "9.500"}, "version": 1})
    late = api.patch(path, {"city": "Bonn", "version": 1})

    assert (changed.status_code, late.status_code) == (200, 409)
    assert (changed.json()["city"], changed.json()["custom"]) == ("Ulm", {"budget": 9500})
    assert late.json()["code"] == "edited_meanwhile"


def test_the_timeline_leaves_out_notes_for_sales(api, rep):
    lead = make_lead(owner=rep, team=rep.team)
    make_activity(lead, "lead.tagged")
    add_notes({lead.pk: "Nur Vertrieb"}, by=user_actor(rep), as_of=NOW, is_private=True)

    results = api.get(f"leads/{lead.public_id}/timeline/").json()["results"]

    assert [item["kind"] for item in results] == ["lead.tagged", "lead.created"]


def test_a_note_is_written(api):
    lead = make_lead()

    response = api.post(f"leads/{lead.public_id}/notes/", {"body": "Rückruf"})

    assert response.status_code == 201
    assert Note.objects.get().body == "Rückruf"


@pytest.mark.requirement("S48")
def test_marketing_cannot_make_an_sql_by_api(api):
    lead = make_lead()

    response = api.post(f"leads/{lead.public_id}/stage/", {"to": "sql"})

    assert response.status_code == 403
    lead.refresh_from_db()
    assert lead.stage == "lead"


def test_consent_is_recorded_with_its_proof(api):
    lead = make_lead()
    said = {"purpose": "marketing", "channel": "email", "state": "granted", "proof": "Telefonat"}

    assert api.post(f"leads/{lead.public_id}/consents/", said).status_code == 204

    assert lead.consents.get().state == "granted"
    assert lead.consent_events.get().evidence == {"how": "Telefonat"}


@pytest.mark.case("C12")
@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"a":' * 100_000, "{", "\x00", '{"email": "\\ud800"}']
)
def test_a_body_that_is_no_request_is_a_bad_request(api, body):
    assert api.post("leads/", body).status_code == 400


def test_without_a_key_there_is_nothing(client):
    assert client.get("/api/v1/leads/").status_code == 401


@pytest.mark.parametrize(
    ("field_type", "value"), [("number", "1e9999999"), ("date", "3000000000.1.2020")]
)
def test_a_value_out_of_all_bounds_is_kept_out_and_named(api, field_type, value):
    make_field("extra", field_type)
    body = {"channel": "api", "email": "ada@example.org", "custom": {"extra": value}}

    created = api.post("leads/", body)
    changed = api.patch(f"leads/{created.json()['id']}/", {"custom": body["custom"], "version": 1})

    named = [(item["code"], item["field"]) for item in created.json()["warnings"]]
    assert (created.status_code, named) == (201, [("custom_value", "extra")])
    assert (changed.status_code, changed.json()["field"]) == (422, "extra")
    assert Lead.objects.get().custom == {}
