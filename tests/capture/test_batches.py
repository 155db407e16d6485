"""Batches of events: what is switched on is kept, once, and belongs to nobody but its browser."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.actions.identifying import identify_visitors
from capture.models import Page, PageEvent, PageView, Touch, Visitor
from leads.entries import ConsentEntry
from leads.models import Lead
from tests.capture.scene import make_form, submit, switch_on
from tests.capture.test_tracking import tell, view
from tests.factories import EVERYTHING, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_measured")]
SITE = "https://www.example.org"


def batch(*events, token="", **more):
    return {"c": True, "v": token, "b": list(events), **more}


def look(path="/preise", key=None, **more):
    return {"e": "view", "p": str(key or uuid4()), "u": f"{SITE}{path}", "t": "T", **more}


def begin(path="/preise", key=None, **more):
    """Return the id of a new visitor who looks at ``path``."""
    return tell(batch(look(path, key, **more))).json()["v"]


def test_a_batch_keeps_pages_stays_clicks_and_events_of_one_browser():
    key = uuid4()
    token = begin(key=key)

    tell(
        batch(
            {"e": "stay", "p": str(key), "s": 42, "d": 80},
            {"e": "click", "p": str(key), "i": 1, "k": "outbound", "u": "https://a.example/x?t=1"},
            {"e": "click", "p": str(key), "i": 2, "k": "download", "u": f"{SITE}/a.pdf"},
            {"e": "event", "p": str(key), "i": 3, "n": "video", "d": {"title": "Film", "part": 2}},
            look("/kontakt", a=5000),
            token=token,
        )
    )

    seen = PageView.objects.get(key=key)
    assert (seen.seconds, seen.depth, seen.page.path) == (42, 80, "/preise")
    told = PageEvent.objects.order_by("number").values_list("kind", "name", "url", "data")
    assert list(told) == [
        ("outbound", "", "https://a.example/x", {}),
        ("download", "", f"{SITE}/a.pdf", {}),
        ("custom", "video", "", {"title": "Film", "part": 2}),
    ]
    later = PageView.objects.get(path="/kontakt")
    assert 4.9 < (timezone.now() - later.occurred_at).total_seconds() < 15


def test_a_batch_that_comes_twice_is_kept_once():
    key = uuid4()
    events = (
        look(key=key),
        {"e": "event", "p": str(key), "i": 1, "n": "film"},
        {"e": "stay", "p": str(key), "s": 9},
    )
    token = tell(batch(*events)).json()["v"]

    tell(batch(*events, token=token))

    assert (PageView.objects.count(), PageEvent.objects.count(), Page.objects.count()) == (1, 1, 1)


def test_everything_is_off_until_somebody_switches_it_on():
    switch_on(visits=False, dwell=False, scroll=False, clicks=False, events=False)

    assert tell(batch(look())).status_code == 204

    assert (Visitor.objects.count(), Page.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("dwell", (0, 80, 2, 1)),
        ("scroll", (42, None, 2, 1)),
        ("clicks", (42, 80, 0, 1)),
        ("events", (42, 80, 2, 0)),
    ],
)
def test_the_server_keeps_nothing_of_a_part_that_is_off_whatever_is_sent(part, left):
    switch_on(**{part: False})
    key = str(uuid4())
    token = begin(key=key)

    tell(
        batch(
            {"e": "stay", "p": key, "s": 42, "d": 80},
            {"e": "click", "p": key, "i": 1, "k": "outbound", "u": "https://a.example/"},
            {"e": "click", "p": key, "i": 2, "k": "download", "u": f"{SITE}/a.pdf"},
            {"e": "event", "p": key, "i": 3, "n": "film"},
            token=token,
        )
    )

    seen = PageView.objects.get()
    custom = PageEvent.objects.filter(kind="custom").count()
    clicks = PageEvent.objects.exclude(kind="custom").count()
    assert (seen.seconds, seen.depth, clicks, custom) == left


def test_pages_of_other_websites_are_left_out():
    switch_on(sites=["example.org"])

    tell(batch({**look(), "u": "https://evil.example/"}))
    tell(batch({**look(), "u": "https://notexample.org/"}))
    tell(batch(look()), HTTP_ORIGIN="https://evil.example")
    tell(batch(look()), HTTP_ORIGIN=SITE)

    assert PageView.objects.count() == 1


@pytest.mark.case("R01")
def test_an_id_of_one_site_is_nobody_on_another():
    token = begin()

    elsewhere = tell(batch({**look(), "u": "https://shop.example/"}, token=token)).json()["v"]

    assert elsewhere != token
    assert sorted(Visitor.objects.values_list("site", flat=True)) == [
        "shop.example",
        "www.example.org",
    ]


def test_what_comes_before_the_id_arrived_belongs_to_the_visitor_of_its_view():
    key = uuid4()
    token = begin(key=key)

    answer = tell(batch({"e": "stay", "p": str(key), "s": 7}, look("/weiter")))

    assert answer.json()["v"] == token
    assert set(PageView.objects.values_list("visitor__token", flat=True)) == {token}


@pytest.mark.case("R01")
def test_nobody_adds_to_the_views_of_another_browser():
    key = uuid4()
    begin(key=key)
    other = begin()

    tell(
        batch(
            {"e": "stay", "p": str(key), "s": 900},
            {"e": "event", "p": str(key), "i": 1, "n": "x"},
            token=other,
        )
    )

    assert PageView.objects.get(key=key).seconds == 0
    assert PageEvent.objects.count() == 0


@pytest.mark.case("R03")
def test_of_an_address_only_what_says_where_from_is_kept():
    begin("/a?email=victim@example.org&token=geheim&utm_source=ig&gclid=1&cid=2#part")

    assert PageView.objects.get().url == f"{SITE}/a?utm_source=ig&gclid=1"


@pytest.mark.case("R10")
@pytest.mark.parametrize(
    ("more", "headers", "reason"),
    [
        ({}, {"HTTP_USER_AGENT": "Googlebot/2.1"}, "robot"),
        ({}, {"HTTP_USER_AGENT": ""}, "no_agent"),
        ({}, {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, "prefetch"),
        ({"m": 1}, {}, "automated"),
    ],
)
def test_machines_are_kept_with_the_reason_why_they_are_some(more, headers, reason):
    tell(batch(look(), **more), **headers)

    seen = PageView.objects.get()
    assert (seen.is_machine, seen.machine_reason) == (True, reason)


@pytest.mark.case("R10")
def test_a_dozen_pages_in_a_second_are_no_persons():
    tell(batch(*(look(f"/{number}") for number in range(12))))
    tell(batch(*(look(f"/x{number}", a=number * 2000) for number in range(12))))

    reasons = PageView.objects.order_by("id").values_list("machine_reason", flat=True)
    assert list(reasons) == ["burst"] * 12 + [""] * 12


def test_events_and_downloads_join_the_timeline_of_the_lead_at_conversion():
    key = uuid4()
    token = begin(key=key)
    tell(
        batch(
            {"e": "event", "p": str(key), "i": 1, "n": "film", "d": {"part": 2}},
            {"e": "click", "p": str(key), "i": 2, "k": "download", "u": f"{SITE}/a.pdf"},
            token=token,
        )
    )

    submit(make_form(), visitor=token)
    tell(batch({"e": "event", "p": str(key), "i": 3, "n": "dankt"}, token=token))

    lead = Lead.objects.get()
    kinds = ("event.happened", "file.downloaded")
    told = lead.activities.filter(kind__in=kinds)
    assert {(row.kind, row.data.get("name") or row.data["url"]) for row in told} == {
        ("event.happened", "film"),
        ("file.downloaded", f"{SITE}/a.pdf"),
        ("event.happened", "dankt"),
    }


def test_first_and_last_touch_are_kept_as_told_and_join_the_lead():
    token = begin("/?utm_source=tiktok&utm_campaign=Herbst", r="https://www.tiktok.com/")
    tell(batch(look("/b?utm_source=newsletter&utm_medium=email&gclid=G"), token=token))
    tell(batch(look("/kontakt", r=f"{SITE}/b"), token=token))

    submit(make_form(), visitor=token, page_url=f"{SITE}/kontakt")

    first, last = (Touch.objects.get(position=position) for position in ("first", "last"))
    assert (first.channel, first.utm_campaign, first.referrer) == (
        "tiktok",
        "Herbst",
        "https://www.tiktok.com/",
    )
    assert (last.utm_source, last.channel, last.click_ids) == (
        "newsletter",
        "email",
        {"gclid": "G"},
    )
    assert (last.landing_page, last.page.path) == (f"{SITE}/kontakt", "/kontakt")
    assert Lead.objects.get().first_channel == "email"


@pytest.mark.case("R06")
def test_where_somebody_came_from_is_not_used_for_who_does_not_want_to_be_recognised():
    token = begin("/?utm_source=tiktok")
    objection = ConsentEntry("tracking", "web", "objected")
    lead = make_lead(email="eva@example.org", consents=[objection])

    submit(make_form(), visitor=token, page_url=f"{SITE}/kontakt")

    assert Touch.objects.get(lead=lead).utm_source == ""


def test_a_visitor_of_the_version_before_is_credited_with_their_first_view():
    token = begin("/?utm_source=linkedin")
    with writing("scene"):
        Visitor.objects.update(first_touch=None, last_touch=None, site="")
    lead = make_lead()

    identify_visitors([(lead.pk, token)], by=EVERYTHING, as_of=timezone.now())

    assert Touch.objects.get().channel == "linkedin"


@pytest.mark.parametrize(
    "events",
    [
        "x",
        [1, None, [], "y"],
        [{"e": "event", "i": 1, "n": "a"}],
        [{"e": "event", "p": "x", "i": 1, "n": "a"}],
        [{"e": "click", "p": str(uuid4()), "i": 1, "k": "outbound", "u": "javascript:alert(1)"}],
        [{"e": "stay", "p": str(uuid4()), "s": float("nan")}],
        [{"e": "view", "u": "https://[::1/"}],
    ],
)
def test_nonsense_is_left_out(events):
    assert tell({"c": True, "v": "", "b": events}).status_code == 204

    assert (Visitor.objects.count(), PageEvent.objects.count()) == (0, 0)


def test_of_an_event_only_a_few_plain_details_are_kept():
    key = str(uuid4())
    details = {f"k{n}": n for n in range(30)} | {"deep": {"a": 1}, "bad name!": 1}

    tell(batch(look(key=key), {"e": "event", "p": key, "i": 1, "n": "<b>x</b>", "d": details}))

    kept = PageEvent.objects.get()
    assert kept.name == "bx/b"
    assert kept.data == {f"k{n}": n for n in range(10)}


def test_views_alone_need_the_consent_of_the_batch():
    tell({"v": "", "b": [look()]})
    tell({**view(), "c": False})

    assert Visitor.objects.count() == 0
