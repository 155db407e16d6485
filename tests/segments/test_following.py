"""What segments follow beside activities: scores, sequences that start, conditions that break."""

from datetime import timedelta

import pytest

from accounts.action import writing
from leads.models import DueMember, Segment
from nurturing.drafts import TriggerKind
from nurturing.models import DueTrigger, Enrolment
from nurturing.ticks import find_matching_leads
from scoring.due import drain_scores
from tests.factories import NOW, make_lead
from tests.nurturing.scene import make_organisation, make_reader, make_sequence
from tests.scoring.scene import GERMAN, activity_rule, happen, make_active
from tests.segments.scene import follow, inside, make_kept, make_segment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.mark.requirement("S88")
def test_a_new_score_lets_a_lead_into_a_segment_of_scores():
    make_active(GERMAN, activity_rule(7))
    lead = make_lead(country="DE")
    segment = make_kept("Gut", {"field": "score", "op": "at_least", "value": 25})
    drain_scores(NOW)
    follow()
    before = inside(segment)

    happen(lead, at=NOW)
    drain_scores(LATER)
    follow(LATER)

    assert (before, inside(segment)) == ([], [lead])


def test_a_score_asks_nobody_to_look_where_no_segment_keeps_members():
    make_active(GERMAN, activity_rule(7))
    make_segment()
    happen(make_lead(country="DE"))

    drain_scores(NOW)

    assert DueMember.objects.count() == 0


@pytest.mark.requirement("S88")
def test_a_segment_keeps_members_from_when_a_sequence_starts_from_it():
    make_organisation()
    lead, segment = make_reader(country="DE"), make_segment()
    where = {"field": "segment", "op": "is", "value": str(segment.public_id)}

    make_sequence(trigger={"kind": TriggerKind.CONDITION, "where": where})
    follow(LATER)

    segment.refresh_from_db()
    assert (segment.keeps_members, inside(segment)) == (True, [lead])
    assert Enrolment.objects.get().lead == lead


def test_a_sequence_that_asks_who_is_not_in_a_segment_needs_none_of_its_members():
    make_organisation()
    segment = make_segment()
    inner = {"field": "segment", "op": "is", "value": str(segment.public_id)}

    make_sequence(trigger={"kind": TriggerKind.CONDITION, "where": {"not": inner}})

    segment.refresh_from_db()
    assert segment.keeps_members is False


def test_a_sequence_whose_condition_broke_holds_up_no_other():
    make_organisation()
    lead, segment = make_reader(country="DE"), make_segment()
    broken = make_sequence(
        name="Kaputt",
        trigger={
            "kind": TriggerKind.CONDITION,
            "where": {"field": "segment", "op": "is", "value": str(segment.public_id)},
        },
    )
    make_sequence(
        name="Heil",
        trigger={
            "kind": TriggerKind.CONDITION,
            "where": {"field": "country", "op": "is", "value": "DE"},
        },
    )
    with writing("scene"):
        DueTrigger.objects.all().delete()
        Segment.objects.all().delete()

    find_matching_leads(LATER)
    follow(LATER)

    assert list(Enrolment.objects.values_list("lead_id", "sequence__name")) == [(lead.pk, "Heil")]
    assert broken.enrolments.count() == 0
