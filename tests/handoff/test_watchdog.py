from datetime import timedelta

import pytest

from accounts.actor import user_actor
from handoff.actions.answers import accept_handoffs
from handoff.actions.contacts import Contact, log_contacts
from handoff.actions.tasks import complete_tasks
from handoff.queue import without_next_step
from leads.stages import Stage
from tests.factories import NOW, make_lead
from tests.handoff.factories import make_offer, make_task

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def forgotten(person, as_of, days=3):
    return list(without_next_step(user_actor(person), days=days, as_of=as_of))


@pytest.fixture
def lead(rep):
    """A lead that the rep accepted on Monday."""
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)
    return handoff.lead


@pytest.mark.requirement("S94")
def test_a_lead_without_next_step_is_found_after_the_agreed_days(rep, lead):
    assert forgotten(rep, NOW + 3 * DAY - timedelta(minutes=1)) == []
    assert forgotten(rep, NOW + 3 * DAY) == [lead]


@pytest.mark.requirement("S94")
def test_a_lead_with_a_next_step_is_never_forgotten(rep, lead):
    task = make_task(lead, rep, due_at=NOW + 30 * DAY)

    assert forgotten(rep, NOW + 20 * DAY) == []
    complete_tasks([task.pk], by=user_actor(rep), as_of=NOW + 20 * DAY)
    assert forgotten(rep, NOW + 22 * DAY) == []
    assert forgotten(rep, NOW + 23 * DAY) == [lead]


@pytest.mark.requirement("S94")
def test_a_call_counts_as_done(rep, lead):
    log_contacts([Contact(lead.pk, "reached")], by=user_actor(rep), as_of=NOW + 5 * DAY)

    assert forgotten(rep, NOW + 7 * DAY) == []
    (found,) = forgotten(rep, NOW + 8 * DAY)
    assert found.forgotten_since == NOW + 5 * DAY


def test_an_open_hand_over_has_its_own_clock(rep):
    make_offer(rep)

    assert forgotten(rep, NOW + 30 * DAY) == []


def test_only_leads_that_one_may_see_are_listed(rep, manager, stranger, lead):
    later = NOW + 9 * DAY

    assert forgotten(manager, later) == [lead]
    assert forgotten(stranger, later) == []


def test_leads_of_marketing_and_customers_are_not_in_the_list(rep):
    make_lead(owner=rep, team=rep.team)
    make_lead(owner=rep, team=rep.team, stage=Stage.CUSTOMER)

    assert forgotten(rep, NOW + 90 * DAY) == []
