import pytest

from accounts.action import writing
from ground.errors import DomainError
from leads.models import Segment
from scoring.actions.drafts import change_limits, save_rule
from scoring.models import ModelVersion, Rule
from tests.factories import EVERYTHING, NOW
from tests.scoring.scene import GERMAN, activity_rule, fit_rule, make_draft

pytestmark = pytest.mark.django_db
NONSENSE = {"field": "nonsense", "op": "is", "value": 1}


@pytest.mark.requirement("S82")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mql_threshold": 101}, "mql_threshold"),
        ({"hot_days": 0}, "hot_days"),
        ({"grade_a": 5, "grade_b": 20}, "mql_threshold"),
        ({"warm_score": 90}, "mql_threshold"),
    ],
)
def test_limits_that_make_no_sense_are_refused(values, field):
    draft = make_draft(GERMAN)

    with pytest.raises(DomainError) as refusal:
        change_limits(draft.pk, values, by=EVERYTHING, as_of=NOW)

    assert (refusal.value.code, refusal.value.field) == ("limits_invalid", field)
    stored = ModelVersion.objects.get(pk=draft.pk)
    assert (stored.mql_threshold, stored.warm_score) == (50, 30)


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        (fit_rule(0, {"everyone": True}), "points_missing", "points"),
        (fit_rule(101, {"everyone": True}), "rule_invalid", "points"),
        ({"axis": "fit", "name_en": "x", "points": 1}, "where_missing", "where"),
        (fit_rule(1, NONSENSE), "condition_invalid", "where.field"),
        (fit_rule(1, {"field": "score", "op": "at_least", "value": 1}), "score_in_rule", "where"),
        (activity_rule(1, "email.invented"), "kind_unknown", "activity_kind"),
        (activity_rule(1, "score.threshold_crossed"), "kind_unknown", "activity_kind"),
        ({**activity_rule(1), "axis": "fit"}, "axis_wrong", "axis"),
        (activity_rule(1, detail="nonsense", detail_value="x"), "detail_unknown", "detail"),
        (activity_rule(1, detail="scene_path"), "detail_value_missing", "detail_value"),
        (activity_rule(1, counting="distinct"), "distinct_by_missing", "distinct_by"),
        (activity_rule(1, counting="distinct", distinct_by="x"), "detail_unknown", "detail"),
        (activity_rule(1, counting="sometimes"), "rule_invalid", "counting"),
        (activity_rule(1, half_life_days=0), "rule_invalid", "half_life_days"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(columns, code, field):
    draft = make_draft()

    with pytest.raises(DomainError) as refusal:
        save_rule(draft.pk, columns, by=EVERYTHING, as_of=NOW)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert Rule.objects.count() == 0


def test_a_rule_must_not_ask_for_a_score_through_a_segment():
    with writing("scene"):
        where = {"field": "score", "op": "at_least", "value": 50}
        segment = Segment.objects.create(name="Good", where=where)
    draft = make_draft()
    inside = {"field": "segment", "op": "is", "value": str(segment.public_id)}

    with pytest.raises(DomainError) as refusal:
        save_rule(draft.pk, fit_rule(5, inside), by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "score_in_rule"


def test_a_rule_without_a_name_is_called_by_what_it_asks_for():
    draft = make_draft()

    rule = save_rule(draft.pk, {**GERMAN, "name_en": " "}, by=EVERYTHING, as_of=NOW)

    assert rule.name_en == "Country is “DE”"
