import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from handoff.actions.answers import accept_handoffs
from handoff.models import Call, Opportunity, Task
from handoff.models.deals import DealStage
from handoff.queue import next_lead
from leads.models import Note
from tests.factories import NOW, make_lead
from tests.handoff.factories import make_agreement, make_deal, make_offer, make_task

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "div#work"}


@pytest.fixture
def now():
    return timezone.now()


def heading(response):
    found = re.search(r"<h1><bdi>([^<]+)</bdi></h1>", response.content.decode())
    return found and found[1]


def contact(**overrides):
    data = {"contact_id": uuid.uuid4(), "outcome": "reached", "next_step": "call_week"}
    return {**data, "note": "Will ein Angebot", **overrides}


def test_after_saving_the_next_lead_is_there_at_once(as_user, rep, now):
    first = make_offer(rep, last_name="First", as_of=now - timedelta(days=1)).lead
    make_offer(rep, last_name="Second", as_of=now)
    client = as_user(rep)

    shown = client.get(reverse("work_next"))
    saved = client.post(reverse("work_lead", args=[first.public_id]), contact(), headers=PART)

    assert (heading(shown), heading(saved)) == ("Ada First", "Ada Second")
    assert "<html" not in saved.content.decode()
    assert Note.objects.get().body == "Will ein Angebot"


def test_without_script_the_next_lead_is_a_page(as_user, rep, now):
    lead = make_offer(rep, as_of=now).lead

    response = as_user(rep).post(reverse("work_lead", args=[lead.public_id]), contact())

    assert (response.status_code, response.url) == (302, reverse("work_next"))


@pytest.mark.case("J06")
def test_what_is_sent_again_after_the_connection_was_lost_is_written_once(as_user, rep, now):
    lead = make_offer(rep, as_of=now).lead
    client, data = as_user(rep), contact()

    for _ in range(3):
        client.post(reverse("work_lead", args=[lead.public_id]), data, headers=PART)

    assert (Call.objects.count(), Note.objects.count(), Task.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("missing", ["outcome", "next_step"])
def test_an_incomplete_contact_comes_back_with_what_was_typed(as_user, rep, missing, now):
    lead = make_offer(rep, as_of=now).lead
    data = contact()
    del data[missing]

    response = as_user(rep).post(reverse("work_lead", args=[lead.public_id]), data, headers=PART)

    page = response.content.decode()
    assert (response.status_code, Call.objects.count()) == (422, 0)
    assert ("Will ein Angebot" in page, "aria-invalid" in page) == (True, True)


@pytest.mark.parametrize(
    ("step", "kind", "day"),
    [("call_tomorrow", "call", 4), ("call_3_days", "call", 6), ("meeting", "meeting", 4)],
)
def test_a_next_step_is_due_when_its_working_day_begins(rep, step, kind, day):
    from datetime import UTC, datetime

    from handoff.forms.contact import STEP_BY_VALUE, step_time

    make_agreement()
    tuesday = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)

    assert STEP_BY_VALUE[step].kind == kind
    assert step_time(STEP_BY_VALUE[step], tuesday) == datetime(2026, 11, day, 8, 0, tzinfo=UTC)


def test_a_next_step_on_saturday_is_due_on_monday():
    from datetime import UTC, datetime

    from handoff.forms.contact import STEP_BY_VALUE, step_time

    make_agreement()
    friday = datetime(2026, 11, 6, 15, 0, tzinfo=UTC)

    due = step_time(STEP_BY_VALUE["call_tomorrow"], friday)

    assert due == datetime(2026, 11, 9, 8, 0, tzinfo=UTC)


def test_when_all_is_done_the_page_says_so(as_user, rep, now):
    handoff = make_offer(rep, as_of=now)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)
    make_task(handoff.lead, rep, due_at=now + timedelta(days=3))

    response = as_user(rep).get(reverse("work_next"))

    assert "All done for today" in response.content.decode()


def test_a_lead_that_was_spoken_to_today_does_not_come_again(as_user, rep, now):
    lead = make_lead(owner=rep, team=rep.team)
    client = as_user(rep)

    assert next_lead(user_actor(rep), as_of=now) == lead
    client.post(reverse("work_lead", args=[lead.public_id]), contact(next_step="none"))

    assert next_lead(user_actor(rep), as_of=now) is None
    assert next_lead(user_actor(rep), as_of=now + timedelta(days=1)) == lead


def test_the_work_on_a_foreign_lead_is_not_found(as_user, rep, stranger, now):
    lead = make_offer(stranger, as_of=now).lead

    response = as_user(rep).post(reverse("work_lead", args=[lead.public_id]), contact())

    assert (response.status_code, Call.objects.count()) == (404, 0)


def test_a_full_column_of_the_board_leaves_room_for_the_others(as_user, rep, monkeypatch):
    monkeypatch.setattr("handoff.views.deals.CARDS", 1)
    old, *new = [make_lead(stage="opportunity", owner=rep, team=rep.team) for _number in range(7)]
    first = make_deal(old, NOW - timedelta(days=9))
    with writing("scene"):
        Opportunity.objects.filter(pk=first.pk).update(stage=DealStage.PROPOSAL)
    deals = [make_deal(lead, NOW + timedelta(minutes=n)) for n, lead in enumerate(new)]

    columns = as_user(rep).get(reverse("deal_board")).context["columns"]

    cards = {column["stage"]: list(column["cards"]) for column in columns}
    assert cards[deals[-1].stage] == [deals[-1]]
    assert cards[DealStage.PROPOSAL] == [first]
