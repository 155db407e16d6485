from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError
from leads.actions.lifecycle import change_stage
from leads.actions.targets import Target, set_targets
from leads.models import StageTarget
from leads.stages import Stage
from reports.panels import home_stock
from reports.stages.stock import measure_levels
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S54")]
LATER = NOW + timedelta(days=20)
LONG_AGO = NOW - timedelta(days=100)


def level(stage, actor=EVERYTHING, as_of=LATER):
    (found,) = [row for row in measure_levels(actor=actor, as_of=as_of) if row.stage == stage]
    return found


def aim(**targets):
    values = {stage: Target(*numbers) for stage, numbers in targets.items()}
    return set_targets(values, by=EVERYTHING, as_of=NOW)


def rise(lead, stage, at=NOW + timedelta(days=1)):
    change_stage([lead.pk], to=stage, by=EVERYTHING, as_of=at)


def test_the_flow_of_four_weeks_is_carried_on(no_gates):
    for _number in range(3):
        make_lead(occurred_at=LONG_AGO)
    for _number in range(4):
        make_lead(occurred_at=NOW)
    rise(make_lead(occurred_at=LONG_AGO), Stage.MQL)

    lead, mql = level(Stage.LEAD), level(Stage.MQL)

    assert (lead.count, lead.arrived, lead.left, lead.forecast) == (7, 4, 1, 10)
    assert (mql.count, mql.arrived, mql.left, mql.forecast) == (1, 1, 0, 2)
    assert (lead.inflow, lead.outflow) == (1.0, 0.25)


def test_a_stage_under_its_target_says_when_it_is_reached(no_gates):
    for _number in range(4):
        make_lead(occurred_at=NOW)
    aim(lead=(7, None))

    short = level(Stage.LEAD)

    assert (short.is_under, short.will_be_under, short.weeks_to_target) == (True, False, 3)


def test_what_loses_as_much_as_it_gets_never_reaches_its_target(no_gates):
    rise(make_lead(occurred_at=NOW), Stage.MQL)
    make_lead(occurred_at=LONG_AGO)
    aim(lead=(2, 1))

    short = level(Stage.LEAD)

    assert (short.is_under, short.weeks_to_target, short.is_slow) == (True, None, True)


def test_a_stage_that_runs_dry_is_told_before_it_is_short(no_gates):
    for _number in range(3):
        make_lead(occurred_at=LONG_AGO)
    for _number in range(2):
        rise(make_lead(occurred_at=LONG_AGO), Stage.MQL)
    aim(lead=(3, None), mql=(2, None))

    assert level(Stage.LEAD).will_be_under
    assert not level(Stage.MQL).warns


def test_a_stage_without_target_never_warns():
    make_lead()

    assert not level(Stage.LEAD).warns
    assert home_stock(EVERYTHING, HttpRequest()) is None


def test_who_sees_some_leads_is_not_measured_by_the_targets_of_all(rep):
    make_lead(owner=rep, team=rep.team)
    aim(lead=(100, 10))

    own = level(Stage.LEAD, user_actor(rep))

    assert (own.count, own.target, own.warns) == (1, None, False)


def test_targets_are_set_again_and_taken_away():
    aim(lead=(5, 2), mql=(3, None))

    aim(lead=(6, None), mql=(None, None))

    assert list(StageTarget.objects.values_list("stage", "stock", "inflow")) == [("lead", 6, None)]


@pytest.mark.parametrize(
    ("targets", "code"), [({"other": (1, None)}, "stage_unknown"), ({"mql": (-1,)}, "target_wrong")]
)
def test_wrong_targets_are_refused_and_the_others_stay(targets, code):
    aim(lead=(5, None))

    with pytest.raises(DomainError) as refused:
        aim(**targets)

    assert refused.value.code == code
    assert StageTarget.objects.get().stock == 5


def test_funnel_and_start_page_warn(as_user, marketer):
    make_lead()
    client = as_user(marketer)
    saved = client.post(reverse("stage_targets"), {"lead.stock": "40", "lead.inflow": ""})

    funnel = client.get(reverse("report_funnel")).content.decode()
    home = client.get("/").content.decode()

    assert saved.status_code == 302
    assert "1 of 40 leads." in funnel
    assert "1 of 40 leads." in home
