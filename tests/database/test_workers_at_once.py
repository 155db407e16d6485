"""Several workers at once, with connections of their own."""

import threading

import pytest
from django.db import connection

from nurturing.actions.sending import send_due
from nurturing.actions.unsubscribing import Choice, unsubscribe
from nurturing.actors import READER, SEQUENCES
from nurturing.models import Message
from nurturing.ticks import run_due_steps
from tests.database.connections import elsewhere, in_parallel, open_transaction
from tests.factories import NOW
from tests.nurturing.claims import claim_message
from tests.nurturing.scene import (
    enrol,
    make_due_message,
    make_organisation,
    make_reader,
    make_sequence,
)
from tests.services.running import wait_until


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("J04")
def test_four_workers_at_once_send_each_mail_once(mail_server):
    make_organisation()
    sequence = make_sequence()
    messages = [
        make_due_message(make_reader(email=f"a{number}@example.org"), sequence)
        for number in range(10)
    ]

    counts = in_parallel(4, lambda: send_due(NOW))

    assert sum(counts) == 10
    assert sorted(mail_server.ids) == sorted(message.message_id for message in messages)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("J04")
def test_two_workers_at_once_run_each_step_once():
    make_organisation()
    sequence = make_sequence()
    for number in range(10):
        enrol(make_reader(email=f"a{number}@example.org"), sequence)

    in_parallel(4, lambda: run_due_steps(NOW))

    assert Message.objects.filter(state="queued").count() == 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.case("P7")
def test_a_claim_waits_for_the_unsubscription_that_came_first_and_sends_nothing(mail_server):
    make_organisation()
    message = make_due_message()
    claims = []

    def leave() -> None:
        unsubscribe(message, choice=Choice.EVERYTHING, by=READER, as_of=NOW, evidence={})

    def claim() -> None:
        claims.append(elsewhere(lambda: claim_message(message.pk, by=SEQUENCES, as_of=NOW)))

    with open_transaction(leave):
        claiming = threading.Thread(target=claim)
        claiming.start()
        wait_until(_somebody_waits_for_a_lock, seconds=60)
    claiming.join()

    message.refresh_from_db()
    assert (claims, message.state) == ([None], "skipped")
    assert (send_due(NOW), mail_server.ids) == (0, [])


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
