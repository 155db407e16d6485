import copy
import json

import pytest

from conditions.describe import describe
from conditions.tree import parse
from ground.errors import DomainError
from leads.conditions import LEADS
from scoring.actions.exchange import dump_model, load_model
from scoring.actions.starter import create_starter_model
from scoring.models import ModelVersion, Rule, ScoringModel
from scoring.rulesets import load_rulesets
from scoring.sentences import rule_sentence
from tests.factories import EVERYTHING, NOW
from tests.scoring.scene import DOWNLOADED, GERMAN, activity_rule, make_draft

pytestmark = pytest.mark.django_db


def test_a_model_survives_the_way_through_json():
    rule = activity_rule(7, DOWNLOADED, counting="distinct", distinct_by="day", cap=9)
    version = make_draft(GERMAN, rule, mql_threshold=42)
    told = dump_model(version)

    loaded = load_model(json.loads(json.dumps(told)), by=EVERYTHING, as_of=NOW, name="Again")

    assert dump_model(loaded) == {**told, "name": "Again"}
    assert (loaded.state, loaded.mql_threshold, loaded.rules.count()) == ("draft", 42, 2)


BROKEN = {
    "no object": ([], ""),
    "no rules": ({"name": "x"}, ""),
    "no name": ({"rules": []}, "name"),
    "rule is no object": ({"name": "x", "rules": [1]}, "rules[0]."),
    "unknown column": ({"name": "x", "rules": [{"id": 1}]}, "rules[0]."),
    "points are text": (
        {"name": "x", "rules": [{"axis": "fit", "points": "9"}]},
        "rules[0].points",
    ),
    "unknown limit": ({"name": "x", "rules": [], "limits": {"state": 1}}, "limits"),
    "limit is no number": (
        {"name": "x", "rules": [], "limits": {"min_fit": True}},
        "limits.min_fit",
    ),
    "too many": ({"name": "x", "rules": [{}] * 201}, "rules"),
}


@pytest.mark.parametrize(("data", "field"), BROKEN.values(), ids=[*BROKEN])
def test_what_is_no_model_is_refused_and_nothing_is_created(data, field):
    with pytest.raises(DomainError) as refusal:
        load_model(copy.deepcopy(data), by=EVERYTHING, as_of=NOW)

    assert (refusal.value.code, refusal.value.field) == ("model_unreadable", field)
    assert ScoringModel.objects.count() == 0


@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    "where",
    [
        {"field": "email) or 1=1--", "op": "is", "value": "x"},
        {"field": "email", "op": "__regex", "value": "x"},
        {"field": "owner__password__startswith", "op": "is", "value": "x"},
    ],
)
def test_a_name_of_the_database_is_not_a_field(where):
    rule = {"axis": "fit", "points": 5, "name_en": "x", "where": where}

    with pytest.raises(DomainError) as refusal:
        load_model({"name": "x", "rules": [rule]}, by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "condition_invalid"
    assert Rule.objects.count() == 0


@pytest.mark.case("Q04")
@pytest.mark.parametrize("name", ['a" FROM x--', "$(id)", "%s", "form)", "x" * 200])
def test_a_detail_that_is_not_in_the_list_never_reaches_the_database(name):
    rule = activity_rule(5, detail=name, detail_value="x", counting="distinct", distinct_by=name)

    with pytest.raises(DomainError) as refusal:
        load_model({"name": "x", "rules": [rule]}, by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "detail_unknown"
    assert Rule.objects.count() == 0


def test_the_ready_made_model_is_a_draft_that_can_be_read():
    version = create_starter_model(by=EVERYTHING, as_of=NOW)

    (ruleset,) = load_rulesets([version])
    snapshot = LEADS.snapshot()
    sentences = {spec.name_en: rule_sentence(spec, snapshot) for spec in ruleset.rules}
    assert (version.state, version.model.name, version.model.is_main) == (
        "draft",
        "Lead score",
        True,
    )
    assert [spec.name_en for spec in ruleset.rules if spec.broken] == []
    assert sentences["Looked at prices"] == (
        "“Page visited” (Page, beginning with: “/preise”) every time;"
        " halves every 21 days; at most 24 points"
    )
    assert all(rule.name_de and rule.name_en for rule in version.rules.all())
    assert ModelVersion.objects.active().count() == 0


def test_the_conditions_of_the_ready_made_model_are_stored_as_they_are_read():
    version = create_starter_model(by=EVERYTHING, as_of=NOW)

    rule = version.rules.get(name_en="Was recommended to us")

    node = parse(rule.where, LEADS)
    assert describe(node) == "First channel is “Referral” or Was referred by somebody: yes"
