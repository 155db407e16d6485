from datetime import timedelta

import pytest

from accounts.action import writing
from ground.errors import DomainError
from leads import gates
from leads.actions.consent import Declaration, record_consents
from leads.actions.lifecycle import change_stage
from leads.models import Activity, Lead, StageChange
from leads.stages import OtherReason, Stage
from scoring.actions.rescoring import Rescored
from scoring.models import Approval
from tests.factories import EVERYTHING, NOW, make_lead
from tests.scoring.scene import (
    DOWNLOADED,
    GERMAN,
    LEFT,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    points,
    rescored,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def make_standard(**limits):
    rules = (GERMAN, activity_rule(15), activity_rule(-10, LEFT))
    return make_active(*rules, **{"mql_threshold": 35, "min_fit": 20, **limits})


def make_good_lead(**overrides):
    lead = make_lead(country="DE", **overrides)
    happen(lead)
    return lead


@pytest.mark.requirement("S47")
@pytest.mark.requirement("S74")
@pytest.mark.parametrize("stage", [Stage.SUBSCRIBER, Stage.LEAD])
def test_a_lead_that_reaches_the_threshold_becomes_mql_by_the_named_rule(stage):
    version = make_standard()
    lead = make_good_lead(stage=stage)

    done = rescored(lead)

    assert done == Rescored(leads=1, changed=1, mqls=1)
    change = StageChange.objects.latest("id")
    assert (change.to_stage, change.rule, change.actor_label) == (
        Stage.MQL,
        "Standard v1",
        "scoring",
    )
    assert (change.score, change.fit, change.engagement) == (35, 20, 15)
    assert version.active_from <= change.at
    crossed = Activity.objects.get(kind="score.threshold_crossed")
    assert crossed.data == {
        "score": 35,
        "fit": 20,
        "threshold": 35,
        "version": version.pk,
        "rule": "Standard v1",
    }


@pytest.mark.requirement("S82")
@pytest.mark.parametrize("limits", [{"mql_threshold": 36}, {"min_fit": 21}])
def test_below_the_threshold_or_the_minimum_of_fit_nothing_happens(limits):
    make_standard(**limits)
    lead = make_good_lead()

    done = rescored(lead)

    assert done == Rescored(leads=1, changed=1, mqls=0)
    assert Lead.objects.get().stage == Stage.LEAD


def test_a_lead_crosses_once():
    make_standard()
    lead = make_good_lead()
    rescored(lead)
    happen(lead)

    rescored(lead)

    assert points(lead) == (20, 30, 50)
    assert Activity.objects.filter(kind="score.threshold_crossed").count() == 1
    assert StageChange.objects.filter(to_stage=Stage.MQL).count() == 1


@pytest.mark.requirement("S47")
def test_a_version_that_lost_a_signature_scores_but_makes_nobody_mql():
    version = make_standard()
    with writing("scene"):
        Approval.objects.filter(version=version, side="sales").update(voided_at=NOW)
    lead = make_good_lead()

    rescored(lead)

    assert points(lead) == (20, 15, 35)
    assert Lead.objects.get().stage == Stage.LEAD


def test_who_objected_to_scoring_does_not_become_mql():
    make_standard()
    lead = make_good_lead()
    no = Declaration(lead.pk, "profiling", "web", "objected", NOW)
    record_consents([no], by=EVERYTHING, as_of=NOW)

    rescored(lead)

    assert Lead.objects.get().stage == Stage.LEAD


@pytest.mark.requirement("S86")
@pytest.mark.parametrize(
    ("stage", "reason"),
    [(Stage.OTHER, OtherReason.NO_FIT), (Stage.SQL, ""), (Stage.CUSTOMER, "")],
)
def test_a_score_moves_nobody_who_is_no_longer_marketings(stage, reason):
    make_standard()
    lead = make_good_lead(stage=stage, other_reason=reason)

    rescored(lead)

    assert Lead.objects.get().stage == stage


@pytest.mark.requirement("S86")
def test_a_low_score_rejects_and_deletes_nobody():
    make_active(fit_rule(-100, {"everyone": True}))
    lead = make_lead(stage=Stage.MQL)

    rescored(lead)

    lead.refresh_from_db()
    assert (lead.score, lead.stage, lead.deleted_at) == (0, Stage.MQL, None)


def give_back(lead, at):
    """Let sales give the lead back."""
    change_stage([lead.pk], to=Stage.LEAD, by=EVERYTHING, as_of=at, reason="Zu früh")


@pytest.mark.requirement("S83")
@pytest.mark.parametrize(
    ("kind", "event", "stage"),
    [
        (None, {}, Stage.LEAD),
        ("scene.visited", {}, Stage.MQL),
        ("scene.visited", {"is_machine": True}, Stage.LEAD),
        (LEFT, {}, Stage.LEAD),
        (DOWNLOADED, {}, Stage.LEAD),
    ],
)
def test_a_lead_that_sales_gave_back_needs_something_new_that_counts(kind, event, stage):
    make_standard(mql_threshold=20)
    lead = make_good_lead()
    rescored(lead)
    give_back(lead, at=NOW + 5 * MINUTE)
    if kind:
        happen(lead, kind, at=NOW + 6 * MINUTE, **event)

    rescored(lead, as_of=NOW + 7 * MINUTE)

    assert Lead.objects.get().stage == stage


def test_where_no_activity_counts_anything_the_lead_did_is_new():
    make_active(GERMAN, mql_threshold=20, min_fit=20)
    lead = make_lead(country="DE")
    rescored(lead)
    give_back(lead, at=NOW + 5 * MINUTE)
    rescored(lead, as_of=NOW + 6 * MINUTE)
    before = Lead.objects.get().stage
    happen(lead, DOWNLOADED, at=NOW + 7 * MINUTE)

    rescored(lead, as_of=NOW + 8 * MINUTE)

    assert (before, Lead.objects.get().stage) == (Stage.LEAD, Stage.MQL)


def test_a_lead_that_a_gate_keeps_back_gets_its_score_and_the_others_pass(monkeypatch):
    make_standard()
    kept, passing = make_good_lead(), make_good_lead()

    def gate(lead_ids, by, as_of, reason):
        if kept.pk in lead_ids:
            raise DomainError("too_early", "Nicht so schnell.")

    monkeypatch.setitem(gates._gates, Stage.MQL, [gates.Gated(gate, "")])
    done = rescored(kept, passing)

    assert done == Rescored(leads=2, changed=2, mqls=1)
    assert points(kept) == (20, 15, 35)
    assert Lead.objects.get(pk=kept.pk).stage == Stage.LEAD
    assert Lead.objects.get(pk=passing.pk).stage == Stage.MQL
    assert Activity.objects.get(kind="score.threshold_crossed").lead_id == passing.pk
