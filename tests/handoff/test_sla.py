from datetime import UTC, datetime, timedelta

import pytest

from accounts.actor import user_actor
from handoff.actions.agreements import agree
from handoff.actions.answers import accept_handoffs
from handoff.actions.sla import expire_handoffs
from handoff.authority import ASSIGNER
from handoff.models import DueSla, Handoff
from handoff.ticks import keep_agreement
from leads.models import Activity
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW
from tests.handoff.factories import make_agreement, make_offer

pytestmark = pytest.mark.django_db

# Monday, 2 November 2026, 11:00 in Berlin; the day ends at 17:00.
AGREED = {"accept_minutes": 120, "remind_minutes": 30, "expire_minutes": 300}


def at(hour, minute=0, day=2):
    """Return a moment of that November in UTC, one hour behind Berlin."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def test_the_answer_is_due_in_working_time(rep):
    make_agreement(**AGREED)

    late = make_offer(rep, as_of=at(16, 30))

    assert late.due_at == at(10, 30, day=3)


def test_the_clock_reminds_escalates_and_takes_back_in_order(rep):
    make_agreement(**AGREED)
    handoff = make_offer(rep)

    steps = list(DueSla.objects.order_by("due_at").values_list("step", "due_at"))

    assert steps == [
        ("remind", at(12, 30)),
        ("escalate", at(13)),
        ("expire", at(10, day=3)),
    ]
    assert handoff.due_at == at(13)


def test_before_its_time_nothing_happens(rep):
    make_agreement(**AGREED)
    make_offer(rep)

    assert keep_agreement(at(12, 29)) == 0


def test_the_rep_is_reminded_once(rep):
    make_agreement(**AGREED)
    handoff = make_offer(rep)

    done = keep_agreement(at(12, 30)), keep_agreement(at(12, 31))

    handoff.refresh_from_db()
    assert (done, handoff.reminded_at, handoff.escalated_at) == ((1, 0), at(12, 30), None)


def test_the_rep_is_reminded_and_the_manager_told_by_mail(rep, manager):
    make_agreement(**AGREED)
    make_offer(rep)

    keep_agreement(at(12, 30))
    keep_agreement(at(13))

    mails = Message.objects.order_by("pk").values_list("recipient", "subject")
    name = str(Handoff.objects.get().lead)
    assert list(mails) == [
        (rep.pk, f"New lead: {name}"),
        (rep.pk, f"Please answer soon: {name}"),
        (manager.pk, f"Not answered in time: {name}"),
    ]


def test_an_overdue_hand_over_is_escalated_and_can_still_be_accepted(rep):
    make_agreement(**AGREED)
    handoff = make_offer(rep)

    keep_agreement(at(13))
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=at(13, 5))

    handoff.refresh_from_db()
    assert (handoff.escalated_at, handoff.state) == (at(13), "accepted")
    assert handoff.is_late(at(13, 5))
    assert Activity.objects.filter(kind="handoff.escalated").count() == 1


def test_what_nobody_answers_goes_back_to_the_manager(rep, team):
    make_agreement(**AGREED)
    handoff = make_offer(rep)

    keep_agreement(at(10, day=3))

    handoff.refresh_from_db()
    assert (handoff.state, handoff.lead.owner, handoff.lead.team) == ("expired", None, team)
    assert handoff.lead.stage == "mql"


def test_an_accepted_hand_over_is_left_in_peace(rep):
    make_agreement(**AGREED)
    handoff = make_offer(rep)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=NOW)

    assert keep_agreement(at(16, day=6)) == 0
    assert expire_handoffs([handoff.pk], by=ASSIGNER, as_of=at(16, day=6)) == []


def test_without_expiry_a_hand_over_stays_open(rep):
    make_agreement(**{**AGREED, "expire_minutes": 0, "remind_minutes": 0})
    make_offer(rep)

    keep_agreement(NOW + timedelta(days=60))

    assert Handoff.objects.open().count() == 1


@pytest.mark.case("J04")
def test_a_tick_that_comes_an_hour_late_does_everything_once(rep):
    make_agreement(**AGREED)
    handoff = make_offer(rep)

    keep_agreement(at(14))
    keep_agreement(at(14))

    handoff.refresh_from_db()
    assert (handoff.reminded_at, handoff.escalated_at) == (at(14), at(14))
    assert Activity.objects.filter(kind="handoff.escalated").count() == 1


def test_the_agreement_of_the_moment_holds_for_what_was_offered_under_it(rep):
    old = make_agreement(**AGREED)
    handoff = make_offer(rep)

    agree({"accept_minutes": 45}, by=EVERYTHING, as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.agreement, handoff.due_at) == (old, at(13))
