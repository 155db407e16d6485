"""Landing pages: visitors, time, bounces and conversion, beside the number of leads."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.actor import user_actor
from capture.models import PageEvent, Touch
from reports.pages.figures import by_day, campaigns_by_visits, pages_with_figures, totals
from reports.period import Period
from tests.api.client import ApiClient
from tests.capture.test_counting import Scene, count
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db
WEEK = Period(date(2026, 11, 2), date(2026, 11, 8))
QUERY = {"first": "2026-11-02", "last": "2026-11-08"}


@pytest.fixture
def scene():
    with writing("scene"):
        yield Scene()


@pytest.fixture
def told(marketer):
    """Return the figures of a page within a period."""

    def tell(page, period=WEEK, **more):
        return pages_with_figures(period, actor=user_actor(marketer), **more).get(pk=page.pk)

    return tell


def bring(page, email, **more):
    lead = make_lead(email=email)
    Touch.objects.create(lead=lead, page=page, channel="website", occurred_at=NOW, **more)
    return lead


@pytest.mark.requirement("S42")
def test_time_bounces_and_conversion_of_a_page_without_machines(scene, told):
    scene.look(1, seconds=30, depth=90)
    scene.act(scene.look(2, seconds=60, depth=50))
    scene.look(3)
    scene.look(3, "/b", minute=1)
    scene.look(9, seconds=5000, is_machine=True, machine_reason="robot")
    count(2)

    page = told(scene.page("/a"))

    assert (page.sum_visitors, page.sum_views, page.sum_machine_views) == (3, 3, 1)
    assert (page.time_on_page, page.scroll_depth) == (45, 70)
    assert (page.bounce_rate, page.conversion) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


@pytest.mark.requirement("S104")
def test_conversion_is_actors_by_visitors_and_leads_stand_apart(scene, told, marketer):
    page = scene.page("/a")
    for number in range(4):
        scene.look(number)
    scene.act(scene.look(0))
    scene.act(scene.look(0, minute=5))
    for number in range(3):
        bring(page, f"a{number}@example.org")
    count(2)

    row = told(page)
    total = totals(WEEK, actor=user_actor(marketer), page=page)

    assert (row.sum_actors, row.sum_visitors, row.conversion) == (1, 4, 0.25)
    assert (total.conversion, row.lead_count, total.leads) == (0.25, 3, 3)


def test_who_comes_on_many_days_is_one_visitor_of_the_period(scene, told):
    for day in (2, 3, 5):
        scene.act(scene.look(1, day=day))
    scene.look(2, day=5)
    count(2, 3, 5)

    week = told(scene.page("/a"))
    later = told(scene.page("/a"), Period(date(2026, 11, 4), date(2026, 11, 8)))

    assert (week.sum_visitors, week.sum_actors, week.sum_views) == (2, 1, 4)
    assert (later.sum_visitors, later.sum_actors, later.sum_views) == (2, 1, 2)


def test_all_pages_together_count_a_person_once(scene, marketer):
    scene.look(1)
    scene.act(scene.look(1, "/b", minute=1))
    scene.look(2, "/b")
    count(2)

    total = totals(WEEK, actor=user_actor(marketer))

    assert (total.visitors, total.actors, total.views, total.conversion) == (2, 1, 3, 0.5)
    assert by_day(WEEK)[0] == (date(2026, 11, 2), 2, 1)
    assert len(by_day(WEEK)) == 7


def test_campaigns_have_their_own_visitors(scene, told, marketer):
    scene.act(scene.look(1, campaign_code="herbst"))
    scene.look(2)
    bring(scene.page("/a"), "a@example.org", campaign=scene.campaign)
    count(2)

    row = told(scene.page("/a"), campaign=scene.campaign)
    (campaign,) = campaigns_by_visits(WEEK, actor=user_actor(marketer))
    (here,) = campaigns_by_visits(WEEK, actor=user_actor(marketer), page=scene.page("/a"))

    assert (row.sum_visitors, row.conversion, row.lead_count) == (1, 1.0, 1)
    assert (campaign.sum_visitors, campaign.conversion, campaign.lead_count) == (1, 1.0, 1)
    assert here.sum_visitors == 1


def test_a_page_without_any_visitor_is_listed_for_its_leads(scene, told):
    page = scene.page("/nur-formular")
    bring(page, "a@example.org")

    row = told(page)

    assert (row.lead_count, row.sum_visitors, row.conversion, row.bounce_rate) == (1, 0, None, None)


@pytest.mark.requirement("S42")
def test_pages_are_listed_sorted_narrowed_and_exported(scene, as_user, marketer):
    scene.look(1)
    scene.look(2)
    scene.look(3, "/b", seconds=99, campaign_code="herbst")
    count(2)
    client = as_user(marketer)

    def paths(**more):
        page = client.get(reverse("report_pages"), QUERY | more).context["page"]
        return [row.path for row in page.rows]

    assert paths() == ["/a", "/b"]
    assert paths(ordering="-time") == ["/b", "/a"]
    assert paths(campaign=str(scene.campaign.public_id)) == ["/b"]
    assert paths(q="/b") == ["/b"]
    assert paths(host="anderswo") == []
    assert paths(first="2026-11-03") == []
    answer = client.get(reverse("report_pages_export"), QUERY)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[1:3] for row in rows] == [["path", "visitors"], ["/a", "2"], ["/b", "1"]]


def test_the_page_of_a_page_tells_what_was_clicked(scene, as_user, marketer):
    view = scene.look(1)
    machine = scene.look(2, is_machine=True)
    for seen in (view, view, machine):
        PageEvent.objects.create(
            view=seen, kind="outbound", url="https://a.example/x", occurred_at=seen.occurred_at
        )
    count(2)

    address = reverse("report_page", args=[scene.page("/a").public_id])
    answer = as_user(marketer).get(address, QUERY)

    (done,) = answer.context["done"]
    assert (done.what, done.count) == ("https://a.example/x", 2)


def test_an_installation_that_measures_nothing_says_what_to_do(as_user, marketer):
    answer = as_user(marketer).get(reverse("report_pages"))

    assert "Switch tracking on" in answer.content.decode()


def test_pages_are_read_by_the_api(scene, marketer):
    scene.act(scene.look(1, seconds=30))
    scene.look(2, "/b", campaign_code="herbst")
    count(2)
    api = ApiClient(marketer, "reports:read")
    period = "first=2026-11-02&last=2026-11-08"

    rows = api.get(f"pages/?{period}").json()["results"]
    some = api.get(f"pages/?{period}&campaign={scene.campaign.public_id}").json()["results"]

    assert [row["path"] for row in rows] == ["/b", "/a"]
    assert [row["path"] for row in some] == ["/b"]
    first = rows[1]
    assert (first["visitors"], first["conversion"], first["seconds_on_page"]) == (1, 1.0, 30.0)
    assert first["leads"] is None
    assert api.get("pages/?first=gestern").status_code == 422
    assert api.get("pages/?host=anderswo").json()["results"] == []


def test_a_thousand_years_are_no_chart_of_a_thousand_years(scene, as_user, marketer):
    scene.look(1)
    count(2)
    period = {"first": "1900-01-01", "last": "2999-12-31"}

    answer = as_user(marketer).get(reverse("report_pages"), period)

    assert len(answer.context["chart"].labels) == 400
    assert answer.context["totals"].visitors == 1
