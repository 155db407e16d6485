"""Budget and target of a campaign, and where it will be if it goes on like this."""

from datetime import date
from decimal import Decimal

import pytest

from capture.models import Campaign
from reports.costs.credits import Credit
from reports.costs.figures import Costed
from reports.costs.plan import plan_of, told_months

TODAY = date(2026, 11, 20)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def plan(months, **values):
    return plan_of(Campaign(**values), months, today=TODAY)


def month(amount, leads=0):
    own = {"media": Decimal(amount)} if amount is not None else {}
    return Costed(own, Decimal(1000), Credit(leads=leads), has_common=True)


def test_the_pace_is_taken_to_the_end_of_the_last_month_with_costs():
    found = plan({OCTOBER: month(310, 7), NOVEMBER: month(None)}, budget=Decimal(620))

    # 10 a day in October's 31 days: 62 days from the first of October on.
    assert found.used == Decimal("0.5")
    assert found.ends_on == date(2026, 12, 1)


def test_in_the_running_month_the_pace_is_taken_to_today():
    found = plan({NOVEMBER: month(100)}, budget=Decimal(200), starts_on=date(2026, 11, 11))

    assert found.ends_on == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("spent", "is_overspent", "left"), [(200, False, 0), (201, True, -1), (0, False, 200)]
)
def test_a_budget_that_is_used_up_and_one_that_was_not_touched_have_no_pace(
    spent, is_overspent, left
):
    found = plan({OCTOBER: month(spent)}, budget=Decimal(200))

    assert (found.ends_on, found.is_overspent, found.left) == (None, is_overspent, left)


def test_leads_are_expected_to_go_on_to_come():
    values = {"target_leads": 100, "starts_on": NOVEMBER, "ends_on": date(2026, 11, 30)}
    found = plan({NOVEMBER: month(10, 40)}, **values)

    assert (found.reached, found.expected, found.is_short) == (0.4, 60, True)


def test_when_it_is_over_what_came_is_what_was_expected():
    values = {"target_leads": 30, "starts_on": OCTOBER, "ends_on": date(2026, 10, 31)}
    found = plan({OCTOBER: month(10, 40)}, **values)

    assert (found.expected, found.is_short) == (40, False)


def test_without_plan_and_without_dates_nothing_is_foretold():
    found = plan({})

    assert (found.used, found.reached, found.ends_on, found.expected) == (None,) * 4
    assert plan({}, budget=Decimal(5), target_leads=5).expected is None


def test_a_campaign_that_begins_later_foretells_nothing():
    values = {"target_leads": 30, "starts_on": date(2027, 1, 1), "ends_on": date(2027, 2, 1)}

    assert plan({}, **values).expected is None


def test_costs_are_asked_for_when_a_month_is_over():
    assert told_months([OCTOBER, NOVEMBER], TODAY) == [OCTOBER]
    assert told_months([NOVEMBER], TODAY) == [NOVEMBER]
