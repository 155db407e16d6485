import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.guard import throttle
from capture.models import PageView, Touch, Visitor
from leads.models import Activity, Consent, Lead
from leads.stages import Channel
from tests.capture.scene import BROWSER, make_form, submit, visitor
from tests.factories import make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_measured")]


def tell(data, **extra):
    extra.setdefault("HTTP_USER_AGENT", BROWSER)
    body = data if isinstance(data, str | bytes) else json.dumps(data)
    return visitor().generic("POST", "/t", body, "text/plain;charset=UTF-8", **extra)


def view(url="https://www.example.org/preise", token="", **more):
    return {
        "e": "view",
        "c": True,
        "v": token,
        "p": str(uuid4()),
        "u": url,
        "t": "Preise",
        "r": "",
        **more,
    }


def new_visitor(**more):
    """Return the id that a new visitor is given."""
    return tell(view(**more)).json()["v"]


def test_a_visitor_who_agrees_gets_a_random_id_and_their_views_are_kept():
    token = new_visitor()

    again = tell(view("https://www.example.org/kontakt", token))

    assert len(token) == 32
    assert again.status_code == 204
    assert Visitor.objects.get().token == token
    assert list(PageView.objects.order_by("id").values_list("path", flat=True)) == [
        "/preise",
        "/kontakt",
    ]


@pytest.mark.case("R05")
@pytest.mark.parametrize(
    "data",
    [
        view(c=False),
        view(c="true"),
        {key: value for key, value in view().items() if key != "c"},
        {"e": "unknown", "c": True},
        view("javascript:alert(1)"),
        "[]",
        "{",
        b"\xff\xfe",
        "[" * 50_000,
        "",
    ],
)
def test_without_consent_or_sense_nothing_is_kept(data):
    response = tell(data)

    assert response.status_code == 204
    assert (Visitor.objects.count(), PageView.objects.count()) == (0, 0)
    assert "Set-Cookie" not in response.headers


@pytest.mark.case("R05")
@pytest.mark.parametrize("signal", [{"HTTP_DNT": "1"}, {"HTTP_SEC_GPC": "1"}])
def test_a_browser_that_asks_not_to_be_followed_is_not(signal):
    response = tell(view(), **signal)

    assert response.status_code == 204
    assert Visitor.objects.count() == 0


@pytest.mark.case("R01")
def test_an_id_that_was_changed_or_made_up_is_a_new_visitor_and_nobody_else():
    token = new_visitor()
    lead = make_lead()
    with writing("scene"):
        Visitor.objects.update(lead=lead)
    one_more = f"{(int(token, 16) + 1) % 16**32:032x}"

    for made_up in (one_more, "1", "x" * 10_000, token.upper(), None, ["a"]):
        answer = tell(view(token=made_up))
        assert list(answer.json()) == ["v"]
        assert answer.json()["v"] not in (token, made_up)

    assert lead.activities.filter(kind="page.visited").count() == 0
    assert Visitor.objects.filter(lead=None).count() == 6


@pytest.mark.case("R01")
def test_an_id_never_answers_with_anything_about_its_lead():
    token = new_visitor()
    with writing("scene"):
        Visitor.objects.update(lead=make_lead(first_name="Geheim"))

    answer = tell(view(token=token))

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.case("R03")
def test_an_address_in_a_link_identifies_nobody():
    lead = make_lead(email="victim@example.org")

    tell(
        view("https://www.example.org/?email=victim@example.org&cid=1", email="victim@example.org")
    )

    assert Visitor.objects.get().lead is None
    assert lead.activities.filter(kind="page.visited").count() == 0


def test_visits_before_the_form_join_the_lead_at_their_own_times():
    then = timezone.now() - timedelta(days=3)
    token = new_visitor(
        url="https://www.example.org/?utm_source=linkedin&utm_campaign=herbst",
        r="https://www.linkedin.com/feed",
    )
    with writing("scene"):
        PageView.objects.update(occurred_at=then)
        known = Visitor.objects.get()
        known.first_touch["at"] = then.isoformat()
        known.save()

    submit(make_form(), visitor=token)
    tell(view("https://www.example.org/danke", token))

    lead = Lead.objects.get()
    visits = lead.activities.filter(kind="page.visited").order_by("occurred_at")
    assert [activity.data["path"] for activity in visits] == ["/", "/danke"]
    assert visits[0].occurred_at == then
    first = Touch.objects.get(position="first")
    assert (first.channel, first.utm_source, first.occurred_at) == (
        Channel.LINKEDIN,
        "linkedin",
        then,
    )
    consent = Consent.objects.get(purpose="tracking")
    assert (consent.channel, consent.state) == ("web", "granted")


def test_a_browser_with_two_users_stays_with_the_first():
    token = new_visitor()
    submit(make_form(), visitor=token)
    first = Lead.objects.get()

    submit(make_form("feedback"), visitor=token, email="zweite@example.org")

    assert Visitor.objects.get().lead == first


def test_the_same_page_within_half_an_hour_is_one_visit_on_the_timeline():
    token = new_visitor()
    submit(make_form(), visitor=token)

    for _again in range(3):
        tell(view(token=token))

    assert PageView.objects.count() == 4
    assert Activity.objects.filter(kind="page.visited").count() <= 2


def test_the_time_on_a_page_only_grows():
    token = new_visitor()
    key = str(PageView.objects.get().key)

    for seconds in (12, 40, 3, -5, 10**9, "7"):
        tell({"e": "leave", "v": token, "p": key, "s": seconds})

    assert PageView.objects.get().seconds == 40


@pytest.mark.case("R06")
def test_who_takes_the_permission_back_is_forgotten():
    token = new_visitor()
    submit(make_form(), visitor=token)

    tell({"e": "forget", "v": token})

    assert (Visitor.objects.count(), PageView.objects.count()) == (0, 0)
    consent = Consent.objects.get(purpose="tracking")
    assert consent.state == "withdrawn"
    assert tell(view(token=token)).json()["v"] != token


@pytest.mark.case("R10")
@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_USER_AGENT": "Googlebot/2.1"},
        {"HTTP_USER_AGENT": ""},
        {"HTTP_SEC_PURPOSE": "prefetch"},
        {"HTTP_PURPOSE": "prefetch"},
    ],
)
def test_machines_are_marked_and_move_no_lead(headers):
    token = new_visitor()
    lead = make_lead()
    with writing("scene"):
        Visitor.objects.update(lead=lead)
        Lead.objects.update(last_activity_at=None)

    tell(view("https://www.example.org/neu", token), **headers)

    assert PageView.objects.get(path="/neu").is_machine
    assert lead.activities.get(kind="page.visited").is_machine
    lead.refresh_from_db()
    assert lead.last_activity_at is None


@pytest.mark.case("X02")
def test_hostile_titles_and_referrers_are_kept_as_text_or_not_at_all():
    tell(view(t="<script>alert(1)</script>\x00", r="javascript:alert(1)"))

    kept = PageView.objects.get()
    assert (kept.title, kept.referrer) == ("<script>alert(1)</script>", "")


def test_a_flood_from_one_network_is_left_out(monkeypatch):
    monkeypatch.setattr(throttle, "monotonic", lambda: 1.0)
    token = new_visitor()

    statuses = {tell({"e": "leave", "v": token, "p": "x"}).status_code for _n in range(300)}
    tell(view(token=token))

    assert statuses == {204}
    assert PageView.objects.count() == 1


def test_a_preflight_is_answered_without_credentials():
    response = visitor().options("/t", HTTP_ORIGIN="https://a.example")

    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Access-Control-Allow-Credentials" not in response
