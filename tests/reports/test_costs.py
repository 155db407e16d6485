"""What leads cost, held against figures that were worked out by hand."""

import csv
import io
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.action import writing
from accounts.actor import user_actor
from ground import days
from leads.actions.lifecycle import change_stage
from leads.models import Lead
from reports.costs.credits import count_credits, count_uncredited
from reports.costs.figures import Costed, cost_campaign, report
from reports.costs.panel import campaign_figures
from tests.capture.cost_scene import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    credit,
    make_campaign,
    spend,
    touch,
)
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
MONTHS = [SEPTEMBER, OCTOBER, NOVEMBER]


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(days, "today", lambda: TODAY)


@pytest.fixture
def actor(marketer):
    return user_actor(marketer)


@pytest.fixture
def story(no_gates):
    """Two campaigns, a lead of both, one without, one sorted out, and costs for all."""
    autumn, winter = make_campaign("Herbst"), make_campaign("Winter", channel="tiktok")
    first = credit(autumn, OCTOBER)
    second = credit(autumn, date(2026, 10, 31))
    third = credit(autumn, NOVEMBER)
    touch(first, autumn, NOVEMBER)  # again: it counts once, in October
    touch(second, winter, date(2026, 11, 3))  # counts for winter too
    spam = credit(autumn, NOVEMBER)
    credit(None, OCTOBER)
    with writing("scene"):
        Lead.objects.filter(pk=spam.pk).update(stage="other", other_reason="spam")
        Lead.objects.filter(pk=third.pk).update(temperature="hot")
    change_stage([first.pk], to="customer", by=EVERYTHING, as_of=NOW, reason="x")
    change_stage([second.pk], to="mql", by=EVERYTHING, as_of=NOW, reason="x")
    spend(autumn, "300", month=OCTOBER)
    spend(autumn, "0", month=OCTOBER, kind="creation")
    spend(autumn, "50.50", month=NOVEMBER)
    spend(None, "100", month=OCTOBER, kind="tools")
    spend(None, "10", month=NOVEMBER, kind="staff")
    return autumn, winter


def test_leads_count_once_a_campaign_in_the_month_of_their_first_touch(story, actor):
    autumn, winter = story

    credits = count_credits(actor)

    told = {key: (c.leads, c.mql, c.sql, c.customers, c.sorted_out) for key, c in credits.items()}
    assert told == {
        (autumn.pk, OCTOBER): (2, 2, 1, 1, 0),
        (autumn.pk, NOVEMBER): (1, 0, 0, 0, 1),
        # It became MQL before it came by this campaign.
        (winter.pk, NOVEMBER): (1, 0, 0, 0, 0),
    }
    assert {key: c.leads for key, c in count_uncredited(actor).items()} == {(None, OCTOBER): 1}
    assert count_credits(actor, campaign=winter) == {
        (winter.pk, NOVEMBER): credits[winter.pk, NOVEMBER]
    }


@pytest.mark.requirement("S105")
@pytest.mark.requirement("S106")
@pytest.mark.requirement("S108")
def test_a_campaign_costs_what_was_spent_on_it_and_its_share_of_the_common_costs(story, actor):
    autumn, _winter = story

    months, _books = cost_campaign(autumn, actor=actor, today=TODAY)

    # October: three new leads, two of them by this campaign, so that it bears 2/3 of 100.
    # November: two new leads (one came by winter), so that it bears 1/2 of 10.
    assert {month: row.common for month, row in months.items()} == {
        OCTOBER: Decimal("66.66"),
        NOVEMBER: Decimal("5.00"),
    }
    total = Costed.sum(months.values())
    assert total.total == Decimal("422.16")
    assert total.per_lead == Decimal("140.72")
    assert total.ads_per_lead == Decimal("116.83")
    assert total.per_mql == Decimal("211.08")
    assert (total.per_sql, total.per_customer) == (Decimal("422.16"), Decimal("422.16"))
    assert total.credit.hot == 1


@pytest.mark.requirement("S111")
def test_what_fell_on_people_who_were_sorted_out_is_told(story, actor):
    months, _books = cost_campaign(story[0], actor=actor, today=TODAY)

    assert Costed.sum(months.values()).wasted == Decimal("105.54")  # one of four


@pytest.mark.requirement("S111")
def test_the_report_says_for_each_campaign_and_reason_what_fell_on_whom(story, as_user, marketer):
    client = as_user(marketer)
    page = client.get(reverse("report_costs"), {"first": "2026-09-01", "last": "2026-11-30"})
    file = client.get(
        reverse("report_sorted_out_export"), {"first": "2026-09-01", "last": "2026-11-30"}
    )

    (row,) = page.context["waste"]
    told = (row.campaign.name, row.reason, row.people, row.share, row.cost)
    assert told == ("Herbst", "spam", 1, Decimal("0.25"), Decimal("105.54"))
    lines = list(csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig")), delimiter=";"))
    assert lines[1][0] == "Herbst"
    assert lines[1][2:5] == ["spam", "1", "25.00"]


@pytest.mark.requirement("S111")
def test_the_page_of_a_campaign_says_what_fell_on_whom_by_reason(story, actor):
    (row,) = campaign_figures(story[0], actor)["waste"]

    assert (row.reason, row.people, row.cost) == ("spam", 1, Decimal("105.54"))


@pytest.mark.requirement("S106")
def test_a_kind_that_nobody_entered_is_named_with_its_month_and_zero_is_entered(story, actor):
    panel = campaign_figures(story[0], actor)

    # Ads and content (0) and, for all, tools were entered in October; November is not over.
    assert [(row.kind, row.months) for row in panel["missing"]] == [("Staff", "October 2026")]


@pytest.mark.requirement("S105")
def test_without_leads_a_dash_and_never_infinity(as_user, marketer):
    campaign = make_campaign()
    spend(campaign, "100", month=OCTOBER)

    page = as_user(marketer).get(reverse("campaign_detail", args=[campaign.public_id]))

    ((_template, panel),) = page.context["panels"]
    assert [cost for _name, _number, cost in panel["ladder"]] == [None] * 7
    # The words alone: a token may hold any three letters.
    text = strip_tags(page.content.decode()).lower()
    assert not re.search(r"\binf(inity)?\b", text)


def test_the_report_adds_up_to_the_cent_with_what_falls_on_no_campaign(story, actor):
    autumn, winter = story

    found = report(MONTHS, actor=actor)

    assert found.campaign_total(autumn).total == Decimal("422.16")
    assert found.campaign_total(winter).total == Decimal("5.00")
    assert found.rest.total == Decimal("33.34")
    assert found.total.total == Decimal("460.50")
    assert found.total.credit.leads == 5


def test_common_costs_of_a_month_without_leads_stay_with_no_campaign(actor):
    make_campaign()
    spend(None, "100", month=SEPTEMBER)

    found = report(MONTHS, actor=actor)

    assert (found.rest.total, found.rest.per_lead) == (Decimal(100), None)


@pytest.mark.requirement("S107")
def test_the_cost_per_lead_of_the_page_follows_from_the_rows_of_the_export(
    story, as_user, marketer
):
    client, asked = as_user(marketer), {"first": "2026-09-01", "last": "2026-11-20"}

    page = client.get(reverse("report_costs"), asked)
    answer = client.get(reverse("report_costs_export"), asked)

    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    for campaign, row in page.context["rows"]:
        own = [line for line in lines if line["code"] == campaign.code]
        assert recomputed(own) == row.per_lead
    assert recomputed(lines) == page.context["total"].per_lead == Decimal("92.10")
    assert len(lines) == 9


def recomputed(lines):
    kinds = ("ads", "content", "tools", "people", "other", "share_of_common_costs")
    spent = sum(Decimal(line[kind] or 0) for line in lines for kind in kinds)
    leads = sum(int(line["leads"]) for line in lines)
    return (spent / leads).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_a_campaign_is_no_formula_in_the_export(as_user, marketer):
    credit(make_campaign('=HYPERLINK("http://evil.example")', code="x"), NOVEMBER)

    answer = as_user(marketer).get(reverse("report_costs_export"))

    text = b"".join(answer.streaming_content).decode()
    assert "\"'=HYPERLINK" in text


def test_the_report_needs_the_same_queries_for_any_number_of_campaigns(
    story, actor, django_assert_num_queries
):
    for number in range(5):
        spend(make_campaign(f"C{number}"), "1")

    with django_assert_num_queries(6):  # two of them ask how large it all is
        report(MONTHS, actor=actor)


@pytest.mark.case("Z08")
def test_who_sees_some_leads_is_told_no_cost_per_lead(story, as_user, rep, manager):
    autumn, _winter = story

    for person in (rep, manager):
        page = as_user(person).get(reverse("campaign_detail", args=[autumn.public_id]))
        ((_template, panel),) = page.context["panels"]
        assert (panel["sees_all"], "ladder" in panel) == (False, False)
        assert as_user(person).get(reverse("report_costs")).status_code == 403
