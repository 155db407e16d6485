"""Due rows while others ask for them, claim them and die."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ground.due import LEASE, Drained, ask, cancel, claim, drain
from scoring.models import DueScore
from tests.database.connections import elsewhere, open_transaction
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leads() -> list[int]:
    """Three leads for which nothing is due; rows for them are asked for out of order."""
    keys = sorted(make_lead().pk for _ in range(3))
    with transaction.atomic():
        cancel(DueScore, "lead_id", keys)
    for key in (keys[2], keys[0], keys[1]):
        ask(DueScore, "lead_id", [key], due_at=NOW)
    return keys


@pytest.fixture
def _patience():
    """Give up waiting for a lock, so that a test ends that waits for itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        yield
        cursor.execute("RESET lock_timeout")


def again(*leads: int) -> None:
    ask(DueScore, "lead_id", leads, due_at=NOW)


def waiting() -> dict[int, int]:
    return dict(DueScore.objects.order_by("lead_id").values_list("lead_id", "generation"))


def test_two_who_claim_at_once_share_the_rows(leads):
    with transaction.atomic():
        first = claim(DueScore, as_of=NOW, limit=2).rows
        second = elsewhere(lambda: claim(DueScore, as_of=NOW, limit=3)).rows

    assert {row.lead_id for row in first} == {leads[2], leads[0]}
    assert {row.lead_id for row in second} == {leads[1]}


def test_a_row_that_is_asked_for_while_it_is_worked_on_is_due_again(leads):
    done = drain(DueScore, lambda rows: elsewhere(lambda: again(leads[0])), as_of=NOW)

    assert done == Drained(done=3)
    assert waiting() == {leads[0]: 1}
    assert DueScore.objects.get().due_at == NOW


@pytest.mark.usefixtures("_patience")
def test_a_drain_does_not_wait_for_whoever_is_asking(leads):
    with open_transaction(lambda: again(leads[0], leads[2])):
        done = drain(DueScore, lambda rows: None, as_of=NOW)

    assert done == Drained(done=1)
    assert waiting() == {leads[0]: 1, leads[2]: 1}


@pytest.mark.usefixtures("_patience")
def test_a_row_that_somebody_begins_to_ask_for_during_the_work_stays(leads):
    asking = open_transaction(lambda: again(leads[0], leads[2]))

    done = drain(DueScore, lambda rows: asking.__enter__(), as_of=NOW)
    asking.__exit__(None, None, None)

    assert done == Drained(done=3)
    assert waiting() == {leads[0]: 1, leads[2]: 1}


def test_rows_are_cancelled_in_the_order_in_which_they_are_asked_for(leads):
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        cancel(DueScore, "lead_id", leads)

    assert 'ORDER BY "scoring_duescore"."lead_id" ASC FOR UPDATE' in queries[0]["sql"]
    assert waiting() == {}


@pytest.mark.case("J07")
def test_the_rows_of_a_worker_that_died_are_due_again_when_their_lease_is_over(leads):
    elsewhere(lambda: claim(DueScore, as_of=NOW, limit=3))

    early = drain(DueScore, lambda rows: None, as_of=NOW + LEASE - timedelta(seconds=1))
    later = drain(DueScore, lambda rows: None, as_of=NOW + LEASE)

    assert (early, later) == (Drained(), Drained(done=3))
    assert waiting() == {}
