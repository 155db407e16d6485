"""Who is in a sequence goes on in the version in which they began."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nurturing.actions.sequences import activate_sequences, change_sequence, draft_of
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW
from tests.nurturing.scene import enrol, mail, make_reader, make_sequence, tick, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

BEFORE = (mail("m1", "One"), wait("w1", amount=2), mail("m2", "Two"), wait("w2", amount=1))


@pytest.mark.case("T07")
def test_who_runs_gets_the_steps_that_there_were_and_waits_as_long(mail_server):
    sequence = make_sequence(*BEFORE, mail("m3", "Three"))
    enrol(make_reader(), sequence)
    tick("steps", "send")

    after = (mail("m1", "New"), wait("w1", amount=9), mail("m4", "Four"))
    draft = replace(draft_of(sequence), steps=after)
    seen = {"seen": sequence.revision, "by": EVERYTHING, "as_of": NOW}
    change_sequence(sequence.pk, lambda _: draft, **seen)
    activate_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    for day in range(12):
        tick("steps", "send", as_of=NOW + timedelta(days=day))

    sent = Message.objects.order_by("handed_at").values_list("subject", "handed_at")
    assert [(subject, (moment - NOW).days) for subject, moment in sent] == [
        ("One", 0),
        ("Two", 2),
        ("Three", 3),
    ]
