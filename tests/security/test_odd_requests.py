"""Requests that no page of ours makes are answered sensibly, never with an error of the server."""

from time import thread_time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.forms.people import NewPersonForm
from accounts.models import AccountMail
from leads.models import Lead, SavedView
from nurturing.actions.sequences import draft_of
from tests.factories import make_lead
from tests.nurturing.scene import make_draft as make_sequence
from tests.scoring.scene import GERMAN
from tests.scoring.scene import make_draft as make_version

pytestmark = pytest.mark.django_db
TOO_LONG = [f"{'a' * (length - 12)}@example.org" for length in (255, 320)]


@pytest.mark.parametrize(
    "path", ["/c/%00/", "/o/%00.gif", "/u/%00/", f"/c/{'a' * 65}/", "/u/%C3%BC/"]
)
def test_a_token_that_is_none_is_not_found(path):
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("email", TOO_LONG)
def test_an_account_has_no_address_longer_than_its_column(email):
    reset = Client().post(reverse("account_reset_password"), {"email": email})
    login = Client().post(reverse("account_login"), {"login": email, "password": "x"})
    invited = NewPersonForm({"email": email})

    assert (reset.status_code, login.status_code) == (422, 422)
    assert [error.code for error in invited.errors["email"].as_data()] == ["max_length"]
    assert AccountMail.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("scoring_try", "?lead=x", 200),
        ("scoring_try", "?q=%00", 200),
        ("report_funnel", "?last=9999-12-31", 200),
        ("report_funnel", "?last=0001-01-01", 200),
        ("report_funnel", "?first=0001-01-01&last=0001-01-01", 200),
        ("report_sources", "?first=0001-01-01&last=9999-12-31", 200),
        ("sequence_tryout", "?start=9999-12-31", 200),
        ("sequence_tryout", "?start=0001-01-01", 200),
        ("sequence_tryout", "?start=x", 200),
        ("lead_list", "?owner=%00", 422),
        ("lead_list", "?tag=%00", 422),
    ],
)
def test_a_page_opens_whatever_its_address_asks_for(as_user, admin, name, query, status):
    make_lead()
    things = {"scoring_try": make_version, "sequence_tryout": make_sequence}
    makers = {"scoring_try": (GERMAN,)}
    args = [things[name](*makers.get(name, ())).public_id] if name in things else []

    assert as_user(admin).get(reverse(name, args=args) + query).status_code == status


@pytest.mark.case("Q07")
@pytest.mark.parametrize("number", ["-1e20000000", "1e-99999999", "1e13"])
@pytest.mark.parametrize(
    ("name", "field"), [("lead_list", "score"), ("queue", "score"), ("deal_list", "amount")]
)
def test_a_list_is_not_narrowed_by_a_number_that_takes_minutes_to_write_down(
    as_user, rep, name, field, number
):
    begun = thread_time()

    assert as_user(rep).get(reverse(name), {field: number}).status_code == 422
    assert thread_time() - begun < 5


@pytest.mark.parametrize("owner", ["x", "00000000-0000-4000-8000-000000000000", "\x00"])
def test_leads_are_given_to_nobody_who_is_not_there(as_user, admin, owner):
    lead = make_lead()

    response = as_user(admin).post(reverse("leads_assign"), {"ids": [lead.pk], "owner": owner})

    assert response.status_code == 404
    assert Lead.objects.get().owner is None


def test_a_view_whose_address_holds_a_nul_is_a_bad_request(as_user, admin):
    data = {"name": "Meine", "query": "q=\x00"}

    page = as_user(admin).post(reverse("view_save"), data)
    part = as_user(admin).post(reverse("view_save"), data, headers={"HX-Request": "true"})

    assert (page.status_code, part.status_code) == (400, 400)
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("seen", ["²", "9" * 5000, "-1", "\x00"])
def test_a_revision_that_is_no_number_is_passed_over(as_user, admin, seen):
    sequence = make_sequence()
    address = reverse("step_add", args=[sequence.public_id])

    response = as_user(admin).post(address, {"kind": "wait", "seen": seen})

    assert response.status_code == 302
    sequence.refresh_from_db()
    assert len(draft_of(sequence).steps) == 4
