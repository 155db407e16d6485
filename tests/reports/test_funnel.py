from datetime import date, timedelta

import pytest
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from leads.actions.lifecycle import change_stage
from leads.models import StageChange
from leads.stages import Channel, OtherReason, Stage
from reports.funnel import count_funnel, count_sources, count_stock, weekly_arrivals
from reports.panels import home_funnel
from reports.period import Period, PeriodForm
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)
PERIOD = Period(date(2026, 10, 1), date(2026, 11, 30))


def rise(lead, *stages):
    for day, stage in enumerate(stages, start=1):
        change_stage([lead.pk], to=stage, by=EVERYTHING, as_of=NOW + timedelta(days=day))


@pytest.fixture
def cohort(no_gates):
    rise(
        make_lead(channel=Channel.WEBINAR), Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER
    )
    rise(make_lead(channel=Channel.WEBINAR), Stage.MQL, Stage.SQL)
    rise(make_lead(), Stage.MQL, Stage.LEAD)
    make_lead(stage=Stage.SUBSCRIBER)
    make_lead(stage=Stage.OTHER, other_reason=OtherReason.SPAM)
    make_lead(occurred_at=NOW - timedelta(days=200))


@pytest.mark.requirement("S53")
@pytest.mark.requirement("S52")
def test_the_funnel_is_a_falling_count_of_the_cohort(cohort):
    funnel = count_funnel(PERIOD, actor=EVERYTHING)

    assert [(step.stage.value, step.reached) for step in funnel.steps] == [
        ("subscriber", 4),
        ("lead", 3),
        ("mql", 3),
        ("sql", 2),
        ("opportunity", 1),
        ("customer", 1),
        ("promoter", 0),
    ]
    assert funnel.steps[3].of_previous == 2 / 3
    assert funnel.steps[5].of_all == 1 / 4
    assert funnel.other == 1


@pytest.mark.requirement("S53")
def test_the_funnel_equals_the_stage_log(cohort):
    funnel = count_funnel(PERIOD, actor=EVERYTHING)

    for step in funnel.steps:
        further = [stage for stage in Stage if stage != Stage.OTHER]
        further = further[further.index(step.stage) :]
        log = StageChange.objects.filter(episode__opened_at__gte=PERIOD.start, to_stage__in=further)
        assert step.reached == len(set(log.values_list("episode", flat=True)))


def test_a_cohort_is_counted_as_it_stood_at_a_moment(no_gates):
    lead = make_lead()
    rise(lead, Stage.MQL, Stage.SQL)

    funnel = count_funnel(PERIOD, actor=EVERYTHING, until=NOW + timedelta(days=2))

    assert [step.reached for step in funnel.steps[:4]] == [1, 1, 1, 0]


def test_home_compares_cohorts_that_had_the_same_time(no_gates):
    """What an old lead became after its 90 days does not turn this month into a fall."""
    now = timezone.now()
    for days in (100, 10):
        lead = make_lead(occurred_at=now - timedelta(days=days))
        change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=now - timedelta(days=5))

    steps = home_funnel(EVERYTHING, HttpRequest())["steps"]

    changes = {row["step"].stage: row["change"] for row in steps}
    assert changes[Stage.LEAD] == 0
    assert changes[Stage.MQL] is None


def test_an_empty_funnel_has_no_shares():
    funnel = count_funnel(PERIOD, actor=EVERYTHING)

    assert [step.reached for step in funnel.steps] == [0] * 7
    assert {step.of_all for step in funnel.steps} == {None}


@pytest.mark.requirement("S90")
def test_channels_are_ranked_by_customers_per_lead(cohort):
    rows = count_sources(PERIOD, actor=EVERYTHING)

    assert [(row.channel, row.leads, row.mql, row.customers, row.won) for row in rows] == [
        ("webinar", 2, 2, 1, 0.5),
        ("website", 2, 1, 0, 0.0),
    ]


def test_the_sources_add_up_to_the_funnel(cohort):
    make_lead(channel=Channel.CHAT, stage=Stage.OTHER, other_reason=OtherReason.UNCONFIRMED)

    rows = count_sources(PERIOD, actor=EVERYTHING)

    assert sum(row.leads for row in rows) == count_funnel(PERIOD, actor=EVERYTHING).total
    assert Channel.CHAT not in {row.channel for row in rows}


def test_the_stock_counts_leads_by_stage_with_their_age(cohort):
    stock = {row.stage: row for row in count_stock(actor=EVERYTHING, as_of=NOW)}

    assert stock[Stage.LEAD].count == 2
    assert stock[Stage.SUBSCRIBER].count == 1
    assert stock[Stage.SUBSCRIBER].days == 0
    assert (stock[Stage.PROMOTER].count, stock[Stage.PROMOTER].days) == (0, None)


def test_weeks_show_new_leads_and_mqls(cohort):
    weeks = weekly_arrivals(PERIOD, actor=EVERYTHING)

    assert [(leads, mql) for _week, leads, mql in weeks] == [(5, 3)]


@pytest.mark.case("Z02")
def test_a_rep_counts_only_what_they_may_see(rep, stranger):
    make_lead(owner=rep, team=rep.team)
    make_lead(owner=stranger, team=stranger.team)

    assert count_funnel(PERIOD, actor=user_actor(rep)).total == 1


@pytest.mark.parametrize(
    ("chosen", "first", "last"),
    [
        ({}, date(2026, 8, 24), TODAY),
        ({"first": "", "last": "2026-10-31"}, date(2026, 8, 3), date(2026, 10, 31)),
        ({"first": "2026-11-01"}, date(2026, 11, 1), TODAY),
        ({"first": "2026-12-01", "last": "2026-10-01"}, date(2026, 10, 1), date(2026, 12, 1)),
        ({"first": "rubbish"}, date(2026, 8, 24), TODAY),
    ],
)
def test_a_period_is_whole_whatever_was_chosen(chosen, first, last):
    assert PeriodForm(chosen, today=TODAY).period == Period(first, last)


def test_the_fields_show_the_period_that_the_report_is_about(as_user, marketer):
    page = as_user(marketer).get(reverse("report_funnel")).content.decode()

    today = timezone.localdate()
    first = (today - timedelta(days=89)).isoformat()
    assert f'value="{first}"' in page
    assert f'href="?first={first}&amp;last={today.isoformat()}" aria-current="true"' in page


@pytest.mark.parametrize("name", ["report_funnel", "report_sources"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?first=2026-10-01&last=2026-11-30",
        "?first=rubbish",
        "?first=2026-12-01&last=2026-10-01",
    ],
)
def test_a_report_opens_for_any_period(as_user, marketer, cohort, name, query):
    assert as_user(marketer).get(reverse(name) + query).status_code == 200


def test_the_home_of_marketing_shows_the_funnel(as_user, marketer, cohort):
    assert "The last 90 days" in as_user(marketer).get(reverse("home")).content.decode()


def test_the_funnel_needs_two_queries(cohort, django_assert_num_queries):
    with django_assert_num_queries(2):
        count_funnel(PERIOD, actor=EVERYTHING)
