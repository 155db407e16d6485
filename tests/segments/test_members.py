from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.action import writing
from ground.due import ask
from leads.actions.editing import delete_leads, edit_lead
from leads.actions.segments import save_segment
from leads.following import look_at_segments_daily, rebuild_range, refresh_members
from leads.models import DueMember, DueSegment, Lead, Segment, SegmentMember, SegmentSize
from tests.factories import EVERYTHING, NOW, make_lead
from tests.segments.scene import country, follow, inside, make_kept, make_segment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.requirement("S88")
def test_a_segment_that_keeps_members_takes_in_everybody_who_meets_its_condition():
    german, _austrian = make_lead(country="DE"), make_lead(country="AT")

    segment = make_kept()
    follow(LATER)

    (stay,) = SegmentMember.objects.all()
    assert (stay.segment, stay.lead, stay.entered_at, stay.left_at) == (
        segment,
        german,
        LATER,
        None,
    )
    segment.refresh_from_db()
    assert (segment.built_at, segment.is_broken) == (LATER, False)


@pytest.mark.requirement("S88")
def test_who_changes_enters_and_leaves_without_anybody_asking_for_it():
    lead = make_lead(country="AT")
    segment = make_kept()
    follow()

    edit_lead(lead.pk, {"country": "DE"}, by=EVERYTHING, as_of=LATER)
    follow(LATER)
    came = inside(segment)
    edit_lead(lead.pk, {"country": "CH"}, by=EVERYTHING, as_of=LATER + DAY)
    follow(LATER + DAY)

    assert came == [lead]
    assert inside(segment) == []
    (stay,) = SegmentMember.objects.all()
    assert (stay.entered_at, stay.left_at) == (LATER, LATER + DAY)


def test_who_comes_again_has_two_stays():
    lead = make_lead(country="DE")
    segment = make_kept()
    for code, hours in (("DE", 0), ("AT", 1), ("DE", 2)):
        at = NOW + timedelta(hours=hours)
        edit_lead(lead.pk, {"country": code}, by=EVERYTHING, as_of=at)
        follow(at)

    stays = list(segment.members.order_by("pk").values_list("entered_at", "left_at"))

    assert stays == [(NOW, NOW + timedelta(hours=1)), (NOW + timedelta(hours=2), None)]


def test_looking_again_changes_nothing_where_nothing_changed():
    lead = make_lead(country="DE")
    make_kept()
    follow()

    moves = refresh_members([lead.pk, lead.pk], as_of=LATER)

    assert (moves.entered, moves.left) == ({}, {})
    assert SegmentMember.objects.get().entered_at == NOW


def test_who_goes_to_the_bin_leaves():
    lead = make_lead(country="DE")
    segment = make_kept()
    follow()

    delete_leads([lead.pk], by=EVERYTHING, as_of=LATER)
    follow(LATER)
    look_at_segments_daily(LATER + DAY)
    follow(LATER + DAY)

    assert inside(segment) == []


@pytest.mark.requirement("S88")
def test_the_daily_look_finds_what_time_alone_changed():
    lead = make_lead(country="DE")
    where = {"field": "days_in_stage", "op": "at_least", "value": 3}
    segment = make_kept(where=where)
    follow()

    before = inside(segment)
    asked = look_at_segments_daily(NOW + 4 * DAY)
    again = look_at_segments_daily(NOW + 4 * DAY + timedelta(hours=2))
    follow(NOW + 4 * DAY)

    assert (before, asked, again) == ([], 1, 0)
    assert inside(segment) == [lead]
    sizes = SegmentSize.objects.filter(segment=segment).values_list("day", "size")
    assert list(sizes) == [(NOW.date(), 0), ((NOW + 4 * DAY).date(), 1)]


def test_all_leads_are_looked_at_range_by_range():
    leads = [make_lead(country="DE") for _number in range(5)]
    segment = make_kept()
    due = DueSegment.objects.get()

    ends = []
    for _range in range(3):
        due.refresh_from_db()
        ends.append((rebuild_range(due, as_of=LATER, size=2), due.after_id))

    assert ends == [(False, 0), (False, leads[1].pk), (True, leads[3].pk)]
    assert inside(segment) == leads


def test_a_changed_condition_moves_who_no_longer_meets_it():
    german, swiss = make_lead(country="DE"), make_lead(country="CH")
    segment = make_kept()
    follow()
    assert inside(segment) == [german]

    where = country("CH")
    save_segment(
        segment, name="Schweiz", where=where, keeps_members=True, by=EVERYTHING, as_of=LATER
    )
    follow(LATER)

    assert inside(segment) == [swiss]
    assert segment.members.get(lead=german).left_at == LATER


def test_a_condition_that_cannot_be_read_any_more_leaves_the_members_and_stops_nobody_else():
    lead = make_lead(country="DE")
    gone, other = make_kept("Weg"), make_kept("Inland")
    follow()
    with writing("scene"):
        where = {"field": "custom.gone", "op": "is", "value": "x"}
        Segment.objects.filter(pk=gone.pk).update(where=where)

    newcomer = make_lead(country="DE")
    follow(LATER)

    gone.refresh_from_db()
    assert (gone.is_broken, inside(gone)) == (True, [lead])
    assert inside(other) == [lead, newcomer]


def test_a_segment_that_is_gone_when_its_turn_comes_holds_up_nobody():
    make_lead(country="DE")
    segment = make_kept()
    due = DueSegment.objects.get()
    with writing("scene"):
        Segment.objects.filter(pk=segment.pk).delete()

    assert rebuild_range(due, as_of=LATER) is True

    assert SegmentMember.objects.count() == 0


def test_a_segment_that_keeps_nobody_costs_nothing_but_the_question_for_it():
    lead = make_lead(country="DE")
    make_segment()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        refresh_members([lead.pk], as_of=LATER)

    selects = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert len(selects) == 1
    assert DueSegment.objects.count() == 0


@pytest.mark.parametrize("number", [1, 7])
def test_following_takes_the_same_queries_for_one_lead_and_for_many(number):
    leads = [make_lead(country="DE") for _number in range(number)]
    make_kept()

    with CaptureQueriesContext(connection) as asked:
        refresh_members([lead.pk for lead in leads], as_of=LATER)

    assert len(asked) == 4
    assert SegmentMember.objects.count() == number


def test_a_due_lead_is_looked_at_by_the_clock():
    lead = make_lead(country="AT")
    segment = make_kept()
    follow()
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(country="DE")
        ask(DueMember, "lead_id", [lead.pk], due_at=LATER)

    follow(LATER)

    assert inside(segment) == [lead]
    assert DueMember.objects.count() == 0


def test_a_stay_that_ended_two_years_ago_is_forgotten():
    lead, segment = make_lead(country="DE"), make_kept()
    with writing("scene"):
        for days in (800, 700):
            left = NOW - timedelta(days=days)
            SegmentMember.objects.create(
                segment=segment, lead=lead, entered_at=left - DAY, left_at=left
            )

    look_at_segments_daily(NOW)

    assert SegmentMember.objects.get().left_at == NOW - timedelta(days=700)
