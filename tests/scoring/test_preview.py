from datetime import date, timedelta

import pytest

from scoring import preview as module
from scoring.actions.drafts import change_limits, create_draft, remove_rule, save_rule
from scoring.diff import compare
from scoring.models import ModelVersion, Score
from scoring.preview import Sample, preview, take_sample, threshold_weeks
from scoring.rulesets import load_rulesets
from tests.factories import EVERYTHING, NOW, make_lead
from tests.scoring.scene import (
    GERMAN,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    make_draft,
    rescored,
)

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def ruleset_of(version):
    (ruleset,) = load_rulesets([version])
    return ruleset


@pytest.mark.requirement("S82")
def test_a_preview_counts_matches_changes_and_crossings_and_writes_nothing():
    make_active(GERMAN)
    leads = [make_lead(country=country) for country in ("DE", "DE", "AT", "US")]
    rescored(*leads)
    austrian = fit_rule(30, {"field": "country", "op": "is", "value": "AT"})
    draft = make_draft({**GERMAN, "points": 10}, austrian, mql_threshold=30)
    rule = draft.rules.get(points=30)

    found = preview(ruleset_of(draft), as_of=NOW, rule=rule.key)

    assert (found.matches, found.changes, found.crossings) == (1, 3, 1)
    assert (found.sample.population, found.sample.is_everybody) == (4, True)
    assert set(Score.objects.values_list("total", flat=True)) == {20, 0}


def test_who_was_never_judged_counts_from_zero():
    draft = make_draft(GERMAN)
    make_lead(country="DE")
    make_lead()

    found = preview(ruleset_of(draft), as_of=NOW)

    assert (found.matches, found.changes, found.crossings) == (None, 1, 0)


def test_of_very_many_leads_a_sample_is_counted(monkeypatch):
    monkeypatch.setattr(module, "SAMPLE", 2)
    for _n in range(6):
        make_lead()

    first, second = take_sample(), take_sample()

    assert (len(first.ids), first.population, first.is_everybody) == (2, 6, False)
    assert first == second
    assert Sample(ids=(1, 2), population=6).scale(1) == 3


@pytest.mark.requirement("S82")
def test_the_effect_of_a_threshold_is_told_week_by_week():
    active = make_active(activity_rule(10), mql_threshold=20, min_fit=0, engagement_cap=100)
    first, second = make_lead(as_of=NOW - 4 * WEEK), make_lead(as_of=NOW - 4 * WEEK)
    for lead, weeks_ago in ((first, 3), (first, 2), (first, 2), (second, 1)):
        happen(lead, at=NOW - weeks_ago * WEEK)
        rescored(lead, as_of=NOW - weeks_ago * WEEK)
    draft = make_draft(activity_rule(10), mql_threshold=10, min_fit=0, engagement_cap=100)

    weeks = threshold_weeks(ruleset_of(draft), active, as_of=NOW, weeks=4)

    assert [(week.monday, week.now, week.new) for week in weeks] == [
        (date(2026, 10, 12), 0, 1),
        (date(2026, 10, 19), 1, 0),
        (date(2026, 10, 26), 0, 1),
        (date(2026, 11, 2), 0, 0),
    ]


def test_the_difference_of_two_versions_is_told_in_words():
    old = make_active(GERMAN, activity_rule(7, name_en="Visit"), mql_threshold=50)
    new = create_draft(old.model_id, by=EVERYTHING, as_of=NOW)
    german, visit = new.rules.get(axis="fit"), new.rules.get(axis="engagement")
    save_rule(new.pk, {**GERMAN, "points": 15, "key": german.key}, by=EVERYTHING, as_of=NOW)
    remove_rule(new.pk, visit.key, by=EVERYTHING, as_of=NOW)
    save_rule(new.pk, fit_rule(5, {"everyone": True}), by=EVERYTHING, as_of=NOW)
    change_limits(new.pk, {"mql_threshold": 40}, by=EVERYTHING, as_of=NOW)

    changes = compare(old, ModelVersion.objects.get(pk=new.pk))

    assert [(c.kind, c.name, c.before, c.after) for c in changes] == [
        ("changed", "MQL from a score of", "50", "40"),
        (
            "changed",
            "From Germany",
            "Fit +20: Country is “DE”",
            "Fit +15: Country is “DE”",
        ),
        ("removed", "Visit", "Engagement +7: “Visited a page” every time", None),
        ("added", "Fit", None, "Fit +5: everyone"),
    ]


def test_a_version_is_the_same_as_its_copy():
    old = make_active(GERMAN, activity_rule(7))
    copy = create_draft(old.model_id, by=EVERYTHING, as_of=NOW)

    assert compare(old, copy) == []
