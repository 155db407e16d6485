"""Switching tracking in the browser."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from capture.actions.tracking import switch_tracking
from capture.models import TrackingSettings
from ground.errors import DomainError, NotAllowedError
from tests.capture.scene import switch_on, visitor
from tests.capture.test_batches import batch, look
from tests.capture.test_tracking import tell
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db
ADDRESS = "tracking_settings"


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def script():
    return visitor().get("/t.js").content.decode()


def test_everything_is_off_in_a_new_installation(client):
    page = client.get(reverse(ADDRESS))

    form = page.context["form"]
    assert not any(form[name].value() for name in ("visits", "dwell", "scroll", "clicks", "events"))
    assert form["retention_days"].value() == 90
    assert 'var PARTS = "";' in script()


def test_what_is_switched_on_reaches_the_script_and_the_audit_log(client):
    data = {
        "visits": "on",
        "scroll": "on",
        "retention_days": "30",
        "sites": "https://Example.org/start\n\nbücher.example",
    }

    response = client.post(reverse(ADDRESS), data)

    row = TrackingSettings.objects.get()
    assert response.status_code == 302
    assert (row.visits, row.dwell, row.scroll, row.retention_days) == (True, False, True, 30)
    assert row.sites == ["example.org", "xn--bcher-kva.example"]
    assert 'var PARTS = "vs";' in script()
    entry = AuditEntry.objects.get(event="tracking.switched")
    assert entry.data["visits"] == [False, True]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"dwell": "on", "retention_days": "90"}, "visits"),
        ({"visits": "on", "retention_days": "6"}, "retention_days"),
        ({"visits": "on", "retention_days": "90", "sites": "kein host"}, "sites"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(client, data, field):
    response = client.post(reverse(ADDRESS), data)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not TrackingSettings.objects.filter(visits=True).exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"dwell": True}, "visits_missing"),
        ({"retention_days": 500}, "retention_out_of_range"),
        ({"sites": ["a b"]}, "site_unreadable"),
    ],
)
def test_the_action_refuses_the_same(values, code):
    with pytest.raises(DomainError) as refusal:
        switch_tracking(by=EVERYTHING, as_of=NOW, **values)

    assert refusal.value.code == code


def test_a_viewer_switches_nothing(actor, viewer):
    with pytest.raises(NotAllowedError):
        switch_tracking(by=actor(viewer), as_of=NOW, visits=True)

    assert not TrackingSettings.objects.exists()


def test_switching_the_same_again_is_not_logged():
    switch_on()
    switch_on()

    assert AuditEntry.objects.filter(event="tracking.switched").count() == 1


def test_the_page_tells_what_came_in_and_why_machines_were_some(client):
    switch_on()
    tell(batch(look()))
    tell(batch(look()), HTTP_USER_AGENT="Googlebot/2.1")

    lately = client.get(reverse(ADDRESS)).context["lately"]

    assert (lately["people"], lately["machine_count"]) == (1, 1)
    assert lately["machines"] == [("Says itself that it is a robot.", 1)]
