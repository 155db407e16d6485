"""Several workers at once, with connections of their own."""

import pytest

from nurturing.actions.sending import send_due
from nurturing.models import Message
from nurturing.ticks import run_due_steps
from tests.database.connections import in_parallel
from tests.factories import NOW
from tests.nurturing.scene import (
    enrol,
    make_due_message,
    make_organisation,
    make_reader,
    make_sequence,
)


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
