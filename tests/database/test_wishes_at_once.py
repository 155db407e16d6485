"""Somebody unsubscribes while a report comes in that their mail came back."""

import threading

import pytest

from nurturing.actions.suppression import suppress_addresses
from nurturing.models import Suppression
from tests.database.connections import in_parallel, open_transaction
from tests.factories import EVERYTHING, NOW

ADDRESS = "ada@example.org"


def suppress(reason):
    return suppress_addresses([ADDRESS], reason=reason, by=EVERYTHING, as_of=NOW)


@pytest.mark.case("H07")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reason", "expected"),
    [("unsubscribed", ("bounced", "unsubscribed")), ("complained", ("complained", ""))],
)
def test_what_somebody_wants_is_kept_beside_a_bounce_of_the_same_moment(reason, expected):
    with open_transaction(lambda: suppress("bounced")):
        wish = threading.Thread(target=lambda: in_parallel(1, lambda: suppress(reason)))
        wish.start()
        # It waits for the bounce, which is not committed yet.
        wish.join(timeout=0.5)
        assert wish.is_alive()
    wish.join()

    row = Suppression.objects.get()
    assert (row.reason, row.own_wish) == expected
