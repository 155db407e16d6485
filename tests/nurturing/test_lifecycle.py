from datetime import timedelta

import pytest

from leads.actions.lifecycle import change_stage
from leads.stages import Stage
from nurturing.models import Enrolment
from tests.factories import EVERYTHING, NOW, make_activity
from tests.nurturing.scene import enrol, mail, make_reader, make_sequence, tick, wait

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("organisation"),
    pytest.mark.requirement("S58"),
]
LATER = NOW + timedelta(minutes=1)


def by_condition(name, **where):
    trigger = {"kind": "condition", "where": {"op": "is", **where}}
    return make_sequence(name=name, trigger=trigger)


def runs():
    rows = Enrolment.objects.order_by("pk")
    return list(rows.values_list("version__sequence__name", "state", "exit_reason"))


def test_a_change_of_stage_moves_a_lead_from_one_sequence_to_the_next():
    lead = make_reader(stage=Stage.SUBSCRIBER)
    steps = (mail("m1"), wait("w", amount=9))
    enrol(lead, make_sequence(*steps, name="Subscribers", exit_stages=("lead",)))
    by_condition("Leads", field="stage", value="lead")
    tick("triggers", as_of=NOW)

    change_stage([lead.pk], to=Stage.LEAD, by=EVERYTHING, as_of=LATER, reason="Asked")
    tick("triggers", as_of=LATER)

    assert runs() == [("Subscribers", "exited", "stage_changed"), ("Leads", "active", "")]


def test_a_lead_enters_by_its_position_in_the_funnel_whatever_its_stage():
    near, far = make_reader(stage=Stage.SUBSCRIBER), make_reader(stage=Stage.LEAD)
    by_condition("Buyers", field="funnel_position", value="choice")
    tick("triggers", as_of=NOW)

    make_activity(near, "content.downloaded", LATER, data={"phase": "choice"})
    make_activity(far, "content.downloaded", LATER, data={"phase": "interest"})
    tick("triggers", as_of=LATER)

    assert list(Enrolment.objects.values_list("lead_id", flat=True)) == [near.pk]
