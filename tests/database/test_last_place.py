"""Many who want the last place of an event at the same moment: one gets it, the others wait."""

import pytest
from django.utils import timezone

from capture.events.seats import (
    NewRegistration,
    cancel_registration,
    fill_seats,
    register_for_events,
)
from capture.models import Event, EventRegistration
from tests.database.connections import in_parallel
from tests.events.scene import make_event
from tests.factories import EVERYTHING, make_lead

pytestmark = pytest.mark.django_db(transaction=True)


def _wishes(event, count):
    now = timezone.now()
    return [NewRegistration(event.pk, make_lead().pk, "website", "en", now) for _n in range(count)]


def _register(wishes):
    return register_for_events([wishes.pop()], by=EVERYTHING, as_of=timezone.now())


@pytest.mark.requirement("S15")
def test_the_last_place_is_given_once():
    event = make_event(capacity=1)
    wishes = _wishes(event, 4)

    in_parallel(4, lambda: _register(wishes))

    states = sorted(EventRegistration.objects.values_list("state", flat=True))
    assert states == ["registered", "waiting", "waiting", "waiting"]
    assert Event.objects.get().taken == 1


def test_one_lead_that_registers_twice_at_once_has_one_registration():
    event = make_event(capacity=5)
    wishes = _wishes(event, 1) * 3

    in_parallel(3, lambda: _register(wishes))

    assert EventRegistration.objects.count() == 1
    assert Event.objects.get().taken == 1


def test_a_free_place_is_given_once_by_two_drains():
    event = make_event(capacity=1)
    register_for_events(_wishes(event, 3), by=EVERYTHING, as_of=timezone.now())
    first = EventRegistration.objects.get(state="registered")
    cancel_registration(first.pk, by=EVERYTHING, as_of=timezone.now())

    in_parallel(2, lambda: fill_seats([event.pk], by=EVERYTHING, as_of=timezone.now()))

    states = sorted(EventRegistration.objects.values_list("state", flat=True))
    assert states == ["cancelled", "registered", "waiting"]
