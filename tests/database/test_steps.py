"""Steps that are run while somebody changes the sequence."""

from datetime import timedelta

import pytest

from nurturing.actions import steps
from nurturing.actions.sequences import activate_sequences, pause_sequences
from nurturing.models import DueEnrolment, Message
from nurturing.ticks import run_due_steps
from tests.database.connections import elsewhere
from tests.factories import EVERYTHING, NOW
from tests.nurturing.scene import enrol, make_organisation, make_reader, make_sequence


@pytest.mark.django_db(transaction=True)
def test_a_sequence_that_goes_on_while_its_runs_are_looked_at_loses_no_time(monkeypatch):
    make_organisation()
    sequence = make_sequence()
    enrol(make_reader(), sequence)
    pause_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    at_goal = steps.at_goal

    def go_on_meanwhile(*args, **kwargs):
        elsewhere(lambda: activate_sequences([sequence.pk], by=EVERYTHING, as_of=NOW))
        return at_goal(*args, **kwargs)

    monkeypatch.setattr(steps, "at_goal", go_on_meanwhile)
    run_due_steps(NOW)
    monkeypatch.undo()
    due_at = DueEnrolment.objects.get().due_at

    run_due_steps(NOW + timedelta(seconds=10))

    assert due_at == NOW
    assert Message.objects.get().state == "queued"
