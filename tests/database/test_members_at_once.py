"""Members of segments while others work on the same leads and segments."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from accounts.action import writing
from ground.errors import DomainError
from leads.actions.members import add_to_list
from leads.actions.segments import delete_segment, save_segment
from leads.following import rebuild_range, refresh_members
from leads.models import DueSegment, Lead, Segment, SegmentMember
from tests.database.connections import elsewhere, in_parallel, open_transaction
from tests.factories import EVERYTHING, NOW, make_lead
from tests.segments.scene import country, inside, make_kept, make_list
from tests.services.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.mark.requirement("S88")
def test_four_workers_at_once_let_each_lead_in_once():
    leads = [make_lead(country="DE").pk for _number in range(20)]
    segment = make_kept()

    in_parallel(4, lambda: refresh_members(leads, as_of=LATER))

    assert segment.members.count() == 20
    assert len(inside(segment)) == 20


def _while_open(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Do ``second`` while the transaction of ``first`` is open, and return what came of it."""
    results: list[object] = []
    waiting = threading.Thread(target=lambda: results.append(elsewhere(second)))
    with open_transaction(first):
        waiting.start()
        wait_until(_somebody_waits_for_a_lock)
    waiting.join()
    return results


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.requirement("S88")
def test_a_refresh_waits_for_the_deletion_of_its_segment_and_finds_nothing_to_do():
    make_lead(country="DE")
    segment = make_kept()
    due = DueSegment.objects.get()

    is_done = _while_open(
        lambda: delete_segment(segment, by=EVERYTHING, as_of=LATER),
        lambda: rebuild_range(due, as_of=LATER),
    )

    assert is_done == [True]
    assert (Segment.objects.count(), SegmentMember.objects.count()) == (0, 0)


def test_a_deletion_waits_for_the_refresh_and_takes_the_new_members_along():
    lead = make_lead(country="DE")
    segment = make_kept()

    _while_open(
        lambda: refresh_members([lead.pk], as_of=LATER),
        lambda: delete_segment(segment, by=EVERYTHING, as_of=LATER),
    )

    assert (Segment.objects.count(), SegmentMember.objects.count()) == (0, 0)


def test_a_refresh_waits_for_a_change_of_the_condition_and_goes_by_the_new_one():
    german, austrian = make_lead(country="DE"), make_lead(country="AT")
    segment = make_kept()

    def change() -> None:
        where = country("AT")
        save_segment(
            segment, name="Ausland", where=where, keeps_members=True, by=EVERYTHING, as_of=LATER
        )

    _while_open(change, lambda: refresh_members([german.pk, austrian.pk], as_of=LATER))

    assert inside(segment) == [austrian]


def test_two_people_who_put_the_same_leads_on_a_list_at_once_put_each_there_once():
    fair, leads = make_list(), [make_lead().pk for _number in range(5)]

    counts = in_parallel(3, lambda: add_to_list(fair, leads, by=EVERYTHING, as_of=NOW))

    assert sorted(counts) == [0, 0, 5]
    assert fair.members.count() == 5


def test_two_people_who_change_a_segment_at_once_do_not_both_succeed():
    segment = make_kept()

    def change() -> str:
        try:
            save_segment(
                segment, name="Neu", where=country("AT"), version=1, by=EVERYTHING, as_of=LATER
            )
        except DomainError as error:
            return error.code
        return "saved"

    answers = in_parallel(2, change)

    assert sorted(answers) == ["changed_meanwhile", "saved"]


def test_the_database_refuses_a_second_stay_of_the_same_lead():
    lead, fair = make_lead(), make_list()
    add_to_list(fair, [lead.pk], by=EVERYTHING, as_of=NOW)

    with pytest.raises(IntegrityError), writing("scene"):
        SegmentMember.objects.create(segment=fair, lead=lead, entered_at=NOW)

    assert Lead.objects.count() == 1
