"""Another website in the same browser reads nothing, sends nothing and leads nobody away."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.rights import Role
from capture.models import OptIn
from capture.optin import opt_in_link
from leads.models import Lead
from tests.capture.scene import NEWSLETTER_CONSENT, answers, make_form, work
from tests.factories import make_lead
from tests.handoff.factories import make_task
from tests.rights.rows import rows
from tests.rights.world import World
from tests.security.hostile import reading_address

pytestmark = pytest.mark.django_db
EVIL = "https://evil.example"


@pytest.mark.case("A10")
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_cookie_opens_no_part_of_the_api_and_no_other_site_may_read_it(method):
    world, things = World(), {}
    client = world.client(Role.ADMIN)
    client.get("/leads/")
    asked = {"Origin": EVIL, "Access-Control-Request-Method": "GET"}
    calls = [row for row in rows().values() if row.is_api and row.method == "GET"]

    answers_given = {
        row.route: client.generic(method, reading_address(row, world, things), headers=asked)
        for row in calls
    }

    assert len(answers_given) > 10
    assert {answer.status_code for answer in answers_given.values()} == {401}
    told = [name for answer in answers_given.values() for name in answer.headers]
    assert [name for name in told if name.lower().startswith("access-control")] == []


@pytest.mark.case("C19")
@pytest.mark.case("A07")
@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "",
        "text/plain;a=b,json",
    ],
)
@pytest.mark.parametrize("name", ["add_person", "organisation", "lead_create", "preferences"])
def test_no_page_takes_a_post_of_another_kind_without_its_token(admin, as_user, name, content_type):
    client = Client(enforce_csrf_checks=True, headers={"Origin": EVIL})
    client.cookies = as_user(admin).cookies
    people = User.objects.count()
    body = json.dumps({"email": "eve@example.org", "role": "admin", "channel": "phone"})

    answer = client.generic("POST", reverse(name), body, content_type=content_type)

    assert answer.status_code == 403
    assert (User.objects.count(), Lead.objects.count()) == (people, 0)


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
     "\thttps://evil.example", "/%0d%0aX-Evil: 1", "\r\nX-Evil: 1", "nothing",
     "lead_export", "x" * 5000],
)  # fmt: skip
@pytest.mark.parametrize("door", ["task", "preferences", "login"])
def test_next_leads_nowhere_but_to_a_path_of_this_site(rep, as_user, door, target):
    client = as_user(rep)
    task = make_task(make_lead(owner=rep, team=rep.team), rep)
    address, data = {
        "task": (reverse("complete_task", args=[task.public_id]), {}),
        "preferences": (reverse("preferences"), {"theme": "dark"}),
        "login": (reverse("account_login"), {"login": "x@example.org", "password": "x"}),
    }[door]

    answer = client.post(address, {**data, "next": target})

    assert answer.status_code in {302, 422}
    location = answer.headers.get("Location", "/")
    assert "evil.example" not in location
    assert ":" not in location.split("?")[0].split("/")[0]
    assert "X-Evil" not in answer.headers


@pytest.mark.case("A03")
def test_the_link_of_an_opt_in_names_our_address_whatever_the_request_named(settings):
    settings.BASE_URL = "https://crm.example.org"
    form = make_form("newsletter")
    data = answers(form, **{NEWSLETTER_CONSENT: "on"})
    foreign = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}

    refused = Client().post(f"/f/{form.public_id}/", data, headers={"Host": "evil.example"})
    taken = Client().post(f"/f/{form.public_id}/", data, headers={"Host": "localhost", **foreign})
    work()

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert opt_in_link(OptIn.objects.get()).startswith("https://crm.example.org/confirm/")
