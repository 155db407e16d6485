"""What the pages ask the database, so that a million leads take no longer than a thousand."""

import json

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import user_actor
from accounts.models import User
from ground.counting import capped_counts
from leadcrm.made_data.build import make_data
from leads.listing import LEAD_LIST
from leads.models import Lead
from reports import kept as kept_module
from tests.conditions.indexes import hide_other_indexes
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db

SORTED = {
    "name": "lead_name",
    "stage": "lead_stage_created_id",
    "score": "lead_score",
    "temperature": "lead_alive_temperature",
    "owner": "lead_owner_id",
    "channel": "lead_alive_channel",
    "last_activity": "lead_last_activity_oldest",
    "-last_activity": "lead_last_activity_newest",
    "created": "lead_created",
}


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for inner in plan.get("Plans", []) for node in nodes(inner))]


def plan_of(queryset) -> list[dict]:
    """Return the plan where nothing is sorted that an index has in order."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_incremental_sort = off")
    return nodes(json.loads(queryset.explain(format="json"))[0]["Plan"])


@pytest.mark.requirement("S100")
@pytest.mark.parametrize(
    ("ordering", "index"),
    [*SORTED.items(), *((f"-{key}", name) for key, name in SORTED.items() if "last" not in key)],
)
def test_a_page_of_the_list_is_read_off_an_index(ordering, index):
    make_lead()
    hide_other_indexes(index)
    request = RequestFactory().get("/leads/")

    page = LEAD_LIST.page(request, Lead.objects.alive())
    plan = plan_of(page.queryset.order_by(*LEAD_LIST.order_by(ordering))[:25])

    assert [node["Index Name"] for node in plan if "Index Name" in node] == [index]
    assert not [node for node in plan if "Sort" in node["Node Type"]]


def test_a_column_of_the_board_is_read_off_an_index():
    make_lead()
    hide_other_indexes("lead_alive_stage")

    plan = plan_of(Lead.objects.alive().filter(stage="lead").order_by("-score", "-pk")[:25])

    assert [node["Index Name"] for node in plan if "Index Name" in node] == ["lead_alive_stage"]
    assert not [node for node in plan if "Sort" in node["Node Type"]]


@pytest.mark.requirement("S100")
@pytest.mark.parametrize(
    ("narrowed", "index"),
    [
        ({"stage": "lead"}, "lead_alive_stage"),
        ({"first_channel": "web_form"}, "lead_alive_channel"),
        ({"temperature": "hot"}, "lead_alive_temperature"),
    ],
)
def test_the_leads_that_a_reader_may_see_are_counted_off_an_index(rep, narrowed, index):
    hide_other_indexes(index)
    with connection.cursor() as cursor:
        # Without the first the second is disabled too, and a table of few pages is read as it is.
        for way, switch in (("indexscan", "on"), ("indexonlyscan", "on"), ("bitmapscan", "off")):
            cursor.execute(f"SET LOCAL enable_{way} = {switch}")

    leads = Lead.objects.visible_to(user_actor(rep)).filter(**narrowed)
    plan = plan_of(leads.order_by().values("pk"))

    read = [node["Index Name"] for node in plan if node["Node Type"] == "Index Only Scan"]
    assert read == [index]


def test_a_column_is_counted_up_to_its_cap():
    for _number in range(3):
        make_lead()
    rows = Lead.objects.all()

    counts = capped_counts({"all": rows, "mql": rows.filter(stage="mql"), "no": rows.none()}, cap=1)

    assert counts == {"all": 2, "mql": 0, "no": 0}


@pytest.fixture
def _made():
    make_data(leads=400, activities=3_000, seed=1, as_of=NOW)


# The page of a lead shows the cards of all rooms, that of a team the figures of its reps.
PAGES = [
    ("marketing", "home", 13),
    ("rep1", "home", 12),
    ("manager1", "home", 12),
    ("marketing", "lead_list", 13),
    ("rep1", "lead_list", 13),
    ("rep1", "lead_list?q=muster", 13),
    ("marketing", "lead_list?stage=mql&ordering=-score", 13),
    ("marketing", "lead_board", 12),
    ("rep1", "queue", 12),
    ("manager1", "team_queue", 13),
    ("rep1", "task_list", 12),
    ("rep1", "deal_board", 12),
    ("marketing", "handoff_list", 12),
    ("marketing", "report_funnel", 12),
    ("marketing", "report_sources", 12),
    ("marketing", "campaign_list", 12),
    ("marketing", "submission_list", 12),
    ("marketing", "form_list", 12),
    ("marketing", "segment_list", 12),
    ("marketing", "sequence_list", 12),
    ("rep1", "lead_detail", 14),
]


@pytest.mark.usefixtures("_made")
@pytest.mark.parametrize(("person", "page", "most"), PAGES)
def test_a_page_takes_few_queries_however_many_leads_there_are(as_user, person, page, most):
    user = User.objects.get(email=f"{person}@made.example")
    name, _mark, query = page.partition("?")
    lead = Lead.objects.filter(owner=user).first()
    address = reverse(name, args=[lead.public_id] if name == "lead_detail" else [])
    client = as_user(user)

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"{address}?{query}")

    assert answer.status_code == 200
    assert len(asked) <= most


@pytest.mark.usefixtures("_made")
def test_a_large_installation_counts_its_figures_now_and_then(as_user, monkeypatch):
    monkeypatch.setattr(kept_module, "LARGE", 1)
    client = as_user(User.objects.get(email="marketing@made.example"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
    client.get(reverse("report_funnel"))

    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("report_funnel"))

    assert page.context["is_kept"]
    assert "Gezählt innerhalb der letzten zehn Minuten." in page.content.decode()
    assert not [query for query in asked if '"leads_stagechange"' in query["sql"]]
    assert page.context["funnel"].total > 0
