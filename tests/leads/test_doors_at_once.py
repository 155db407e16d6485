"""The same address through two doors at once, with connections of their own."""

import threading
import time

import pytest
from django.db import connection, transaction

from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.entries import Entered, LeadEntry
from leads.models import Lead
from leads.stages import Channel
from tests.factories import EVERYTHING, NOW, make_lead


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_being_given_to_a_lead_finds_it():
    lead = make_lead()
    entered: list[Entered | Exception] = []

    with transaction.atomic():
        edit_lead(lead.pk, {"email": "new@example.org"}, by=EVERYTHING, as_of=NOW)
        visitor = threading.Thread(target=enter, args=["new@example.org", entered])
        visitor.start()
        wait_for_a_lock()
    visitor.join()

    assert entered == [Entered(lead.pk, is_new=False)]
    assert Lead.objects.count() == 1


def enter(email: str, entered: list[Entered | Exception]) -> None:
    """Enter somebody with ``email``, in a thread; what came of it is appended."""
    entry = LeadEntry(Channel.WEBSITE, NOW, values={"email": email})
    try:
        entered += enter_leads([entry], by=EVERYTHING, as_of=NOW)
    except Exception as error:  # noqa: BLE001 - told to the test
        entered.append(error)
    finally:
        connection.close()


def wait_for_a_lock() -> None:
    """Return when another connection waits for this one."""
    for _again in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(pid)) FROM pg_locks")
            if any(blocked for (blocked,) in cursor.fetchall()):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")
