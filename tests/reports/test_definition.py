from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.rights import ApiScope, Role
from ground import days
from handoff.actions.agreements import agree
from leads import gates
from leads.actions.lifecycle import change_stage
from leads.stages import Channel, Stage
from reports.funnel import count_funnel, count_sources, weekly_arrivals
from reports.panels import home_funnel
from reports.period import Period
from reports.stages.definition import define_stages
from tests.factories import EVERYTHING, NOW, make_lead, make_token, make_user
from tests.scoring.scene import GERMAN, activity_rule, make_active

pytestmark = pytest.mark.django_db


def words_of(stage):
    (found,) = [item for item in define_stages().stages if item.stage == stage]
    return found


@pytest.mark.requirement("S56")
def test_an_mql_is_told_by_the_active_version_and_its_threshold():
    make_active(GERMAN, activity_rule(15), mql_threshold=35, min_fit=20)

    definition, mql = define_stages(), words_of(Stage.MQL)

    assert mql.rules[0] == (
        "A subscriber or lead becomes MQL with a score of 35 or more, of which fit is at least 20."
    )
    assert definition.label == "Standard v1"
    assert definition.changed_at == NOW
    assert [[rule.points for rule in part.rules] for part in definition.scoring.axes] == [
        ["+20"],
        ["+15"],
    ]


@pytest.mark.requirement("S56")
def test_without_a_signed_version_only_people_make_mqls():
    mql = words_of(Stage.MQL)

    assert mql.rules[0] == "No signed scoring version is active: only people make a lead MQL."
    assert mql.roles == ["Administrator", "Marketer"]
    assert words_of(Stage.SQL).roles == ["Administrator", "Sales manager", "Sales rep"]


@pytest.mark.requirement("S56")
def test_the_agreement_tells_what_is_promised():
    agree({"accept_minutes": 90, "required_parts": ["target"]}, by=EVERYTHING, as_of=NOW)

    definition = define_stages()

    assert definition.label == "Agreement v1"
    assert definition.promises[:2] == [
        "Marketing hands over with: Who will care for the lead.",
        "Sales accepts or rejects within 90 minutes of working time.",
    ]


@pytest.mark.requirement("S56")
def test_every_gate_says_its_rule_in_both_languages():
    told = {}
    for language in ("en", "de"):
        with translation.override(language):
            told[language] = {stage: gates.sentences(stage) for stage in gates._gates}

    for stage in (Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER, Stage.PROMOTER):
        assert told["en"][stage]
        assert told["de"][stage]
        assert told["de"][stage] != told["en"][stage]


@pytest.mark.requirement("S56")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_reads_the_definition_in_either_language(as_user, role):
    make_active(GERMAN, mql_threshold=35)
    client = as_user(make_user(role, language="en"))

    english = client.get(reverse("stage_definition")).content.decode()
    german = client.get(reverse("stage_definition") + "?language=de").content.decode()

    assert "What is an MQL here?" in english
    assert "Was ist hier ein MQL?" in german
    assert "What is an MQL here?" not in german


@pytest.fixture
def cohort(no_gates):
    """Three MQLs of marketing, of whom one went on and one fell back, and an SQL of sales."""
    came = timezone.now() - timedelta(days=3)
    for number, way in enumerate(([Stage.MQL], [Stage.MQL, Stage.SQL], [Stage.MQL, Stage.LEAD])):
        lead = make_lead(occurred_at=came, channel=Channel.WEBINAR)
        for stage in way:
            at = came + timedelta(hours=number + 1)
            change_stage([lead.pk], to=stage, by=EVERYTHING, as_of=at)
    again = make_lead(occurred_at=came)
    for stage in (Stage.MQL, Stage.LEAD, Stage.MQL):
        change_stage([again.pk], to=stage, by=EVERYTHING, as_of=came + timedelta(hours=1))
    own = make_lead(occurred_at=came, is_sales_sourced=True, channel=Channel.COLD_CALL)
    change_stage([own.pk], to=Stage.SQL, by=EVERYTHING, as_of=came + timedelta(hours=1))


@pytest.mark.requirement("S56")
@pytest.mark.requirement("S09")
def test_every_report_tells_the_same_number_of_mqls(client, as_user, cohort, admin):
    month = days.today().replace(day=1)
    period = Period((month - timedelta(days=1)).replace(day=1), days.today())
    _token, key = make_token(admin, ApiScope.REPORTS_READ, ApiScope.LEADS_READ)
    asked = {"first": period.first.isoformat(), "last": period.last.isoformat()}

    funnel = count_funnel(period, actor=EVERYTHING)
    sources = count_sources(period, actor=EVERYTHING)
    weeks = weekly_arrivals(period, actor=EVERYTHING)
    home = {row["step"].stage: row["step"].reached for row in _home()}
    api = client.get(reverse("api_funnel"), asked, headers={"authorization": f"Bearer {key}"})
    costs = as_user(admin).get(reverse("report_costs"), asked).context["total"]
    page = as_user(admin).get(reverse("stage_definition")).context["mql"]

    assert funnel.mql == 4
    assert sum(row.mql for row in sources) == 4
    assert sum(mql for _week, _opened, mql in weeks) == 4
    assert home[Stage.MQL] == 4
    assert (api.status_code, api.json()["mql"], api.json()["found_by_sales"]) == (200, 4, 1)
    assert costs.credit.mql == 4
    assert page == 4


def _home():
    return home_funnel(EVERYTHING, HttpRequest())["steps"]


@pytest.mark.requirement("S09")
def test_what_sales_found_stands_beside_the_funnel(cohort):
    funnel = count_funnel(Period.ending(days.today()), actor=EVERYTHING)

    assert funnel.found_by_sales == 1
    assert [step.reached for step in funnel.steps[:4]] == [4, 4, 4, 1]
