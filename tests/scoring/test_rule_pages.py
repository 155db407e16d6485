import json

import pytest
from django.urls import reverse

from scoring.models import Rule
from tests.factories import make_lead
from tests.scoring.scene import VISITED, make_draft

pytestmark = pytest.mark.django_db


def page(client, url_name, /, *args, **query):
    response = client.get(reverse(url_name, args=args), query)
    return response.status_code, response.content.decode()


def post(client, url_name, /, *args, **data):
    return client.post(reverse(url_name, args=args), data)


def test_a_rule_about_a_condition_is_added_changed_and_removed(as_user, marketer):
    draft, client = make_draft(), as_user(marketer)
    where = json.dumps({"field": "country", "op": "is", "value": "AT"})
    data = {"about": "condition", "axis": "fit", "where": where}
    post(client, "scoring_rule_new", draft.public_id, points=5, **data)
    rule = Rule.objects.get()

    post(client, "scoring_rule", draft.public_id, rule.key, points=9, **data)
    changed = Rule.objects.get()
    post(client, "scoring_rule_remove", draft.public_id, rule.key)

    assert (rule.name_en, rule.points) == ("Country is “AT”", 5)
    assert (changed.pk, changed.points) == (rule.pk, 9)
    assert Rule.objects.count() == 0


def test_a_rule_about_what_somebody_does_takes_two_fields(as_user, marketer):
    draft = make_draft()

    response = post(
        as_user(marketer),
        "scoring_rule_new",
        draft.public_id,
        about="activity",
        activity_kind=VISITED,
        points=4,
    )

    rule = Rule.objects.get()
    assert response.status_code == 302
    assert (rule.axis, rule.counting, rule.name_en) == ("engagement", "each", "“Visited a page”")


@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    "where", ["", "no json", '{"field": "email) or 1=1--", "op": "is", "value": "x"}']
)
def test_a_rule_that_cannot_be_read_comes_back_with_its_form(as_user, marketer, where):
    draft = make_draft()
    data = {"about": "condition", "axis": "fit", "points": 5, "where": where}

    response = post(as_user(marketer), "scoring_rule_new", draft.public_id, **data)

    assert response.status_code == 422
    assert Rule.objects.count() == 0


def test_a_rule_shows_what_it_would_change_before_it_is_saved(as_user, marketer):
    draft = make_draft()
    make_lead(country="AT")
    make_lead(country="DE")
    where = json.dumps({"field": "country", "op": "is", "value": "AT"})
    data = {"about": "condition", "axis": "fit", "points": 5, "where": where}
    client = as_user(marketer)

    told = post(client, "scoring_rule_effect", draft.public_id, **data).content.decode()
    empty = post(client, "scoring_rule_effect", draft.public_id, about="condition")

    assert "+5: Country is “AT”" in told
    assert "<strong>1</strong> lead gets points by this rule." in told
    assert "Fill in what is missing" in empty.content.decode()
    assert Rule.objects.count() == 0


def test_the_form_offers_the_details_of_the_chosen_activity(as_user, marketer):
    draft, client = make_draft(), as_user(marketer)
    name = "scoring_rule_fields"

    _status, with_details = page(client, name, draft.public_id, activity_kind=VISITED)
    chosen = {"activity_kind": VISITED, "detail": "scene_path"}
    _status, with_value = page(client, name, draft.public_id, **chosen)
    _status, without = page(client, name, draft.public_id, activity_kind="scene.left")

    assert ('name="detail"' in with_details, 'name="detail_value"' in with_details) == (True, False)
    assert 'name="detail_value"' in with_value
    assert 'name="detail"' not in without
