"""Events by API: what there is, who registered, who was there."""

import pytest

from tests.api.client import ApiClient
from tests.events.scene import let_begin, make_event
from tests.events.test_attendance import put_down, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, "reports:read", "leads:read", "events:write")


def test_events_are_listed_with_their_figures(api):
    event = make_event(capacity=1)
    put_down(event, "ada", "bea")
    make_event(kind="event", place="Bremen", join_url="")

    (told,) = api.get("events/?kind=webinar").json()["results"]

    assert (told["id"], told["registered"], told["waiting"]) == (str(event.public_id), 1, 1)
    assert "join_url" not in told
    assert api.get("events/?kind=party").status_code == 422
    assert api.get(f"events/{event.public_id}/").json() == told


@pytest.mark.requirement("S15")
def test_attendance_is_told_by_address_lead_or_registration(api):
    event = make_event()
    _ada, bea, cleo = put_down(event, "ada", "bea", "cleo")
    let_begin(event)
    attendees = [
        {"email": "ADA@example.org", "minutes": 40},
        {"lead": str(bea.lead.public_id), "attended": False},
        {"registration": str(cleo.public_id)},
        {"email": "nobody@example.org"},
    ]

    path = f"events/{event.public_id}/attendance/"
    answer = api.post(path, {"attendees": attendees}, **{"Idempotency-Key": "one"})
    again = api.post(path, {"attendees": attendees}, **{"Idempotency-Key": "one"})

    assert answer.json() == {"changed": 3, "matched": 3, "unmatched": [3]}
    assert again.json() == answer.json()
    assert list(states(event).values()) == ["attended", "absent", "attended"]
    rows = api.get(path).json()["results"]
    assert {row["email"]: row["minutes"] for row in rows}["ada@example.org"] == 40


def test_everybody_else_is_absent_only_when_asked(api):
    event = make_event()
    put_down(event, "ada", "bea")
    let_begin(event)
    path = f"events/{event.public_id}/attendance/"

    api.post(path, {"attendees": [{"email": "ada@example.org"}], "others_absent": True})

    assert list(states(event).values()) == ["attended", "absent"]


def test_what_names_nobody_or_two_is_refused(api):
    event = make_event()
    put_down(event, "ada")
    path = f"events/{event.public_id}/attendance/"

    early = api.post(path, {"attendees": [{"email": "ada@example.org"}]})
    let_begin(event)
    both = {"email": "ada@example.org", "lead": str(event.public_id)}

    assert early.json()["code"] == "event_not_begun"
    for wrong in ([{}], [both], [{"email": "a@example.org", "minutes": -1}]):
        assert api.post(path, {"attendees": wrong}).status_code in {400, 422}
    assert list(states(event).values()) == ["registered"]
