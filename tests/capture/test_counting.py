"""Figures of pages: who was there, counted once, and what they did."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.action import writing
from capture.actions.counting import count_days, open_days
from capture.actors import CAPTURE
from capture.models import Campaign, CountedDay, Page, PageDay, PageEvent, PageView, Visitor
from ground import days
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
HOST = "www.example.org"


class Scene:
    """Visitors by number and what they looked at."""

    def __init__(self) -> None:
        self.campaign = Campaign.objects.create(name="Herbst", code="herbst", created_at=NOW)

    def visitor(self, number):
        return Visitor.objects.get_or_create(
            token=f"{number:032x}",
            defaults={"consented_at": NOW, "first_seen_at": NOW, "last_seen_at": NOW},
        )[0]

    def page(self, path):
        return Page.objects.get_or_create(host=HOST, path=path, defaults={"created_at": NOW})[0]

    def look(self, number, path="/a", day=2, hour=10, minute=0, **more):
        at = datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)
        return PageView.objects.create(
            visitor=self.visitor(number),
            page=self.page(path),
            host=HOST,
            path=path,
            url="https://x.example/",
            occurred_at=at,
            **more,
        )

    def act(self, view, kind="form"):
        PageEvent.objects.create(view=view, kind=kind, occurred_at=view.occurred_at)


@pytest.fixture
def scene():
    with writing("scene"):
        yield Scene()


def count(*chosen, as_of=NOW + timedelta(days=9)):
    return count_days([days.day_of(NOW).replace(day=d) for d in chosen], by=CAPTURE, as_of=as_of)


def total(name, **which):
    which.setdefault("campaign", None)
    return sum(PageDay.objects.filter(**which).values_list(name, flat=True))


@pytest.mark.requirement("S42")
def test_time_bounces_and_machines_of_a_page(scene):
    scene.look(1, seconds=30, depth=100)
    scene.look(2, seconds=10, depth=50)
    scene.look(2, "/b", minute=5)
    scene.look(3, is_machine=True, machine_reason="robot", seconds=9000)

    count(2)

    here = {"page": scene.page("/a")}
    names = ("visitors", "views", "seconds", "timed", "visits", "bounces", "depth", "scrolled")
    assert {name: total(name, **here) for name in names} == {
        "visitors": 2,
        "views": 2,
        "seconds": 40,
        "timed": 2,
        "visits": 2,
        "bounces": 1,
        "depth": 150,
        "scrolled": 2,
    }
    assert total("machine_views", **here) == 1
    assert (total("visitors", page=None), total("views", page=None)) == (2, 3)


@pytest.mark.requirement("S104")
def test_actors_are_visitors_who_sent_the_form_however_often(scene):
    view = scene.look(1)
    scene.act(view)
    scene.act(view)
    scene.look(2)
    scene.act(scene.look(3, is_machine=True))

    count(2)

    assert total("actors", page=scene.page("/a")) == 1
    assert total("visitors", page=scene.page("/a")) == 2


def test_a_click_and_what_follows_within_half_an_hour_are_no_bounce(scene):
    scene.act(scene.look(1), kind="outbound")
    scene.look(2, hour=10)
    scene.look(2, hour=10, minute=29)
    scene.look(3, hour=10)
    scene.look(3, hour=11)

    count(2)

    here = {"page": scene.page("/a")}
    assert (total("visits", **here), total("bounces", **here), total("clicks", **here)) == (4, 2, 1)


def test_a_visit_over_midnight_is_one(scene):
    scene.look(1, day=2, hour=23, minute=50)
    scene.look(1, "/b", day=3, hour=0, minute=10)

    count(2, 3)

    assert total("visits", page=scene.page("/a")) == 1
    assert (total("bounces", page=None), total("visits", page=scene.page("/b"))) == (0, 0)


def test_who_comes_again_is_known_by_the_day_before(scene):
    scene.look(1, day=2)
    scene.look(1, "/b", day=3)
    scene.act(scene.look(1, day=4))
    scene.act(scene.look(1, day=5))

    count(2, 3, 4, 5)

    told = PageDay.objects.filter(page=scene.page("/a"), campaign=None).order_by("day")
    assert [(r.day.day, r.before and r.before.day, r.acted_before) for r in told] == [
        (2, None, None),
        (4, 2, None),
        (5, 4, days.day_of(NOW).replace(day=4)),
    ]


def test_campaigns_have_figures_of_their_own_and_by_page(scene):
    scene.look(1, campaign_code="herbst")
    scene.act(scene.look(1, "/b", campaign_code="herbst"))
    scene.look(2)
    scene.look(3, campaign_code="unbekannt")

    count(2)

    assert total("visitors", page=None, campaign=scene.campaign) == 1
    assert total("actors", page=None, campaign=scene.campaign) == 1
    assert total("visitors", page=scene.page("/a"), campaign=scene.campaign) == 1
    assert total("visitors", page=scene.page("/a")) == 3


def test_counting_again_gives_the_same(scene):
    scene.act(scene.look(1))
    scene.look(2, is_machine=True)

    count(2)
    before = list(PageDay.objects.order_by("page", "views").values("page", "views", "visitors"))
    count(2)

    again = list(PageDay.objects.order_by("page", "views").values("page", "views", "visitors"))
    assert again == before


def test_a_day_is_counted_until_an_hour_after_its_end(scene):
    scene.look(1, day=2)
    count(2, as_of=datetime(2026, 11, 3, 0, 59, tzinfo=BERLIN))
    assert [day.day for day in open_days(as_of=datetime(2026, 11, 3, 1, tzinfo=BERLIN))] == [2, 3]

    count(2, as_of=datetime(2026, 11, 3, 1, tzinfo=BERLIN))

    assert CountedDay.objects.get().is_final
    assert [day.day for day in open_days(as_of=datetime(2026, 11, 3, 2, tzinfo=BERLIN))] == [3]


def test_sample_figures_of_the_same_day_stay_beside_what_is_counted(scene):
    day = days.day_of(NOW)
    PageDay.objects.create(day=day, visitors=50, machine_views=1, is_sample=True)
    scene.look(1)
    scene.look(2, is_machine=True)

    count(2)
    count(2)

    told = PageDay.objects.filter(page=None, campaign=None).order_by("is_sample")
    assert list(told.values_list("visitors", "machine_views")) == [(1, 1), (50, 1)]
