import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scoring.forms import LimitsForm
from scoring.models import ModelVersion, ScoringModel, Side
from tests.factories import make_lead
from tests.scoring.scene import (
    GERMAN,
    activity_rule,
    happen,
    make_active,
    make_draft,
    rescored,
    sign,
)

pytestmark = pytest.mark.django_db


def page(client, url_name, /, *args, **query):
    response = client.get(reverse(url_name, args=args), query)
    return response.status_code, response.content.decode()


def post(client, url_name, /, *args, **data):
    return client.post(reverse(url_name, args=args), data)


def test_the_list_of_models_says_what_is_active_and_in_work(as_user, marketer):
    active = make_active(GERMAN, mql_threshold=45)
    make_draft(GERMAN)
    rescored(make_lead())

    status, text = page(as_user(marketer), "scoring_models")

    assert status == 200
    assert reverse("scoring_model", args=[active.model.public_id]) in text
    assert "main model" in text
    assert "45" in text


def test_without_models_there_is_one_thing_to_do(as_user, marketer):
    status, text = page(as_user(marketer), "scoring_models")

    assert status == 200
    assert text.count(reverse("scoring_model_create")) >= 1


@pytest.mark.requirement("S86")
def test_the_page_of_a_model_tells_its_rules_and_how_much_they_rest_on(as_user, rep):
    version = make_active(GERMAN, activity_rule(7))
    rescored(make_lead(), make_lead())

    status, text = page(as_user(rep), "scoring_model", version.model.public_id)

    assert status == 200
    assert "Country is “DE”" in text
    assert "“Visited a page” every time" in text
    assert "2 leads judged." in text
    assert "no lead is rejected or deleted by it" in text
    assert "Change the rules" not in text


@pytest.mark.parametrize(("start", "rules"), [("ready", 18), ("empty", 0)])
def test_a_model_is_created_ready_made_or_empty(as_user, marketer, start, rules):
    response = post(as_user(marketer), "scoring_model_create", name="Mine", start=start)

    version = ModelVersion.objects.get(model__name="Mine")
    assert response.url == reverse("scoring_version", args=[version.public_id])
    assert version.rules.count() == rules


def test_a_model_is_created_from_a_file(as_user, marketer):
    rule = {"axis": "fit", "points": 5, "name_en": "x", "where": {"everyone": True}}
    file = SimpleUploadedFile("m.json", json.dumps({"name": "x", "rules": [rule]}).encode())

    post(as_user(marketer), "scoring_model_create", name="Mine", start="file", file=file)

    assert ModelVersion.objects.get(model__name="Mine").rules.get().points == 5


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"rules": [1]}'])
def test_a_file_that_cannot_be_read_is_refused_with_the_form(as_user, marketer, content):
    file = SimpleUploadedFile("m.json", content)

    response = post(as_user(marketer), "scoring_model_create", name="A", start="file", file=file)

    assert response.status_code == 422
    assert ScoringModel.objects.count() == 0


def test_the_editor_of_a_draft_offers_what_can_be_done_next(as_user, marketer):
    draft = make_draft(GERMAN)

    status, text = page(as_user(marketer), "scoring_version", draft.public_id)

    assert status == 200
    assert reverse("scoring_propose", args=[draft.public_id]) in text
    assert reverse("scoring_activate", args=[draft.public_id]) not in text
    assert reverse("scoring_rule_new", args=[draft.public_id]) in text


@pytest.mark.requirement("S81")
def test_two_people_sign_and_activate_on_the_pages(as_user, marketer, manager):
    draft = make_draft(GERMAN)
    marketing, sales = as_user(marketer), as_user(manager)
    post(marketing, "scoring_propose", draft.public_id)
    post(marketing, "scoring_sign", draft.public_id, side="marketing")
    early = post(marketing, "scoring_activate", draft.public_id)
    post(sales, "scoring_sign", draft.public_id, side="sales")

    response = post(marketing, "scoring_activate", draft.public_id)

    assert early.status_code == 409
    assert response.url == reverse("scoring_model", args=[draft.model.public_id])
    assert ModelVersion.objects.get().state == "active"


def test_the_button_to_sign_is_for_the_side_that_may(as_user, manager, rep):
    draft = make_draft(GERMAN)
    sign(draft, sides=(Side.MARKETING,))

    _status, for_manager = page(as_user(manager), "scoring_version", draft.public_id)
    _status, for_rep = page(as_user(rep), "scoring_version", draft.public_id)

    assert "Sign for Sales" in for_manager
    assert "Sign for" not in for_rep


@pytest.mark.requirement("S82")
def test_the_threshold_is_changed_on_the_page_and_a_bad_one_refused(as_user, marketer):
    draft = make_draft(GERMAN)
    client = as_user(marketer)
    _status, text = page(client, "scoring_version", draft.public_id)
    assert 'name="mql_threshold"' in text
    values = LimitsForm(version=draft).initial
    bad = post(client, "scoring_limits", draft.public_id, **values | {"mql_threshold": 101})
    good = post(client, "scoring_limits", draft.public_id, **values | {"mql_threshold": 61})

    assert (bad.status_code, good.status_code) == (422, 302)
    assert ModelVersion.objects.get().mql_threshold == 61


@pytest.mark.requirement("S82")
def test_the_effect_is_shown_with_what_it_was_counted_in(as_user, marketer):
    make_active(GERMAN)
    rescored(make_lead(country="DE"), make_lead())
    draft = make_draft({**GERMAN, "points": 40}, mql_threshold=40)

    status, text = page(as_user(marketer), "scoring_effect", draft.public_id)

    assert status == 200
    assert "<strong>1</strong> lead gets another score." in text
    assert "<strong>1</strong> lead becomes MQL at once." in text
    assert "Counted in all 2 leads." in text
    assert "new, 40" in text


def test_the_effect_comes_into_the_page_of_its_version_without_a_frame(as_user, marketer):
    draft = make_draft(GERMAN)
    address = reverse("scoring_effect", args=[draft.public_id])
    client = as_user(marketer)

    part = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "Counted in all" in part
    assert "<nav" not in part
    assert "<nav" in client.get(address).content.decode()


def test_a_draft_is_tried_on_a_lead(as_user, marketer):
    draft = make_draft({**GERMAN, "points": 17})
    lead = make_lead(country="DE", last_name="Tryable")

    status, text = page(as_user(marketer), "scoring_try", draft.public_id, q="Tryable")

    assert status == 200
    assert '<span id="breakdown-total">17</span>' in text
    assert str(lead.display_name) in text


def test_a_version_is_compared_with_the_one_before(as_user, rep):
    make_active(GERMAN)
    draft = make_draft(activity_rule(7, name_en="Visit"))

    status, text = page(as_user(rep), "scoring_compare", draft.public_id)

    assert status == 200
    assert "Fit +20: Country is “DE”" in text
    assert "Visit" in text


def test_going_back_and_discarding(as_user, marketer):
    old = make_active(GERMAN)
    make_active(activity_rule(7))
    client = as_user(marketer)

    post(client, "scoring_draft", old.model.public_id, copy_of=old.number)
    draft = ModelVersion.objects.get(state="draft")
    note, rules = draft.note, draft.rules.count()
    post(client, "scoring_discard", draft.public_id)

    assert (note, rules) == ("Back to version 1", 1)
    assert ModelVersion.objects.count() == 2


def test_a_version_is_taken_along_as_a_file(as_user, marketer):
    version = make_active(GERMAN)

    response = as_user(marketer).get(reverse("scoring_export", args=[version.public_id]))

    assert response["Content-Disposition"] == 'attachment; filename="scoring-v1.json"'
    assert response.json()["rules"][0]["points"] == 20


@pytest.mark.parametrize(
    "name", ["scoring_limits", "scoring_propose", "scoring_activate", "scoring_discard"]
)
def test_a_rep_reads_and_changes_nothing(as_user, rep, name):
    draft = make_draft(GERMAN)

    response = post(as_user(rep), name, draft.public_id)

    assert response.status_code == 403
    assert ModelVersion.objects.get().state == "draft"


def test_who_may_not_read_scoring_sees_no_model(as_user, service):
    version = make_active(GERMAN)
    client = as_user(service)

    assert page(client, "scoring_models")[0] == 403
    assert page(client, "scoring_version", version.public_id)[0] == 403


def test_the_page_of_a_lead_has_its_score_one_click_away(as_user, marketer):
    make_active(GERMAN, activity_rule(7))
    lead = make_lead(country="DE")
    visit = happen(lead)
    rescored(lead)
    client = as_user(marketer)

    _status, text = page(client, "lead_detail", lead.public_id)
    status, why = page(client, "lead_score", lead.public_id)

    assert reverse("lead_score", args=[lead.public_id]) in text
    assert "<strong>27</strong>" in text
    assert status == 200
    assert '<span id="breakdown-total">27</span>' in why
    assert 'data-points="20"' in why
    assert 'data-points="7"' in why
    assert f'#activity-{visit.pk}"' in why
    assert f'id="activity-{visit.pk}"' in text


@pytest.mark.parametrize(("who", "status"), [("rep", 404), ("service", 403)])
def test_the_score_of_a_lead_is_for_who_may_see_both(request, as_user, stranger, who, status):
    make_active(GERMAN)
    lead = make_lead(country="DE", owner=stranger, team=stranger.team)

    assert page(as_user(request.getfixturevalue(who)), "lead_score", lead.public_id)[0] == status
