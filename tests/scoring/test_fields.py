from datetime import timedelta

import pytest

from conditions.compile import compile_q
from conditions.tree import Not, parse
from leads.conditions import LEADS
from leads.models import Lead
from scoring.models import ScoringModel
from tests.factories import NOW, make_lead
from tests.scoring.scene import GERMAN, activity_rule, happen, make_active, rescored

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def answers(where, as_of=NOW):
    """Return who answers yes and who answers no."""
    node = parse(where, LEADS)
    sides = (compile_q(part, as_of=as_of) for part in (node, Not(node)))
    return [set(Lead.objects.filter(side).values_list("first_name", flat=True)) for side in sides]


def test_the_score_by_another_model_can_be_asked_for():
    make_active(activity_rule(10))
    make_active(GERMAN, name="Partners")
    model = str(ScoringModel.objects.get(name="Partners").public_id)
    rescored(make_lead(first_name="Yes", country="DE"), make_lead(first_name="No"))
    make_lead(first_name="Unjudged")

    where = {"field": "score_of_model", "op": "at_least", "value": 20, "params": {"model": model}}

    assert answers(where) == [{"Yes"}, {"No", "Unjudged"}]


def test_who_reached_the_threshold_lately_can_be_asked_for():
    make_active(GERMAN, mql_threshold=20)
    rescored(make_lead(first_name="Lately", country="DE"), make_lead(first_name="Never"))
    early = make_lead(first_name="Early", country="DE", as_of=NOW - 20 * DAY)
    rescored(early, as_of=NOW - 10 * DAY)

    where = {"field": "score_crossed_at", "op": "in_last_days", "value": 7}

    assert answers(where) == [{"Lately"}, {"Never", "Early"}]
    assert answers({"field": "score_crossed_at", "op": "is_empty"})[0] == {"Never"}


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("at_least", 10, {"Risen"}),
        ("at_least", 0, {"Risen", "Still"}),
        ("less_than", 0, {"Fallen"}),
        ("at_most", 0, {"Fallen", "Still"}),
        ("is", 0, {"Still"}),
    ],
)
def test_points_gained_in_some_days_can_be_asked_for(op, value, expected):
    make_active(activity_rule(40, half_life_days=10))
    start = NOW - 10 * DAY
    fallen = make_lead(first_name="Fallen", as_of=start)
    happen(fallen, at=start)
    rescored(fallen, as_of=start)
    risen = make_lead(first_name="Risen")
    happen(risen)
    rescored(fallen, risen, make_lead(first_name="Still"))

    where = {"field": "score_gain", "op": op, "value": value, "params": {"within_days": 7}}

    yes, no = answers(where)
    assert (yes, no) == (expected, {"Risen", "Still", "Fallen"} - expected)


@pytest.mark.parametrize("field", ["score_of_model", "score_crossed_at", "score_gain"])
def test_who_may_not_read_scores_cannot_ask_for_them(field):
    assert LEADS.snapshot(frozenset()).field(field) is None
