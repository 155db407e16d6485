"""Opens and clicks: only with consent, never by a machine, never to a foreign address."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Activity, Lead
from nurturing.actions.sending import send_due
from nurturing.models import MailEvent, Message, TrackedLink
from tests.nurturing.scene import (
    give_consent,
    mail,
    make_due_message,
    make_reader,
    make_sequence,
    tick,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HTML = (
    '<p><a href="https://muster.example/a?x=1&amp;y=2">A</a> <a href="https://b.example/">B</a></p>'
)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"User-Agent": PERSON})


def send_mail(*purposes: str, minutes_ago: int = 60) -> Message:
    """Send a mail with two links an hour ago."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    lead = make_reader(("marketing", *purposes))
    message = make_due_message(lead, make_sequence(mail("m1", html=HTML), as_of=at), as_of=at)
    send_due(at)
    message.refresh_from_db()
    assert message.state == "sent"
    return message


def links(message: Message) -> list[TrackedLink]:
    return list(message.links.filter(kind="link").order_by("position"))


def follow(browser: Client, link: TrackedLink, **headers: str):
    return browser.get(f"/c/{link.token}/", headers=headers)


def judge() -> list[tuple[str, str, str]]:
    """Let the verdicts be given; returns kind, verdict and reason of each hit."""
    tick("verdicts", as_of=timezone.now() + timedelta(seconds=11))
    hits = MailEvent.objects.order_by("pk")
    return list(hits.values_list("kind", "verdict", "verdict_reason"))


def clicks() -> list[tuple[str, bool]]:
    found = Activity.objects.filter(kind="email.clicked").order_by("pk")
    return [(activity.data["url"], activity.is_machine) for activity in found]


def test_without_consent_to_measuring_links_stay_as_they_are(mail_server):
    message = send_mail()

    assert TrackedLink.objects.count() == 0
    assert 'href="https://muster.example/a?x=1&amp;y=2"' in message.html
    assert "/o/" not in message.html
    assert "<img" not in message.html


def test_with_consent_a_click_leads_on_and_counts_as_a_person(mail_server, browser):
    message = send_mail("tracking")
    first, second = links(message)

    response = follow(browser, first)

    assert (first.url, second.url) == ("https://muster.example/a?x=1&y=2", "https://b.example/")
    assert (response.status_code, response["Location"]) == (302, first.url)
    assert response["Referrer-Policy"] == "no-referrer"
    assert judge() == [("click", "human", "")]
    assert clicks() == [(first.url, False)]
    assert Lead.objects.get().last_activity_at is not None
    assert f"/u/{message.token}/" in message.html


def test_the_same_click_again_is_recorded_once(mail_server, browser):
    (first, _second) = links(send_mail("tracking"))

    for _ in range(3):
        follow(browser, first)
        judge()

    assert clicks() == [(first.url, False)]
    assert MailEvent.objects.count() == 3


@pytest.mark.case("R10")
@pytest.mark.parametrize(
    ("headers", "method", "reason"),
    [
        ({}, "head", "method"),
        ({"Sec-Purpose": "prefetch;prerender"}, "get", "prefetch"),
        ({"Purpose": "prefetch"}, "get", "prefetch"),
        ({"User-Agent": "Barracuda Sentinel"}, "get", "agent"),
        ({"User-Agent": ""}, "get", "agent"),
    ],
)
def test_a_machine_leads_nowhere_on_the_timeline(mail_server, browser, headers, method, reason):
    (first, _second) = links(send_mail("tracking"))

    getattr(browser, method)(f"/c/{first.token}/", headers=headers)

    assert judge() == [("click", "machine", reason)]
    assert clicks() == [(first.url, True)]
    assert Lead.objects.get().last_activity_at is None


@pytest.mark.case("R10")
def test_a_click_within_a_minute_of_sending_is_a_scanner(mail_server, browser):
    (first, _second) = links(send_mail("tracking", minutes_ago=0))

    follow(browser, first)

    assert judge() == [("click", "machine", "too_soon")]


@pytest.mark.case("R10")
def test_several_links_within_two_seconds_are_a_scanner(mail_server, browser):
    first, second = links(send_mail("tracking"))

    follow(browser, first)
    follow(browser, second)

    assert judge() == [("click", "machine", "burst")] * 2
    assert clicks() == [(first.url, True), (second.url, True)]


@pytest.mark.case("R10")
def test_whoever_follows_the_hidden_link_makes_all_hits_a_machines(mail_server, browser):
    message = send_mail("tracking")
    (first, _second) = links(message)

    follow(browser, first)
    trapped = follow(browser, message.links.get(kind="trap"))

    assert (trapped.status_code, trapped.content) == (204, b"")
    assert judge() == [("click", "machine", "trap")] * 2
    assert clicks() == [(first.url, True)]


@pytest.mark.case("R11")
@pytest.mark.parametrize(
    ("agent", "verdict", "reason"),
    [("Mozilla/5.0", "machine", "apple"), (PERSON, "human", "")],
)
def test_an_image_that_a_proxy_loads_is_no_open(mail_server, browser, agent, verdict, reason):
    message = send_mail("tracking")
    pixel = message.links.get(kind="pixel")

    response = browser.get(f"/o/{pixel.token}.gif", headers={"User-Agent": agent})

    assert (response["Content-Type"], len(response.content)) == ("image/gif", 42)
    assert judge() == [("open", verdict, reason)]
    opened = Activity.objects.get(kind="email.opened")
    assert opened.is_machine is (verdict == "machine")


@pytest.mark.case("R06")
def test_after_consent_was_withdrawn_old_mails_are_not_measured_any_more(mail_server, browser):
    message = send_mail("tracking")
    give_consent(message.lead, "tracking", state="withdrawn", at=timezone.now())

    response = follow(browser, links(message)[0])
    browser.get(f"/o/{message.links.get(kind='pixel').token}.gif")

    assert response["Location"] == links(message)[0].url
    assert MailEvent.objects.count() == 0


def test_a_browser_that_asks_not_to_be_followed_is_not(mail_server, browser):
    message = send_mail("tracking")

    response = follow(browser, links(message)[0], **{"Sec-GPC": "1"})

    assert (response.status_code, MailEvent.objects.count()) == (302, 0)


@pytest.mark.case("R07")
@pytest.mark.parametrize(
    "more",
    [
        "?url=https://evil.example",
        "?url=//evil.example&next=//evil.example",
        "?redirect=/\\evil.example",
        "?u=%2f%2fevil.example",
        "?x=%0d%0aLocation:%20https://evil.example",
    ],
)
def test_nothing_in_the_request_chooses_where_a_link_leads(mail_server, browser, more):
    (first, _second) = links(send_mail("tracking"))

    response = browser.get(f"/c/{first.token}/{more}")

    assert (response.status_code, response["Location"]) == (302, first.url)


@pytest.mark.case("R07")
@pytest.mark.parametrize(
    "path", ["/c/https://evil.example/", "/c//evil.example/", "/c/%2f%2fevil.example/", "/c/"]
)
def test_an_address_in_the_place_of_a_token_is_not_found(browser, path):
    response = browser.get(path)

    assert response.status_code == 404
    assert "evil" not in response.content.decode()


@pytest.mark.case("R08")
def test_tokens_that_were_changed_or_belong_to_erased_mails_are_not_found(mail_server, browser):
    from accounts.action import writing

    message = send_mail("tracking")
    first, second = links(message)
    pixel = message.links.get(kind="pixel")
    tokens = [first.token[:-1], first.token[:11] + second.token[11:], str(first.pk), pixel.token]

    answers = [browser.get(f"/c/{token}/") for token in tokens]
    answers.append(browser.get(f"/o/{first.token}.gif"))
    with writing("scene"):
        message.delete()
    answers += [browser.get(f"/c/{first.token}/"), browser.get(f"/o/{pixel.token}.gif")]

    assert [answer.status_code for answer in answers] == [404] * 7
    bodies = {re.sub(rb'nonce="[^"]*"', b"", answer.content) for answer in answers[:4]}
    assert len(bodies) == 1
