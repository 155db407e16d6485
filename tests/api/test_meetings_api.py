from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from handoff.models import Meeting
from tests.api.client import ApiClient
from tests.factories import make_lead
from tests.meetings.scene import by_hand, make_type

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S30")]


@pytest.fixture
def meeting(rep):
    now = timezone.now()
    lead = make_lead(owner=rep, team=rep.team)
    return by_hand(lead, make_type(rep), rep, now + timedelta(days=2), as_of=now)


def ids(api, query=""):
    return [item["id"] for item in api.get(f"meetings/{query}").json()["results"]]


def test_meetings_are_listed_and_read_as_far_as_the_lead_may_be_seen(meeting, rep, stranger):
    api, foreign = ApiClient(rep, "leads:read"), ApiClient(stranger, "leads:read")
    address = f"meetings/{meeting.public_id}/"

    shown = api.get(address).json()

    assert ids(api) == [str(meeting.public_id)]
    assert shown["lead"] == str(meeting.lead.public_id)
    assert (shown["host"], shown["state"], shown["type_name"]) == (
        rep.email,
        "booked",
        "First talk",
    )
    assert ids(foreign) == []
    assert foreign.get(address).status_code == 404


def test_meetings_are_narrowed_by_state_host_and_lead(meeting, rep, marketer):
    api = ApiClient(marketer, "leads:read")
    everything = [str(meeting.public_id)]

    assert ids(api, "?state=booked") == ids(api, f"?owner={rep.email}") == everything
    assert ids(api, f"?lead={meeting.lead.public_id}") == everything
    assert ids(api, "?state=held") == []
    assert api.get("meetings/?state=nothing").status_code == 422


def test_what_became_no_meeting_is_not_told(meeting, marketer):
    with writing("scene"):
        Meeting.objects.update(state="dropped")

    assert ids(ApiClient(marketer, "leads:read")) == []
