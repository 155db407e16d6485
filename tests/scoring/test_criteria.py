"""The criteria that the sources name: interests, needs, means, earlier purchases and visits."""

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.models import AuditEntry
from capture.actions.pages import tag_page
from capture.activities import CONTENT_DOWNLOADED, PAGE_TAGGED, PAGE_VISITED
from capture.models import Page
from handoff.actions.closing import win_opportunities
from leads.conditions import leads_where
from scoring.breakdown import breakdown
from scoring.due import drain_scores, sweep_scores
from tests.capture.scene import make_content
from tests.factories import EVERYTHING, NOW, make_activity, make_company, make_field, make_lead
from tests.handoff.factories import make_deal
from tests.scoring.scene import activity_rule, fit_rule, make_active, rescored

pytestmark = pytest.mark.django_db


def make_page(path: str, host: str = "www.example.org") -> Page:
    with writing("scene"):
        return Page.objects.create(host=host, path=path, created_at=NOW)


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


@pytest.mark.requirement("S77")
def test_visits_of_pages_count_by_what_the_pages_are_about():
    prices = [make_page("/preise"), make_page("/tarife", host="shop.example.org")]
    make_page("/team")
    for page in prices:
        tag_page(page.pk, ["price"], by=EVERYTHING, as_of=NOW)
    rule = activity_rule(4, PAGE_VISITED, detail="page_tag", detail_value="price", name_en="Price")
    make_active(rule)
    lead = make_lead()
    for host, path in (
        ("www.example.org", "/preise"),
        ("shop.example.org", "/tarife"),
        ("shop.example.org", "/preise"),
        ("www.example.org", "/team"),
    ):
        make_activity(lead, PAGE_VISITED, data={"host": host, "path": path})

    rescored(lead)

    assert points_of(lead) == {"Price": 8}


@pytest.mark.requirement("S77")
def test_a_page_that_is_tagged_later_counts_for_earlier_visits():
    page = make_page("/preise")
    rule = activity_rule(4, PAGE_VISITED, detail="page_tag", detail_value="price", name_en="Price")
    make_active(rule)
    lead = make_lead()
    make_activity(lead, PAGE_VISITED, data={"host": page.host, "path": page.path})
    drain_scores(NOW)
    sweep_scores(NOW)
    before = points_of(lead)

    tag_page(page.pk, ["price", "feature"], by=EVERYTHING, as_of=NOW)
    sweep_scores(NOW)

    lead.refresh_from_db()
    assert (before, points_of(lead), lead.score) == ({}, {"Price": 4}, 4)


@pytest.mark.requirement("S77")
def test_segments_ask_for_pages_by_what_they_are_about():
    page = make_page("/preise")
    tag_page(page.pk, ["price"], by=EVERYTHING, as_of=NOW)
    was_there, was_not = make_lead(), make_lead()
    make_activity(was_there, PAGE_VISITED, data={"host": page.host, "path": page.path})
    make_activity(was_not, PAGE_VISITED, data={"host": page.host, "path": "/preise/alt"})
    params = {"kind": PAGE_VISITED, "page_tag": "price", "within_days": 14}
    where = {"field": "activity_count", "op": "at_least", "value": 1, "params": params}

    found = leads_where(where, actor=EVERYTHING, as_of=NOW)

    assert list(found) == [was_there]
    nobody = {**where, "params": {**params, "page_tag": "career"}}
    assert list(leads_where(nobody, actor=EVERYTHING, as_of=NOW)) == []


@pytest.mark.requirement("S77")
def test_marketing_says_what_a_page_is_about(as_user, marketer, viewer):
    page = make_page("/preise")
    address = reverse("page_tags", args=[page.public_id])
    client = as_user(marketer)

    saved = client.post(address, {"tags": ["payment", "price"]}, follow=True)
    odd = client.post(address, {"tags": ["invented"]})
    refused = as_user(viewer).post(address, {"tags": []})

    page.refresh_from_db()
    assert page.tags == ["price", "payment"]
    shown = as_user(viewer).get(reverse("report_page", args=[page.public_id]))
    assert "Prices" in shown.content.decode()
    assert (saved.status_code, odd.status_code, refused.status_code) == (200, 422, 403)
    assert AuditEntry.objects.filter(event=PAGE_TAGGED).count() == 1


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
