import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from accounts.rights import Role
from handoff.actions.answers import accept_handoffs
from handoff.actions.distribution import claim_handoffs
from handoff.actions.offers import offer_leads
from handoff.models import Handoff
from tests.factories import EVERYTHING, make_user
from tests.handoff.factories import make_mql, make_offer, make_task

pytestmark = pytest.mark.django_db
LIST = {"HX-Request": "true", "HX-Target": "div#listing-queue"}


@pytest.fixture
def now():
    return timezone.now()


def names(response):
    """Return the last names of the leads on a page, in their order."""
    return re.findall(r'class="row-link"[^>]*><bdi>Ada (\w+)</bdi>', response.content.decode())


def test_the_queue_begins_with_what_waits_then_what_is_due_then_the_best(as_user, rep, now):
    def accepted(name, **overrides):
        handoff = make_offer(rep, last_name=name, as_of=now, **overrides)
        accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)
        return handoff.lead

    accepted("Good", score=80)
    accepted("Fair", score=20)
    make_task(accepted("Planned"), rep, due_at=now + timedelta(days=1))
    make_offer(rep, last_name="Later", as_of=now)
    make_offer(rep, last_name="Soon", as_of=now - timedelta(days=7))

    response = as_user(rep).get(reverse("queue"))

    assert names(response) == ["Soon", "Later", "Planned", "Good", "Fair"]


def test_a_row_says_why_now_how_long_and_what_comes_next(as_user, rep, now):
    handoff = make_offer(rep, company="Pumpen AG", as_of=now)
    make_task(handoff.lead, rep, title="Katalog schicken", due_at=now + timedelta(days=1))

    page = as_user(rep).get(reverse("queue")).content.decode()

    for text in ("Pumpen AG", "Consent given", "Handed over", "Katalog schicken", "Due"):
        assert text in page


def test_the_pool_shows_what_anybody_in_the_team_may_take(as_user, rep, team, stranger, now):
    lead = make_mql(last_name="Pool")
    offer_leads([lead.pk], to_team=team, by=EVERYTHING, as_of=now)

    mine = as_user(rep).get(reverse("queue"))
    pool = as_user(rep).get(reverse("queue"), {"show": "pool"})
    foreign = as_user(stranger).get(reverse("queue"), {"show": "pool"})

    assert (names(mine), names(pool), names(foreign)) == ([], ["Pool"], [])
    assert "Take it" in pool.content.decode()


def test_a_rep_has_no_view_of_the_team(as_user, rep, manager, team):
    colleague = make_user(Role.SALES_REP, team=team)
    make_offer(colleague, last_name="Theirs")

    as_rep = as_user(rep).get(reverse("queue"), {"show": "team"})
    as_manager = as_user(manager).get(reverse("queue"), {"show": "team"})

    assert (names(as_rep), names(as_manager)) == ([], ["Theirs"])


def test_search_and_filter_narrow_the_queue(as_user, rep, now):
    make_offer(rep, last_name="Alpha", score=90)
    make_offer(rep, last_name="Beta", score=10)
    client = as_user(rep)

    assert names(client.get(reverse("queue"), {"q": "beta"})) == ["Beta"]
    assert names(client.get(reverse("queue"), {"score": "50"})) == ["Alpha"]


def test_an_empty_queue_offers_one_thing_to_do(as_user, rep):
    page = as_user(rep).get(reverse("queue")).content.decode()

    assert "Nothing waits for you" in page
    assert page.count("empty-state-icon") == 1


def test_accepting_in_the_queue_gives_the_list_back(as_user, rep, now):
    handoff = make_offer(rep, last_name="Mine", as_of=now)

    response = as_user(rep).post(reverse("accept_handoff", args=[handoff.public_id]), headers=LIST)

    handoff.refresh_from_db()
    page = response.content.decode()
    assert (response.status_code, handoff.state) == (200, "accepted")
    assert names(response) == ["Mine"]
    assert "<html" not in page
    assert "No next step" in page


def test_accepting_without_script_leads_to_the_lead(as_user, rep, now):
    handoff = make_offer(rep, as_of=now)

    response = as_user(rep).post(reverse("accept_handoff", args=[handoff.public_id]))

    assert response.url == reverse("lead_detail", args=[handoff.lead.public_id])


@pytest.mark.case("Z07")
def test_who_comes_second_to_the_pool_is_told_so(as_user, rep, team, now):
    rival = make_user(Role.SALES_REP, team=team)
    (handoff,) = offer_leads([make_mql().pk], to_team=team, by=EVERYTHING, as_of=now)
    claim_handoffs([handoff.pk], by=user_actor(rival), as_of=now)

    response = as_user(rep).post(reverse("accept_handoff", args=[handoff.public_id]))

    assert response.status_code == 409
    assert "Somebody else has taken this lead." in response.content.decode()
    assert Handoff.objects.get().to_user == rival


def test_a_queue_is_not_counted_to_its_end(as_user, rep, now, monkeypatch):
    monkeypatch.setattr("handoff.views.queue.COUNT_CAP", 1)
    for _ in range(3):
        make_offer(rep, as_of=now)

    page = as_user(rep).get(reverse("queue")).content.decode()

    assert 'Mine<span class="count">1+</span>' in page
    assert 'Pool<span class="count">0</span>' in page


def test_a_long_queue_notices_what_has_just_come_in(as_user, rep, now, monkeypatch):
    monkeypatch.setattr("handoff.views.queue.PULSE_ROWS", 1)
    make_offer(rep, as_of=now)
    client, address = as_user(rep), reverse("queue_pulse")
    tag = client.get(address)["ETag"]

    make_offer(rep, as_of=now)

    assert client.get(address, headers={"If-None-Match": tag}).status_code == 204


def test_nothing_has_changed_answers_304_until_something_does(as_user, rep, now):
    handoff = make_offer(rep, as_of=now)
    client, address = as_user(rep), reverse("queue_pulse")

    tag = client.get(address)["ETag"]
    same = client.get(address, headers={"If-None-Match": tag})
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)
    changed = client.get(address, headers={"If-None-Match": tag})

    assert (same.status_code, changed.status_code) == (304, 204)
    assert changed["ETag"] != tag


def test_the_number_of_queries_does_not_grow_with_the_rows(as_user, rep, queries, now):
    client = as_user(rep)
    for _ in range(2):
        make_task(make_offer(rep, as_of=now).lead, rep, due_at=now)
    client.get(reverse("queue"))
    few = queries(lambda: client.get(reverse("queue")))
    for _ in range(8):
        make_task(make_offer(rep, company="A", as_of=now).lead, rep, due_at=now)

    assert queries(lambda: client.get(reverse("queue"))) == few


def test_marketers_see_what_became_of_their_leads(as_user, marketer, rep, now):
    handoff = make_offer(rep, last_name="Given", as_of=now)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)

    response = as_user(marketer).get(reverse("handoff_list"))

    assert names(response) == ["Given"]
    for text in ("Accepted", "Answered in time", "Rita Vertrieb"):
        assert text in response.content.decode()
