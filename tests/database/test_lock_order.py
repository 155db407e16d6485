"""Leads are locked all at once and in key order, so that no two wait for each other."""

import pytest
from django.db import transaction

from leads.models import Lead
from nurturing.actions import entering
from nurturing.actors import SEQUENCES
from nurturing.models import DueEntry, DueTrigger
from tests.database.connections import elsewhere
from tests.factories import NOW, make_lead
from tests.nurturing.scene import make_organisation, make_sequence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def free(monkeypatch) -> list[list[int]]:
    """The leads that others could still lock, at each sequence that is entered."""
    found: list[list[int]] = []
    enrol_leads = entering.enrol_leads

    def look() -> list[int]:
        with transaction.atomic():
            leads = Lead.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            return list(leads.values_list("pk", flat=True))

    def enrol_and_look(*args, **kwargs):
        enrolled = enrol_leads(*args, **kwargs)
        found.append(elsewhere(look))
        return enrolled

    monkeypatch.setattr(entering, "enrol_leads", enrol_and_look)
    return found


def test_leads_that_meet_conditions_are_locked_before_the_first_sequence(free):
    make_organisation()
    for city in ("Bonn", "Berlin"):
        where = {"field": "city", "op": "is", "value": city}
        make_sequence(name=city, trigger={"kind": "condition", "where": where})
    leads = [make_lead(city="Berlin"), make_lead(city="Bonn")]
    rows = [DueTrigger(lead=lead) for lead in leads]

    entering.look_at_changed_leads(rows, by=SEQUENCES, as_of=NOW)

    assert free == [[], []]


def test_leads_that_were_asked_for_are_locked_before_the_first_sequence(free):
    make_organisation()
    sequences = [make_sequence(name=name) for name in ("One", "Two")]
    leads = [make_lead(), make_lead()]
    rows = [
        DueEntry(lead=lead, sequence=sequence, source="form")
        for lead, sequence in zip(reversed(leads), sequences, strict=True)
    ]

    entering.enter_asked_leads(rows, by=SEQUENCES, as_of=NOW)

    assert free == [[], []]
