"""The criteria that the sources name: interests, needs, means, earlier purchases and visits."""

import pytest

from capture.activities import CONTENT_DOWNLOADED, PAGE_VISITED
from handoff.actions.closing import win_opportunities
from scoring.breakdown import breakdown
from tests.capture.scene import make_content
from tests.factories import EVERYTHING, NOW, make_activity, make_company, make_field, make_lead
from tests.handoff.factories import make_deal
from tests.scoring.scene import activity_rule, fit_rule, make_active, rescored

pytestmark = pytest.mark.django_db


def points_of(lead) -> dict[str, int]:
    """Return what each rule gives the lead, by its name; rules without points are left out."""
    told = breakdown(lead.pk, as_of=NOW)
    return {row.spec.name: row.points for part in told.parts for row in part.rows if row.points}


@pytest.mark.requirement("S76")
def test_an_interest_counts_by_the_topics_of_what_was_loaded():
    make_content("Speicher", topics=["Storage", "Roof"])
    rule = activity_rule(
        9, CONTENT_DOWNLOADED, detail="topic", detail_value="Storage", name_en="Storage"
    )
    make_active(rule)
    wanted, other = make_lead(), make_lead()
    make_activity(wanted, CONTENT_DOWNLOADED, data={"topics": ["Roof", "Storage"]})
    make_activity(other, CONTENT_DOWNLOADED, data={"topics": ["Roof"]})

    rescored(wanted, other)

    assert [points_of(lead) for lead in (wanted, other)] == [{"Storage": 9}, {}]


@pytest.mark.requirement("S76")
def test_a_need_that_somebody_stated_counts():
    choices = [{"value": "heat", "de": "Wärme", "en": "Heat"}]
    make_field("need", "multi_choice", choices=choices)
    make_active(
        fit_rule(7, {"field": "custom.need", "op": "has_any_of", "value": ["heat"]}, name_en="Heat")
    )
    stated, silent = make_lead(custom={"need": ["heat"]}), make_lead()

    rescored(stated, silent)

    assert [points_of(lead) for lead in (stated, silent)] == [{"Heat": 7}, {}]


@pytest.mark.requirement("S78")
@pytest.mark.parametrize(
    ("budget", "employees", "points"),
    [
        (50_000, 50, {"Budget": 10, "Size": 5}),
        (49_999, 500, {"Size": 5}),
        (100_001, 49, {}),
        (None, None, {}),
    ],
)
def test_budget_and_size_of_the_company_count(budget, employees, points):
    make_field("budget", "number")
    span = {"field": "custom.budget", "op": "between", "value": [50_000, 100_000]}
    large = {"field": "company_employees", "op": "at_least", "value": 50}
    make_active(fit_rule(10, span, name_en="Budget"), fit_rule(5, large, name_en="Size"))
    make_company("Muster GmbH", employees=employees)
    custom = {} if budget is None else {"budget": budget}
    lead = make_lead(company="Muster GmbH", custom=custom)

    rescored(lead)

    assert points_of(lead) == points


@pytest.mark.requirement("S79")
def test_earlier_purchases_and_visits_in_a_time_window_count():
    visits = {
        "field": "activity_count",
        "op": "at_least",
        "value": 3,
        "params": {"kind": PAGE_VISITED, "page_path": "/preise", "within_days": 14},
    }
    bought = {"field": "won_deals", "op": "at_least", "value": 1}
    make_active(fit_rule(8, bought, name_en="Bought"), fit_rule(6, visits, name_en="Visits"))
    often, seldom = make_lead(stage="sql"), make_lead()
    for lead, count in ((often, 3), (seldom, 2)):
        for _visit in range(count):
            make_activity(lead, PAGE_VISITED, data={"path": "/preise/dach"})
    win_opportunities([make_deal(often).pk], by=EVERYTHING, as_of=NOW)

    rescored(often, seldom)

    assert [points_of(lead) for lead in (often, seldom)] == [{"Bought": 8, "Visits": 6}, {}]
