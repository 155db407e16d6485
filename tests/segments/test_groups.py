from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.action import writing
from conditions.errors import ConditionError
from ground.errors import DomainError
from leads.actions.editing import edit_lead
from leads.actions.groups import delete_group, save_group
from leads.actions.segments import delete_segment, save_segment
from leads.models import Segment, SegmentGroup, SegmentMember
from nurturing.actions.enrolment import enrol_leads
from nurturing.drafts import TriggerKind
from nurturing.models import Enrolment, EnrolmentState, ExitReason
from tests.factories import EVERYTHING, NOW, make_lead
from tests.nurturing.scene import make_organisation, make_reader, make_sequence
from tests.segments.scene import country, follow, inside, make_kept, make_list, make_segment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def make_group(*segments: Segment, name: str = "Kataloge") -> SegmentGroup:
    group = save_group(None, name=name, segments=segments, by=EVERYTHING, as_of=NOW)
    follow()
    return group


def is_member(segment: Segment) -> dict[str, object]:
    return {"field": "segment", "op": "is", "value": str(segment.public_id)}


def sequence_for(segment: Segment, name: str):
    trigger = {"kind": TriggerKind.CONDITION, "where": is_member(segment)}
    return make_sequence(name=name, trigger=trigger)


def running() -> list[tuple[int, str]]:
    runs = Enrolment.objects.filter(state=EnrolmentState.ACTIVE).order_by("pk")
    return list(runs.values_list("lead_id", "sequence__name"))


@pytest.mark.requirement("S103")
def test_a_lead_is_in_the_first_segment_of_a_group_whose_condition_holds():
    both = make_lead(country="DE", city="Berlin")
    berlin = make_segment("Berlin", {"field": "city", "op": "is", "value": "Berlin"})
    inland = make_segment("Inland")

    make_group(inland, berlin)

    assert (inside(inland), inside(berlin)) == ([both], [])


@pytest.mark.requirement("S103")
def test_a_lead_stays_in_its_segment_until_it_leaves_it():
    lead = make_lead(city="Berlin", country="AT")
    inland = make_segment("Inland")
    berlin = make_segment("Berlin", {"field": "city", "op": "is", "value": "Berlin"})
    make_group(inland, berlin)

    edit_lead(lead.pk, {"country": "DE"}, by=EVERYTHING, as_of=LATER)
    follow(LATER)
    stayed = inside(berlin)
    edit_lead(lead.pk, {"city": "Bonn"}, by=EVERYTHING, as_of=LATER + timedelta(hours=1))
    follow(LATER + timedelta(hours=1))

    assert stayed == [lead]
    assert (inside(inland), inside(berlin)) == ([lead], [])


@pytest.mark.requirement("S103")
def test_the_database_itself_lets_no_lead_be_in_two_segments_of_a_group():
    lead = make_lead(country="DE")
    one, two = make_segment("Inland"), make_segment("Ausland", country("AT"))
    group = make_group(one, two)

    with pytest.raises(IntegrityError), transaction.atomic(), writing("scene"):
        SegmentMember.objects.create(segment=two, group=group, lead=lead, entered_at=NOW)

    assert SegmentMember.objects.filter(lead=lead, left_at=None).get().segment == one


@pytest.mark.requirement("S103")
def test_no_lead_gets_both_of_two_campaigns():
    make_organisation()
    women = make_segment("Damen", {"field": "country", "op": "is", "value": "DE"})
    men = make_segment("Herren", {"field": "city", "op": "is", "value": "Berlin"})
    make_group(women, men)
    for_women, for_men = sequence_for(women, "Damenmode"), sequence_for(men, "Herrenmode")
    both = make_reader(country="DE", city="Berlin")
    only = make_reader(country="AT", city="Berlin")

    follow(LATER)
    follow(LATER)
    by_hand = enrol_leads([both.pk, only.pk], for_men, by=EVERYTHING, as_of=LATER)

    assert running() == [(both.pk, "Damenmode"), (only.pk, "Herrenmode")]
    assert by_hand == []
    assert for_women.enrolments.count() == for_men.enrolments.count() == 1


@pytest.mark.requirement("S103")
def test_who_moves_to_the_other_segment_leaves_the_campaign_of_the_first():
    make_organisation()
    inland, abroad = make_segment("Inland"), make_segment("Ausland", country("AT"))
    make_group(inland, abroad)
    sequence_for(inland, "Innen")
    sequence_for(abroad, "Aussen")
    lead = make_reader(country="DE")
    follow(LATER)

    moved = LATER + timedelta(hours=1)
    edit_lead(lead.pk, {"country": "AT"}, by=EVERYTHING, as_of=moved)
    follow(moved)

    first = Enrolment.objects.get(sequence__name="Innen")
    assert (first.state, first.exit_reason) == (EnrolmentState.EXITED, ExitReason.LEFT_SEGMENT)
    assert running() == [(lead.pk, "Aussen")]


def test_segments_that_join_a_group_share_their_members_out():
    both = make_lead(country="DE", city="Berlin")
    inland = make_kept("Inland")
    berlin = make_kept("Berlin", {"field": "city", "op": "is", "value": "Berlin"})
    follow()
    assert inside(inland) == inside(berlin) == [both]

    make_group(berlin, inland)

    assert (inside(berlin), inside(inland)) == ([both], [])


def test_a_segment_that_leaves_a_group_keeps_its_members_and_may_share_them():
    lead = make_lead(country="DE", city="Berlin")
    inland = make_segment("Inland")
    berlin = make_segment("Berlin", {"field": "city", "op": "is", "value": "Berlin"})
    abroad = make_segment("Ausland", country("AT"))
    group = make_group(inland, berlin, abroad)

    save_group(group, name="Ohne", segments=[berlin, abroad], by=EVERYTHING, as_of=LATER)
    follow(LATER)

    inland.refresh_from_db()
    assert (inland.group, inland.keeps_members) == (None, True)
    assert inside(inland) == inside(berlin) == [lead]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["Inland"], "too_few"),
        (["Inland", "Inland"], "segment_twice"),
        (["Inland", "Messe"], "is_list"),
        (["Inland", "Fremd"], "other_group"),
    ],
)
def test_a_group_that_cannot_be_is_refused_and_nothing_changes(names, code):
    fremd = make_segment("Fremd", country("CH"))
    make_group(fremd, make_segment("Noch eins", country("FR")), name="Andere")
    known = {
        "Inland": make_segment("Inland"),
        "Messe": make_list(),
        "Fremd": Segment.objects.get(name="Fremd"),
    }

    chosen = [known[name] for name in names]

    with pytest.raises(DomainError) as refused:
        save_group(None, name="Neu", segments=chosen, by=EVERYTHING, as_of=LATER)

    assert refused.value.code == code
    assert list(SegmentGroup.objects.values_list("name", flat=True)) == ["Andere"]
    assert Segment.objects.filter(group__isnull=False).count() == 2


def test_a_segment_of_a_group_may_not_ask_who_is_in_another_of_it():
    one = make_segment("Eins")
    two = make_segment("Zwei", {"not": is_member(one)})

    with pytest.raises(ConditionError):
        save_group(None, name="Neu", segments=[one, two], by=EVERYTHING, as_of=LATER)
    group = make_group(one, make_segment("Drei", country("AT")))
    third = Segment.objects.get(name="Drei")
    where = {"not": is_member(one)}
    with pytest.raises(ConditionError):
        save_segment(third, name="Drei", where=where, by=EVERYTHING, as_of=LATER)

    assert group.segments.count() == 2


def test_a_group_whose_segment_starts_a_sequence_is_not_deleted():
    make_organisation()
    inland, abroad = make_segment("Inland"), make_segment("Ausland", country("AT"))
    group = make_group(inland, abroad)
    sequence_for(inland, "Innen")

    with pytest.raises(DomainError) as refused:
        delete_group(group, by=EVERYTHING, as_of=LATER)

    assert str(refused.value) == "The segments are used by: Sequence “Innen”"
    assert SegmentGroup.objects.count() == 1


def test_a_segment_of_a_group_is_deleted_only_after_it_left_the_group():
    inland, abroad = make_segment("Inland"), make_segment("Ausland", country("AT"))
    group = make_group(inland, abroad)

    with pytest.raises(DomainError) as refused:
        delete_segment(inland, by=EVERYTHING, as_of=LATER)
    delete_group(group, by=EVERYTHING, as_of=LATER)
    delete_segment(inland, by=EVERYTHING, as_of=LATER)

    assert str(refused.value) == "This segment is used by: Exclusive group “Kataloge”"
    assert list(Segment.objects.values_list("name", flat=True)) == ["Ausland"]
