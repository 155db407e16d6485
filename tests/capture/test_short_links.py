"""Short links: where they lead, who followed them, and that nobody finds them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from capture import outage
from capture.actions.clicks import judge_clicks
from capture.actions.posts import add_link, close_links, save_post
from capture.actors import CAPTURE
from capture.guard import doors, throttle
from capture.models import Campaign, LinkClick, LinkDay, ShortLink, Touch
from capture.outage import DatabaseAwayError
from capture.views import short_links
from leads.models import Lead
from tests.capture.scene import BROWSER, make_form, submit, visitor
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db
TARGET = "https://www.example.org/angebot"


@pytest.fixture(autouse=True)
def _nobody_clicked():
    doors.clear()


def make_post(title="Herbst", network="instagram", **values):
    return save_post(None, title=title, network=network, by=EVERYTHING, as_of=NOW, **values)


def make_link(target=TARGET, post=None, **values):
    post = post or make_post()
    return add_link(post.pk, target=target, by=EVERYTHING, as_of=NOW, **values)


def follow(link, query="", method="get", **headers):
    headers = {"User-Agent": BROWSER, **headers}
    code = link if isinstance(link, str) else link.code
    return getattr(visitor(), method)(f"/l/{code}{query}", headers=headers)


def judge():
    return judge_clicks(by=CAPTURE, as_of=timezone.now() + timedelta(seconds=30))


def verdicts():
    return list(LinkClick.objects.order_by("id").values_list("verdict", "reason"))


@pytest.mark.requirement("S35")
def test_a_link_leads_to_its_target_with_network_and_post():
    with writing("scene"):
        campaign = Campaign.objects.create(name="H", code="herbst-26", created_at=NOW)
    link = make_link(f"{TARGET}?a=1#oben", make_post(campaign_id=campaign.pk), label="Story 1")

    response = follow(link)

    assert (response.status_code, response["Location"]) == (
        302,
        f"{TARGET}?a=1&utm_source=instagram&utm_medium=social&utm_campaign=herbst-26"
        f"&utm_content=story-1&lcl={link.code}#oben",
    )
    assert "no-store" in response["Cache-Control"]


def test_what_the_target_says_itself_stays_and_click_ids_go_along():
    link = make_link(f"{TARGET}?utm_source=eigene&lcl=falsch")

    location = follow(link, "?fbclid=IwAR0_x-1&email=a@b.de&utm_source=x&gclid=%0d%0aX")["Location"]

    assert location.startswith(f"{TARGET}?utm_source=eigene&utm_medium=social")
    assert location.endswith(f"&fbclid=IwAR0_x-1&lcl={link.code}")
    assert "email" not in location
    assert "gclid" not in location


@pytest.mark.case("R07")
@pytest.mark.parametrize(
    "more",
    [
        "?url=https://evil.example",
        "?next=//evil.example",
        "?target=%5Cevil.example",
        "?%0d%0aLocation:https://evil.example",
        "?fbclid=//evil.example",
        "?fbclid=x%0d%0aSet-Cookie:a=b",
    ],
)
def test_nothing_in_the_request_chooses_where_a_link_leads(more):
    response = follow(make_link(), more)

    assert response["Location"].startswith(f"{TARGET}?")
    assert "evil" not in response["Location"]
    assert not response.cookies


@pytest.mark.case("R07")
@pytest.mark.parametrize(
    "rest", ["//evil.example", "/https://evil.example", "%2f%2fevil.example", "\\evil", "%0d%0a"]
)
def test_what_follows_the_code_is_no_part_of_it(rest):
    assert follow(f"{make_link().code}{rest}").status_code == 404


@pytest.mark.case("R08")
def test_an_unknown_a_changed_and_a_closed_link_are_answered_alike():
    link, closed = make_link(), make_link()
    close_links([closed.pk], by=EVERYTHING, as_of=NOW)

    answers = [
        follow(code) for code in ("nichtda99", link.code[:-1], link.code.swapcase(), closed.code)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert LinkClick.objects.count() == 0


@pytest.mark.case("R08")
def test_who_tries_codes_is_sent_away():
    form = make_form()
    for number in range(60):
        follow(f"versuch{number}")

    assert follow(make_link()).status_code == 429
    assert visitor().get(f"/f/{form.public_id}/").status_code == 200


def test_codes_tell_nothing_about_each_other():
    codes = [make_link().code for _number in range(20)]

    assert len(set(codes)) == 20
    assert {len(code) for code in codes} == {9}
    assert sorted(codes) != codes


@pytest.mark.requirement("S41")
def test_a_click_of_a_person_is_counted_once_it_settled():
    link = make_link()
    follow(link)

    early = judge_clicks(by=CAPTURE, as_of=timezone.now() + timedelta(seconds=5))
    first, second = judge(), judge()

    assert (early, first, second) == (0, 1, 0)
    assert verdicts() == [("human", "")]
    assert LinkDay.objects.values_list("clicks", "machine_clicks").get() == (1, 0)


@pytest.mark.case("R10")
@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [
        ("head", {}, "head"),
        ("get", {"Sec-Purpose": "prefetch"}, "prefetch"),
        ("get", {"Purpose": "prefetch"}, "prefetch"),
        ("get", {"X-Moz": "prefetch"}, "prefetch"),
        ("get", {"User-Agent": "facebookexternalhit/1.1"}, "robot"),
        ("get", {"User-Agent": ""}, "no_agent"),
    ],
)
def test_machines_are_led_on_and_count_apart(method, headers, reason):
    response = follow(make_link(), method=method, **headers)
    judge()

    assert response.status_code == 302
    assert verdicts() == [("machine", reason)]
    assert LinkDay.objects.values_list("clicks", "machine_clicks").get() == (0, 1)


@pytest.mark.case("R10")
def test_a_dozen_links_in_a_second_are_a_scanner_that_calls_itself_a_browser():
    post = make_post()
    for _number in range(12):
        follow(make_link(post=post))

    judge()

    assert verdicts() == [("machine", "burst")] * 12


def test_the_same_browser_at_once_is_one_click_and_later_another():
    link = make_link()
    follow(link)
    follow(link)
    follow(link)
    with writing("scene"):
        last = LinkClick.objects.latest("id")
        LinkClick.objects.filter(pk=last.pk).update(at=last.at + timedelta(seconds=5))

    judge()

    assert verdicts() == [("human", ""), ("machine", "repeat"), ("human", "")]


def test_who_clicked_is_forgotten_after_a_minute():
    link = make_link()
    follow(link)
    assert len(LinkClick.objects.get().who) == 32

    judge()
    judge_clicks(by=CAPTURE, as_of=timezone.now() + timedelta(seconds=70))

    assert LinkClick.objects.get().who == ""


def test_of_who_asks_not_to_be_followed_only_the_click_is_kept():
    follow(make_link(), **{"Sec-GPC": "1"})

    assert LinkClick.objects.get().who == ""


def test_a_network_that_clicks_without_end_is_led_on_and_not_counted(monkeypatch):
    monkeypatch.setattr(throttle, "monotonic", lambda: 1.0)
    link = make_link()

    statuses = {follow(link).status_code for _number in range(130)}

    assert statuses == {302}
    assert LinkClick.objects.count() == 120


@pytest.mark.requirement("S35")
@pytest.mark.case("R05")
def test_a_lead_that_sends_the_form_behind_a_link_belongs_to_its_post_without_any_cookie():
    link = make_link(post=make_post(network="tiktok"))
    response = follow(link)

    submit(make_form(), page_url=response["Location"])

    touch = Touch.objects.get()
    assert (touch.link, touch.utm_source, touch.channel) == (link, "tiktok", "tiktok")
    assert Lead.objects.get().first_channel == "tiktok"
    assert not response.cookies


@pytest.mark.parametrize("code", ["nichtda99", "<script>", "a" * 500, "'--", "%00"])
def test_a_form_behind_a_made_up_link_is_a_lead_all_the_same(code):
    submit(make_form(), page_url=f"{TARGET}?lcl={code}")

    assert Touch.objects.get().link is None


def test_a_known_link_leads_on_while_the_database_is_away(monkeypatch):
    link = make_link()
    follow(link)

    def away(_work):
        raise DatabaseAwayError

    monkeypatch.setattr(short_links, "with_database", away)

    assert follow(link).status_code == 302
    assert follow("nichtda99").status_code == 503
    outage.breaker.reset()


@pytest.mark.case("R07")
@pytest.mark.parametrize("target", ["javascript:alert(1)", "//evil.example", "/login", ""])
def test_a_target_that_is_no_web_address_any_more_leads_nowhere(target):
    link = make_link()
    with writing("scene"):
        ShortLink.objects.update(target=target)

    assert follow(link).status_code == 404
