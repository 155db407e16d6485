from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from leads.actions.members import add_to_list, take_off_list
from leads.actions.segments import delete_segment, save_segment
from leads.conditions import segment_leads
from leads.models import Segment, SegmentMember
from tests.factories import EVERYTHING, NOW, make_lead
from tests.segments.scene import inside, make_list, make_segment

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.mark.requirement("S88")
def test_leads_are_put_on_a_list_once_and_the_timeline_says_so(marketer):
    fair, leads = make_list(), [make_lead(), make_lead()]
    keys = [lead.pk for lead in leads]

    first = add_to_list(fair, keys[:1], by=user_actor(marketer), as_of=NOW)
    second = add_to_list(fair, keys, by=user_actor(marketer), as_of=LATER)

    assert (first, second, inside(fair)) == (1, 1, leads)
    stay = SegmentMember.objects.get(lead=leads[0])
    assert (stay.entered_at, stay.added_by) == (NOW, "Mara Marketing")
    told = leads[0].activities.filter(kind="lead.list_joined")
    assert [activity.data["name"] for activity in told] == ["Messe"]


def test_who_is_taken_off_a_list_left_it():
    fair, lead, other = make_list(), make_lead(), make_lead()
    add_to_list(fair, [lead.pk], by=EVERYTHING, as_of=NOW)

    gone = take_off_list(fair, [lead.pk, other.pk], by=EVERYTHING, as_of=LATER)
    again = take_off_list(fair, [lead.pk], by=EVERYTHING, as_of=LATER)

    assert (gone, again, inside(fair)) == (1, 0, [])
    assert fair.members.get().left_at == LATER
    assert lead.activities.filter(kind="lead.list_left").count() == 1


def test_a_list_answers_in_conditions_as_any_segment():
    fair, lead, other = make_list(), make_lead(), make_lead()
    add_to_list(fair, [lead.pk], by=EVERYTHING, as_of=NOW)
    where = {"not": {"field": "segment", "op": "is", "value": str(fair.public_id)}}
    rest = make_segment("Nicht auf der Messe", where)

    on_it = segment_leads(fair, actor=EVERYTHING, as_of=LATER)
    off_it = segment_leads(rest, actor=EVERYTHING, as_of=LATER)

    assert (list(on_it), list(off_it)) == ([lead], [other])


def test_a_list_in_use_is_not_deleted():
    fair = make_list()
    where = {"field": "segment", "op": "is", "value": str(fair.public_id)}
    make_segment("Gäste", where)

    with pytest.raises(DomainError) as refused:
        delete_segment(fair, by=EVERYTHING, as_of=LATER)

    assert (refused.value.code, str(refused.value)) == (
        "in_use",
        "This segment is used by: Segment “Gäste”",
    )


def test_nobody_is_put_into_a_segment_that_a_condition_fills():
    segment, lead = make_segment(), make_lead()

    with pytest.raises(DomainError) as refused:
        add_to_list(segment, [lead.pk], by=EVERYTHING, as_of=NOW)

    assert refused.value.code == "not_a_list"
    assert SegmentMember.objects.count() == 0


def test_who_manages_no_segments_changes_no_list(rep):
    fair, lead = make_list(), make_lead(owner=rep)

    with pytest.raises(NotAllowedError):
        add_to_list(fair, [lead.pk], by=user_actor(rep), as_of=NOW)

    assert inside(fair) == []


def test_ticked_leads_of_the_lead_list_join_and_leave(as_user, marketer):
    fair, lead, _other = make_list(), make_lead(), make_lead()
    client = as_user(marketer)
    data = {"list": str(fair.public_id), "ids": [str(lead.public_id)]}

    client.post(reverse("leads_list_add"), data)
    joined = inside(fair)
    client.post(reverse("leads_list_remove"), data)

    assert (joined, inside(fair)) == ([lead], [])


def test_the_page_of_a_list_shows_who_is_on_it_and_takes_off(as_user, marketer):
    fair, lead = make_list(), make_lead(first_name="Ada", last_name="Muster")
    add_to_list(fair, [lead.pk], by=user_actor(marketer), as_of=timezone.now())
    client = as_user(marketer)

    page = client.get(reverse("segment_detail", args=[fair.public_id]))
    client.post(reverse("member_remove", args=[fair.public_id, lead.public_id]))

    assert [stay.lead for stay in page.context["shown"].entered] == [lead]
    assert inside(fair) == []


def test_two_people_who_edit_a_segment_do_not_overwrite_each_other(as_user, marketer):
    segment = make_segment()
    client, address = as_user(marketer), reverse("segment_edit", args=[segment.public_id])
    opened = client.get(address).context["form"].initial["version"]
    save_segment(segment, name="Von Kollegen", where=segment.where, by=EVERYTHING, as_of=LATER)

    where = '{"field": "country", "op": "is", "value": "AT"}'
    answer = client.post(address, {"name": "Meins", "where": where, "version": opened})

    assert answer.status_code == 422
    assert "Somebody else changed this segment meanwhile." in answer.content.decode()
    assert Segment.objects.get().name == "Von Kollegen"
