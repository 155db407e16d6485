"""Consents to e-mail belong to the address for which they were given."""

from datetime import timedelta

import pytest

from accounts.actor import user_actor
from leads.actions.editing import edit_lead
from leads.actions.entry import enter_leads
from leads.entries import ConsentEntry, IdentifierEntry, LeadEntry
from leads.stages import Channel
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ID = [IdentifierEntry("external", "hubspot:1")]


def make_reader():
    """Return a lead that agreed to everything that concerns us here, or did not."""
    said = [
        ("marketing", "email", "granted"),
        ("marketing", "phone", "granted"),
        ("newsletter", "email", "objected"),
        ("tracking", "email", "granted"),
    ]
    return make_lead(
        email="ada@example.org", identifiers=ID, consents=[ConsentEntry(*words) for words in said]
    )


def states(lead):
    rows = lead.consents.order_by("purpose", "channel")
    return list(rows.values_list("purpose", "channel", "state", "since"))


@pytest.mark.parametrize("new", ["eva@example.org", "", "n/a"])
def test_with_another_address_consents_to_email_wait_for_confirmation(new):
    lead = make_reader()

    edit_lead(lead.pk, {"email": new}, by=EVERYTHING, as_of=LATER)

    assert states(lead) == [
        ("marketing", "email", "pending", LATER),
        ("marketing", "phone", "granted", NOW),
        ("newsletter", "email", "objected", NOW),
        ("tracking", "email", "pending", LATER),
    ]
    events = lead.consent_events.order_by("id")[4:]
    reason = {"reason": "address_changed", "old_email": "ada@example.org", "new_email": new}
    assert [(event.purpose, event.state, event.evidence) for event in events] == [
        ("marketing", "pending", reason),
        ("tracking", "pending", reason),
    ]
    kinds = lead.activities.order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["lead.updated", "consent.lapsed", "consent.lapsed"]


@pytest.mark.parametrize(
    "changes", [{"email": "ADA@Example.org"}, {"email": "ada@example.org"}, {"city": "Ulm"}]
)
def test_the_same_address_in_other_letters_keeps_every_consent(changes):
    lead = make_reader()
    before = states(lead)

    edit_lead(lead.pk, changes, by=EVERYTHING, as_of=LATER)

    assert states(lead) == before
    assert lead.consent_events.count() == 4


def test_a_first_address_keeps_what_was_agreed_to_without_one():
    lead = make_lead(
        email="", phone="030 901820", consents=[ConsentEntry("marketing", "email", "granted")]
    )

    edit_lead(lead.pk, {"email": "ada@example.org"}, by=EVERYTHING, as_of=LATER)

    assert states(lead) == [("marketing", "email", "granted", NOW)]


def test_an_entry_that_overwrites_the_address_lets_consents_lapse():
    lead = make_reader()
    values = {"email": "eva@example.org"}
    entry = LeadEntry(Channel.WEBSITE, LATER, values=values, identifiers=ID, overwrite=True)

    (entered,) = enter_leads([entry], by=EVERYTHING, as_of=LATER)

    lead.refresh_from_db()
    assert (entered.lead_id, lead.email) == (lead.pk, "eva@example.org")
    assert states(lead)[0] == ("marketing", "email", "pending", LATER)


def test_who_may_edit_may_let_consents_lapse(rep):
    lead = make_reader()

    edit_lead(lead.pk, {"email": "eva@example.org"}, by=user_actor(rep), as_of=LATER)

    assert lead.consent_events.latest("id").actor_label == "Rita Vertrieb"
