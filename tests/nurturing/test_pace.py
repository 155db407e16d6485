"""Many mails that are due at once go out over the minutes that follow."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from accounts.action import writing
from nurturing.actions.enrolment import enrol_leads
from nurturing.actions.queueing import NewMessage, queue_messages
from nurturing.actions.sending import send_due
from nurturing.actions.sequences import pause_sequences
from nurturing.actors import SEQUENCES
from nurturing.models import Message, Sequence
from nurturing.pace import Pace
from tests.factories import EVERYTHING, NOW
from tests.faults.scene import make_readers
from tests.nurturing.scene import (
    make_due_message,
    make_organisation,
    make_reader,
    make_sequence,
    tick,
)

MINUTE = timedelta(minutes=1)


def queue_bulk(sequence: Sequence, domains: list[str]) -> None:
    """Queue one due mail of ``sequence`` to somebody at each of ``domains``."""
    lead = make_reader()
    with writing("scene"):
        Message.objects.bulk_create(
            Message(
                kind="sequence",
                lead=lead,
                sequence=sequence,
                purpose="marketing",
                to_address=f"a{number}@{domain}",
                message_id=f"<{number}@muster.example>",
                state="queued",
                priority=100,
                due_at=NOW,
                created_at=NOW,
            )
            for number, domain in enumerate(domains)
        )


def minutes() -> Counter[tuple[int, str]]:
    """How many mails are due in each minute from now, by domain."""
    rows = Message.objects.values_list("due_at", "to_address")
    return Counter(((due - NOW) // MINUTE, to.rpartition("@")[2]) for due, to in rows)


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
@pytest.mark.case("J13")
def test_10000_mails_due_at_nine_are_spread_by_domain_and_in_all(mail_server):
    sequence = make_sequence()
    domains = ["big.example"] * 6000 + [f"firm{number}.example" for number in range(4000)]
    queue_bulk(sequence, domains)

    send_due(NOW, budget=-MINUTE)

    due = minutes()
    in_all: Counter[int] = Counter()
    for (minute, _domain), count in due.items():
        in_all[minute] += count
    assert max(in_all.values()) == 600
    below = {minute: count for minute, count in in_all.items() if count < 600}
    assert below == {13: 400, **dict.fromkeys(range(14, 20), 300)}
    assert max(count for (_, domain), count in due.items() if domain == "big.example") == 300
    assert in_all.total() == Message.objects.filter(state="queued").count() == 10_000
    waiting = Message.objects.filter(due_at__gt=NOW)
    assert set(waiting.values_list("reason", flat=True)) == {"paced"}


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
@pytest.mark.case("J13")
def test_no_minute_exceeds_the_pace_and_each_mail_goes_out_once(mail_server, settings):
    settings.MAILS_PER_MINUTE, settings.MAILS_PER_MINUTE_AND_DOMAIN = 8, 2
    sequence = make_sequence()
    at_one = [make_reader(email=f"ada{number}@firm1.example").pk for number in range(6)]
    readers = [*at_one, *make_readers(20, as_of=NOW)]
    enrol_leads(readers, sequence, by=EVERYTHING, as_of=NOW)
    tick("steps")

    for second in range(0, 720, 20):
        send_due(NOW + timedelta(seconds=second))

    assert busiest_minute() == 8
    assert busiest_minute(to_address__endswith="@firm1.example") == 2
    assert sorted(mail_server.ids) == sorted(Message.objects.values_list("message_id", flat=True))
    assert len(mail_server.ids) == 26


def busiest_minute(**those) -> int:
    """The most mails that went out within any minute."""
    moments = sorted(
        Message.objects.filter(state="sent", **those).values_list("claimed_at", flat=True)
    )
    return max(sum(start <= at < start + MINUTE for at in moments) for start in moments)


@pytest.mark.django_db
@pytest.mark.usefixtures("organisation")
@pytest.mark.case("J13")
def test_alerts_do_not_wait_behind_advertising(mail_server, rep, settings):
    settings.MAILS_PER_MINUTE = 1
    make_due_message()
    make_due_message()
    queue_messages(
        [NewMessage(kind="notification", recipient=rep, subject="Now", text="Ada")],
        by=SEQUENCES,
        as_of=NOW,
    )

    assert send_due(NOW) == 2
    assert mail_server.recipients[0] == rep.email


@pytest.mark.case("J13")
def test_10000_mails_an_hour_are_at_most_a_minute_late(settings):
    """P8: at 10,000 due an hour, half of them to one domain, nobody waits for another minute."""
    lateness = []
    for _minute in range(60):
        pace = Pace(
            [], in_all=settings.MAILS_PER_MINUTE, to_domain=settings.MAILS_PER_MINUTE_AND_DOMAIN
        )
        lateness += [
            pace.minute_for("big.example" if number % 2 else f"firm{number}.example")
            for number in range(10_000 // 60 + 1)
        ]

    assert set(lateness) == {0}
    assert len(lateness) >= 10_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("J11")
def test_pausing_a_sequence_while_5000_are_queued_stops_after_the_mail_on_its_way(
    mail_server, settings
):
    settings.MAILS_PER_MINUTE = settings.MAILS_PER_MINUTE_AND_DOMAIN = 10_000
    make_organisation()
    sequence = make_sequence()
    enrol_leads(make_readers(110, as_of=NOW), sequence, by=EVERYTHING, as_of=NOW)
    tick("steps")
    queue_bulk(sequence, ["firm.example"] * 4890)
    give_priority_to_readers()

    def pause_at_the_fifth() -> None:
        if len(mail_server.ids) == 5:
            thread = threading.Thread(target=pause)
            thread.start()
            thread.join()

    def pause() -> None:
        pause_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
        connection.close()

    mail_server.on_accept = pause_at_the_fifth

    first, then = send_due(NOW), send_due(NOW)

    assert (first, then, len(mail_server.ids)) == (5, 0, 5)
    assert Message.objects.filter(state="queued").count() == 4995


def give_priority_to_readers() -> None:
    with writing("scene"):
        Message.objects.filter(to_address__startswith="reader").update(priority=50)
