"""Who finds leads by API, and which leads an address finds."""

from urllib.parse import quote

import pytest
from django.utils import timezone

from accounts.actor import user_actor
from handoff.figures import rep_figures
from leads.actions.editing import edit_lead
from leads.models import Lead
from tests.api.client import ApiClient
from tests.factories import EVERYTHING, make_lead

pytestmark = pytest.mark.django_db
NEW = {"channel": "personal", "email": "eva@example.org"}


def finds():
    return list(Lead.objects.order_by("pk").values_list("owner", "team", "is_sales_sourced"))


@pytest.mark.requirement("S11")
def test_what_a_rep_finds_by_api_is_theirs_and_counts_as_found_by_themselves(rep, manager):
    api = ApiClient(rep, "leads:write")

    created = api.post("leads/", NEW)
    api.post("leads/bulk/", {"leads": [{**NEW, "email": f"max{n}@example.org"} for n in (1, 2)]})

    (figures,) = rep_figures(user_actor(manager), as_of=timezone.now())
    assert created.status_code == 201
    assert finds() == [(rep.pk, rep.team_id, True)] * 3
    assert (figures.person, figures.new, figures.self_sourced) == (rep, 3, 3)
    assert figures.self_sourced_share == 1


@pytest.mark.requirement("S11")
def test_what_a_rep_finds_by_hand_counts_as_found_by_themselves(as_user, rep, manager):
    make_lead(owner=rep, team=rep.team, owner_since=timezone.now())

    response = as_user(rep).post("/leads/new/", NEW)

    (figures,) = rep_figures(user_actor(manager), as_of=timezone.now())
    assert response.status_code == 302
    assert (figures.new, figures.self_sourced, figures.self_sourced_share) == (2, 1, 0.5)


def test_what_a_program_enters_for_marketing_or_an_administrator_is_nobodys(marketer, admin):
    ApiClient(marketer, "leads:write").post("leads/", NEW)
    everything = ApiClient(admin, "leads:write", "handoffs:write")
    everything.post("leads/", {**NEW, "email": "max@example.org"})

    assert finds() == [(None, None, False)] * 2


def test_a_known_lead_that_a_rep_sends_again_keeps_its_owner(rep):
    make_lead(email="eva@example.org")

    response = ApiClient(rep, "leads:read", "leads:write").post("leads/", {**NEW, "city": "Ulm"})

    assert response.json()["changed"] == ["city"]
    assert finds() == [(None, None, False)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("EVA@Example.org", ["new@example.org"]),
        ("new@example.org", ["new@example.org"]),
        ("a@example.org", []),
        ("example.org", []),
        ("@", []),
        ("eva", []),
    ],
)
def test_an_address_finds_whom_it_identifies_and_nobody_else(marketer, asked, found):
    lead = make_lead(email="eva@example.org")
    edit_lead(lead.pk, {"email": "new@example.org"}, by=EVERYTHING, as_of=timezone.now())
    make_lead(email="max.eva@example.org")

    results = ApiClient(marketer, "leads:read").get(f"leads/?email={quote(asked)}").json()

    assert [lead["email"] for lead in results["results"]] == found
