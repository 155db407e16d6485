from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.rights import ApiScope
from ground.errors import DomainError
from leads.actions.position import PositionChange, change_positions
from leads.actions.segments import save_segment
from leads.conditions import leads_where
from leads.models import Lead, PositionRule
from leads.position import position_label, with_position
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_activity, make_lead, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S55")]
LATER = NOW + timedelta(hours=1)


def position(lead, as_of=LATER):
    return with_position(Lead.objects.filter(pk=lead.pk), as_of=as_of).get().position


def did(lead, kind, at=NOW, **data):
    make_activity(lead, kind, at, data=data)


def change(phase, **values):
    change_positions({phase: PositionChange(**values)}, by=EVERYTHING, as_of=NOW)


def test_the_furthest_signal_decides_whatever_the_stage():
    lead = make_lead(stage=Stage.SUBSCRIBER)

    seen = [position(lead)]
    for kind, data in (
        ("content.downloaded", {"phase": "interest"}),
        ("content.downloaded", {"phase": "choice"}),
        ("form.submitted", {"form_kind": "quote"}),
        ("content.downloaded", {"phase": "interest"}),
    ):
        did(lead, kind, **data)
        seen.append(position(lead))

    assert seen == ["awareness", "interest", "choice", "request", "request"]


def test_a_signal_fades():
    lead = make_lead()
    did(lead, "form.submitted", form_kind="quote")

    assert position(lead, NOW + timedelta(days=179)) == "request"
    assert position(lead, NOW + timedelta(days=181)) == "awareness"


def test_as_a_condition_each_lead_has_one_position():
    leads = [make_lead(), make_lead(), make_lead()]
    did(leads[1], "content.downloaded")
    did(leads[2], "meeting.booked")
    did(leads[2], "content.downloaded")

    def where(**more):
        node = {"field": "funnel_position", **more}
        return list(leads_where(node, actor=EVERYTHING, as_of=LATER).order_by("pk"))

    assert where(op="is", value="awareness") == leads[:1]
    assert where(op="is", value="interest") == leads[1:2]
    assert where(op="is_one_of", value=["interest", "request"]) == leads[1:]
    assert where(op="is_not", value="request") == leads[:2]


def test_the_mapping_and_the_names_are_those_of_the_settings():
    lead = make_lead(country="AT")

    change("choice", where={"field": "country", "op": "is", "value": "AT"}, label_en="Comparing")

    assert position(lead) == "choice"
    assert position_label("choice") == "Comparing"
    assert position_label("request") == "Asking to buy"


@pytest.mark.parametrize(
    ("phase", "where", "code"),
    [
        ("nowhere", None, "position_unknown"),
        ("awareness", {"everyone": True}, "first_is_the_rest"),
        ("choice", {"field": "funnel_position", "op": "is", "value": "request"}, "asks_itself"),
    ],
)
def test_a_wrong_mapping_is_refused_and_nothing_changes(phase, where, code):
    with pytest.raises(DomainError) as refused:
        change(phase, where=where)

    assert (refused.value.code, refused.value.field) == (code, phase)
    assert not PositionRule.objects.exists()


def test_a_rule_never_runs_in_circles_through_a_segment():
    segment = save_segment(None, name="Kreis", where={"everyone": True}, by=EVERYTHING, as_of=NOW)
    change("choice", where={"field": "segment", "op": "is", "value": str(segment.public_id)})
    asks = {"field": "funnel_position", "op": "is", "value": "choice"}

    save_segment(segment, name="Kreis", where=asks, by=EVERYTHING, as_of=NOW)

    assert position(make_lead()) == "awareness"


def test_list_filter_page_and_api_tell_it(as_user, client, admin, marketer):
    change("request", label_en="Wants an offer")
    near, _far = make_lead(last_name="Nah"), make_lead(last_name="Fern")
    did(near, "meeting.booked")
    browser = as_user(marketer)
    _token, key = make_token(admin, ApiScope.LEADS_READ)

    asked = {"position": "request", "columns": "name,position"}
    listed = browser.get(reverse("lead_list"), asked)
    page = browser.get(reverse("lead_detail", args=[near.public_id])).content.decode()
    address = reverse("api_lead_detail", args=[near.public_id])
    api = client.get(address, headers={"authorization": f"Bearer {key}"})

    assert [lead.pk for lead in listed.context["page"].rows] == [near.pk]
    assert "Wants an offer" in listed.content.decode()
    assert "Wants an offer" in page
    assert api.json()["funnel_position"] == "request"


def test_the_settings_keep_what_differs_from_the_usual(as_user, marketer):
    client = as_user(marketer)
    address = reverse("position_settings")
    where = '{"field": "country", "op": "is", "value": "AT"}'

    saved = client.post(address, {"interest.de": "Neugierig", "choice.where": where})
    wrong = client.post(address, {"choice.where": '{"field": "nonsense"}'})

    shown = client.get(address).content.decode()
    rows = {row.position: (row.where, row.label_de) for row in PositionRule.objects.all()}
    assert "is_exact" not in shown
    assert (saved.status_code, wrong.status_code) == (302, 422)
    assert rows["interest"] == (None, "Neugierig")
    assert rows["choice"][0] == {"field": "country", "op": "is", "value": "AT"}
