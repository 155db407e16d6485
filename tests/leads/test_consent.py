"""Where a lead stands after what was declared in which order and by whom."""

from datetime import timedelta

import pytest

from leads.actions.consent import Declaration, record_consents
from leads.models import ConsentState
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)
ENDED = [ConsentState.WITHDRAWN, ConsentState.OBJECTED]


def declare(lead, state, at=NOW, *, channel="phone", **overrides):
    said = Declaration(lead.pk, "marketing", channel, state, at, {"how": "said"}, **overrides)
    record_consents([said], by=EVERYTHING, as_of=LATER)


def standing(lead):
    """Return state and time of the only consent, and what the log and the timeline say."""
    consent = lead.consents.get()
    events = list(lead.consent_events.order_by("id").values_list("state", flat=True))
    kinds = lead.activities.filter(kind__startswith="consent.").order_by("id")
    return consent.state, consent.since, events, list(kinds.values_list("kind", flat=True))


@pytest.mark.parametrize("state", [*ENDED, ConsentState.GRANTED])
def test_a_request_for_confirmation_changes_nothing_that_is_known(state):
    lead = make_lead()
    declare(lead, state)

    declare(lead, ConsentState.PENDING, LATER)

    kind = "consent.granted" if state == ConsentState.GRANTED else "consent.withdrawn"
    assert standing(lead) == (state, NOW, [state, "pending"], [kind, "consent.requested"])


@pytest.mark.parametrize("state", ENDED)
def test_what_nobody_confirmed_is_logged_and_ends_no_objection(state):
    lead = make_lead()
    declare(lead, state)

    declare(lead, ConsentState.GRANTED, LATER, is_confirmed=False)

    assert standing(lead) == (
        state,
        NOW,
        [state, "granted"],
        ["consent.withdrawn", "consent.noted"],
    )


@pytest.mark.parametrize("state", ENDED)
def test_what_is_confirmed_grants_after_an_objection(state):
    lead = make_lead()
    declare(lead, state)

    declare(lead, ConsentState.GRANTED, LATER)

    assert standing(lead)[:2] == ("granted", LATER)


def test_what_nobody_confirmed_grants_where_nothing_or_a_request_is_known():
    asked, new = make_lead(), make_lead()
    declare(asked, ConsentState.PENDING)

    for lead in (asked, new):
        declare(lead, ConsentState.GRANTED, LATER, is_confirmed=False)

    assert standing(asked)[:2] == ("granted", LATER)
    assert standing(new)[:2] == ("granted", LATER)


@pytest.mark.parametrize(
    ("present", "older"),
    [("withdrawn", "granted"), ("objected", "granted"), ("granted", "withdrawn")],
)
def test_what_is_older_than_the_present_state_is_logged_and_changes_nothing(present, older):
    lead = make_lead()
    declare(lead, present)

    declare(lead, older, EARLIER)

    state, since, events, kinds = standing(lead)
    assert (state, since, events) == (present, NOW, [present, older])
    assert kinds[-1] == "consent.noted"


def test_a_withdrawal_by_anybody_counts():
    lead = make_lead()
    declare(lead, ConsentState.GRANTED)

    declare(lead, ConsentState.WITHDRAWN, LATER, is_confirmed=False)

    assert standing(lead)[:2] == ("withdrawn", LATER)


def test_declarations_of_one_call_count_in_their_order():
    lead = make_lead()
    said = [
        Declaration(lead.pk, "marketing", "phone", state, NOW)
        for state in ("pending", "granted", "withdrawn")
    ]

    record_consents(said, by=EVERYTHING, as_of=NOW)

    assert standing(lead)[0] == "withdrawn"
    assert standing(lead)[3] == ["consent.requested", "consent.granted", "consent.withdrawn"]
