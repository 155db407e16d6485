import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from capture.imports.models import ImportRow, LeadImport
from leads.actions.members import add_to_list
from leads.actions.sorting import sort_out
from leads.models import Segment, SegmentGroup, SegmentSize
from tests.api.client import ApiClient
from tests.factories import EVERYTHING, NOW, make_lead, make_user
from tests.segments.scene import country, follow, inside, make_kept, make_list, make_segment

pytestmark = pytest.mark.django_db


def page_of(client, segment):
    return client.get(reverse("segment_detail", args=[segment.public_id]))


@pytest.mark.requirement("S88")
def test_the_page_of_a_segment_shows_its_size_its_leads_and_who_uses_it(as_user, marketer):
    leads = [make_lead(country="DE") for _number in range(12)]
    segment = make_kept()
    make_segment("Berlin", {"field": "segment", "op": "is", "value": str(segment.public_id)})
    follow(timezone.now())

    shown = page_of(as_user(marketer), segment).context["shown"]

    assert (shown.size.number, len(shown.examples), len(shown.entered)) == (12, 10, 10)
    assert shown.left == []
    assert set(shown.examples) < set(leads)
    assert [(usage.kind, usage.name) for usage in shown.usages] == [("Segment", "Berlin")]


@pytest.mark.requirement("S88")
def test_the_size_of_a_segment_is_drawn_day_by_day(as_user, marketer):
    segment, today = make_kept(), timezone.now().date()
    with writing("scene"):
        for days, size in ((2, 10), (1, 12), (0, 9)):
            day = today - timedelta(days=days)
            SegmentSize.objects.create(segment=segment, day=day, size=size)

    chart = page_of(as_user(marketer), segment).context["shown"].chart

    assert list(chart.series[0].values) == [10, 12, 9]
    assert chart.number == "-1"


def test_a_manager_sees_the_leads_of_the_team_and_no_size_of_all(as_user, manager, team):
    ours = make_lead(country="DE", team=team)
    make_lead(country="DE", owner=make_user())
    segment = make_kept()
    follow(timezone.now())
    with writing("scene"):
        for days in (0, 1):
            day = timezone.now().date() - timedelta(days=days)
            SegmentSize.objects.update_or_create(segment=segment, day=day, defaults={"size": 2})

    shown = page_of(as_user(manager), segment).context["shown"]

    assert [stay.lead for stay in shown.entered] == [ours]
    assert (shown.size.number, shown.chart) == (1, None)


def test_a_segment_whose_field_is_gone_breaks_neither_the_list_nor_its_page(as_user, marketer):
    segment = make_segment()
    with writing("scene"):
        where = {"field": "custom.gone", "op": "is", "value": "x"}
        Segment.objects.filter(pk=segment.pk).update(where=where)
    client = as_user(marketer)

    listed, page = client.get(reverse("segment_list")), page_of(client, segment)

    assert "Cannot be read any more" in listed.content.decode()
    assert "The condition cannot be read any more" in page.content.decode()


@pytest.mark.requirement("S103")
def test_a_group_is_made_and_changed_on_its_page(as_user, marketer):
    inland, abroad = make_segment("Inland"), make_segment("Ausland", country("AT"))
    client = as_user(marketer)
    data = {"name": "Kataloge", "segment_1": abroad.pk, "segment_2": inland.pk}

    client.post(reverse("group_create"), data)
    group = SegmentGroup.objects.get()
    first = [segment.name for segment in group.in_order]
    address = reverse("group_edit", args=[group.public_id])
    client.post(address, {**data, "segment_1": inland.pk, "segment_2": abroad.pk})
    refused = client.post(address, {**data, "segment_2": ""})

    second = [segment.name for segment in SegmentGroup.objects.get().in_order]
    assert (first, second) == (["Ausland", "Inland"], ["Inland", "Ausland"])
    assert refused.status_code == 422
    assert "A group needs two segments at least." in refused.content.decode()


@pytest.mark.requirement("S88")
def test_the_leads_of_an_import_are_put_on_a_list(as_user, marketer):
    fair, lead = make_list(), make_lead()
    with writing("scene"):
        done = LeadImport.objects.create(
            file_name="fair.csv", file_hash="x", header=["a"], mapping={}, state="finished",
            created_by=marketer, created_at=NOW,
        )  # fmt: skip
        ImportRow.objects.create(lead_import=done, number=1, cells={}, lead=lead)
        ImportRow.objects.create(lead_import=done, number=2, cells={})
    client = as_user(marketer)

    page = client.get(reverse("import_detail", args=[done.public_id]))
    client.post(reverse("import_list_add", args=[done.public_id]), {"list": str(fair.public_id)})

    assert list(page.context["lists"]) == [fair]
    assert inside(fair) == [lead]


@pytest.mark.requirement("S88")
def test_a_program_puts_leads_on_a_list_and_takes_them_off(marketer):
    fair, one, two = make_list(), make_lead(), make_lead()
    add_to_list(fair, [two.pk], by=EVERYTHING, as_of=NOW)
    api = ApiClient(marketer, "segments:write", "leads:read")
    address = f"segments/{fair.public_id}/members/"

    listed = api.get("segments/").json()["results"]
    answer = api.post(address, {"add": [str(one.public_id)], "remove": [str(two.public_id)]})
    unknown = api.post(address, {"add": [str(uuid.uuid4())]})

    assert [(item["name"], item["kind"], item["group"]) for item in listed] == [
        ("Messe", "list", None)
    ]
    assert answer.json() == {"added": 1, "removed": 1}
    assert inside(fair) == [one]
    assert (unknown.status_code, unknown.json()["code"]) == (422, "lead_unknown")


@pytest.mark.requirement("S111")
def test_an_audience_file_of_a_segment_leaves_out_who_was_sorted_out(as_user, marketer):
    make_lead(country="DE", email="ada@example.org")
    spam = make_lead(country="DE", email="bot@example.org")
    segment = make_segment()
    sort_out([spam.pk], why="spam", by=user_actor(marketer), as_of=NOW)
    client = as_user(marketer)
    asked = {"segment": str(segment.public_id)}

    everything = client.get(reverse("lead_export"), asked)
    audience = client.get(reverse("lead_export"), {**asked, "sorted_out": "without"})

    texts = [b"".join(answer.streaming_content).decode() for answer in (everything, audience)]
    assert [("bot@example.org" in text, "ada@example.org" in text) for text in texts] == [
        (True, True),
        (False, True),
    ]
