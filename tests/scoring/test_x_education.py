"""7,360 real leads of an online school, of whom it is known who bought."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.models import Lead
from leads.stages import Stage
from scoring.actions.approval import activate_version
from scoring.actions.exchange import load_model
from scoring.actions.rescoring import rescore
from tests.factories import EVERYTHING, NOW
from tests.imports.real_files import FOLDER, MAPPING, needs_real_files
from tests.scoring.scene import sign

MODEL = json.loads((Path(MAPPING).parent / "x_education_model.json").read_text(encoding="utf-8"))
BANDS = ((0, 19), (20, 29), (30, 39), (40, 59), (60, 100))
# Known only after somebody had spoken with the lead, or made from that: they give the answer away.
FORBIDDEN = (
    "x_tags",
    "x_lead_quality",
    "x_lead_profile",
    "x_activity_index",
    "x_profile_index",
    "x_activity_score",
    "x_profile_score",
    "x_last_notable",
)


def area_under_curve(scored):
    """Return the chance that a buyer scores above somebody who did not buy; ties count half."""
    ordered = sorted(score for score, _bought in scored)
    first, last = {}, {}
    for rank, score in enumerate(ordered, start=1):
        first.setdefault(score, rank)
        last[score] = rank
    ranks = [(first[score] + last[score]) / 2 for score, bought in scored if bought]
    buyers = len(ranks)
    return (sum(ranks) - buyers * (buyers + 1) / 2) / (buyers * (len(scored) - buyers))


def test_the_area_under_the_curve_is_worked_out_right():
    assert area_under_curve([(1, False), (2, True)]) == 1
    assert area_under_curve([(1, True), (2, False)]) == 0
    assert area_under_curve([(1, True), (1, False)]) == 0.5
    assert area_under_curve([(3, True), (1, False), (2, True), (2, False)]) == 0.875


def test_no_rule_asks_for_what_gives_the_answer_away():
    used = json.dumps(MODEL["rules"])

    assert [name for name in FORBIDDEN if name in used] == []
    assert "stage" not in used


@pytest.mark.django_db
@pytest.mark.requirement("S80")
@needs_real_files
def test_the_more_points_the_more_of_them_bought():
    file, told = FOLDER / "x-education-leads.csv", StringIO()
    call_command("import_leads", str(file), "--mapping", str(MAPPING), stdout=told, stderr=told)
    version = load_model(MODEL, by=EVERYTHING, as_of=NOW)
    sign(version)
    activate_version(version.pk, by=EVERYTHING, as_of=NOW)
    before = Lead.objects.filter(stage=Stage.CUSTOMER).count()

    rescore(None, as_of=NOW, by=EVERYTHING)

    stages = Lead.objects.values_list("score", "stage")
    scored = [(score, stage == Stage.CUSTOMER) for score, stage in stages]
    rates = [
        sum(bought for bought in inside) / len(inside)
        for low, high in BANDS
        for inside in [[bought for score, bought in scored if low <= score <= high]]
    ]
    assert (len(scored), before) == (7360, 2832)
    assert rates == sorted(set(rates))
    assert area_under_curve(scored) >= 0.85
