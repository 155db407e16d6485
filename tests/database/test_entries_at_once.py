"""The same person from several sides at the same moment."""

import pytest

from leads.actions.entry import enter_leads
from leads.entries import LeadEntry
from leads.models import Activity, Identifier, Lead
from leads.stages import Channel
from tests.database.connections import in_parallel
from tests.factories import EVERYTHING, NOW


@pytest.mark.django_db(transaction=True)
def test_four_who_enter_the_same_people_at_once_enter_each_once():
    people = [f"person{number}@example.org" for number in range(10)]

    def enter() -> list[bool]:
        entries = [
            LeadEntry(channel=Channel.WEBSITE, occurred_at=NOW, values={"email": email})
            for email in people
        ]
        return [entered.is_new for entered in enter_leads(entries, by=EVERYTHING, as_of=NOW)]

    found = in_parallel(4, enter)

    assert sorted(found) == [[False] * 10] * 3 + [[True] * 10]
    assert Lead.objects.count() == Identifier.objects.filter(kind="email").count() == 10
    assert Activity.objects.filter(kind="lead.created").count() == 10
