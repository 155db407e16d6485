from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from accounts.models import AuditEntry
from ground.errors import NotAllowedError
from leads.models import Activity, Lead
from nurturing.actions.alarms import LEAST, accept_bounces
from nurturing.models import BounceAlarm, MailEvent, Message, Suppression
from nurturing.sources import open_alarms
from tests.factories import EVERYTHING, NOW, make_user
from tests.nurturing.bounces import (
    OTHER,
    SOURCE,
    complain,
    make_many_sent,
    make_sent,
    report,
)
from tests.nurturing.scene import give_consent, make_organisation

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _organisation():
    make_organisation()


@pytest.mark.case("H07")
def test_more_than_five_in_a_hundred_raise_one_alarm_and_suppress_nobody_further():
    admin = make_user(role="admin")
    make_user(role="marketer")
    sent = make_sent(16)
    make_many_sent(240 - 16)

    codes = [report(message) for message in sent]

    # Twelve of 240 are five in a hundred; the thirteenth is more.
    assert codes == ["bounce_hard"] * 12 + ["bounce_held"] * 4
    alarm = BounceAlarm.objects.get()
    assert (alarm.source, alarm.bounced, alarm.sent) == (SOURCE, 13, 240)
    assert (Suppression.objects.count(), Lead.objects.filter(is_email_valid=False).count()) == (
        12,
        12,
    )
    told = Message.objects.get(kind="notification")
    assert (told.recipient, told.subject) == (admin, "Unusually many mails came back")


@pytest.mark.case("H07")
def test_a_few_dead_addresses_of_a_short_list_are_no_alarm():
    sent = make_sent(LEAST)

    codes = [report(message) for message in sent]

    assert codes == ["bounce_hard"] * (LEAST - 1) + ["bounce_held"]
    assert BounceAlarm.objects.get().bounced == LEAST


def test_what_came_back_hours_ago_is_not_counted_and_what_may_pass_is_not_either():
    sent = make_sent(LEAST * 2)
    for message in sent[: LEAST - 1]:
        report(message, at=NOW - timedelta(hours=1, seconds=1))
    for message in sent[LEAST : LEAST + 5]:
        assert report(message, is_hard=False) == "bounce_soft"

    assert report(sent[-1]) == "bounce_hard"
    assert BounceAlarm.objects.count() == 0


@pytest.mark.case("H07")
def test_while_an_alarm_is_open_other_sources_and_complaints_count_as_before():
    sent = make_sent(LEAST + 4)
    for message in sent[:LEAST]:
        report(message)

    assert report(sent[LEAST], source=OTHER) == "bounce_hard"
    assert report(sent[LEAST + 1], is_hard=False) == "bounce_held"
    assert complain(sent[LEAST + 2]) == "complaint"
    assert report(sent[LEAST + 3], at=LATER) == "bounce_held"
    assert Suppression.objects.filter(reason="complained").count() == 1


def test_five_held_bounces_that_may_pass_give_no_address_up():
    sent = make_sent(LEAST)
    for message in sent:
        report(message)
    lead = Lead.objects.get(pk=sent[-1].lead_id)
    for number in range(6):
        (message,) = make_sent(1)
        with writing("scene"):
            Message.objects.filter(pk=message.pk).update(lead=lead, to_address=lead.email)
        assert report(message, is_hard=False, at=NOW + timedelta(minutes=number)) == "bounce_held"

    lead.refresh_from_db()
    assert (lead.is_email_valid, Suppression.objects.count()) == (True, LEAST - 1)


@pytest.mark.case("H07")
def test_bounces_that_are_found_true_suppress_their_addresses(django_assert_num_queries):
    sent = make_sent(LEAST + 3)
    for message in sent:
        report(message)
    alarm = BounceAlarm.objects.get()

    with django_assert_num_queries(21):
        count = accept_bounces(alarm.pk, by=EVERYTHING, as_of=LATER)

    assert (count, Suppression.objects.filter(lifted_at=None).count()) == (4, LEAST + 3)
    assert Lead.objects.filter(is_email_valid=True).count() == 0
    assert Activity.objects.filter(kind="email.bounced").count() == LEAST + 3
    alarm.refresh_from_db()
    assert (alarm.settled_at, alarm.was_true, open_alarms()) == (LATER, True, [])
    entry = AuditEntry.objects.get(event="suppression.bounces_accepted")
    assert entry.data == {"source": str(SOURCE), "reports": 4, "addresses": 4}
    assert accept_bounces(alarm.pk, by=EVERYTHING, as_of=LATER) == 0
    assert AuditEntry.objects.filter(event="suppression.bounces_accepted").count() == 1


def test_after_somebody_looked_only_new_bounces_count_towards_the_next_alarm():
    sent = make_sent(LEAST * 2)
    for message in sent[:LEAST]:
        report(message)
    soon = NOW + timedelta(minutes=1)
    accept_bounces(BounceAlarm.objects.get().pk, by=EVERYTHING, as_of=soon)

    codes = [report(message, at=NOW + timedelta(minutes=2)) for message in sent[LEAST:]]

    assert codes == ["bounce_hard"] * (LEAST - 1) + ["bounce_held"]
    assert BounceAlarm.objects.count() == 2


def test_a_marketer_may_not_settle_an_alarm_and_nothing_changes(marketer):
    for message in make_sent(LEAST):
        report(message)

    with pytest.raises(NotAllowedError):
        accept_bounces(BounceAlarm.objects.get().pk, by=user_actor(marketer), as_of=LATER)

    assert (Suppression.objects.count(), BounceAlarm.objects.get().settled_at) == (LEAST - 1, None)
    assert MailEvent.objects.filter(is_held=True).count() == 1


def test_a_consent_is_not_touched_by_a_bounce_that_waits():
    (first, *rest) = make_sent(LEAST)
    give_consent(first.lead, "newsletter")
    for message in (*rest, first):
        report(message)

    assert set(first.lead.consents.values_list("state", flat=True)) == {"granted"}
