"""How colleagues ask for what is missing: the card of a lead, and the link to copy (S60, S61)."""

import re

import pytest
from django.urls import reverse

from capture.models import Form
from leads.actions.profile import change_profile
from tests.capture.scene import make_form, visitor
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S61")]
LATER = {"name": "phone", "label": "Phone", "kind": "tel", "later": True}
EMAIL = {"name": "email", "label": "E-mail", "kind": "email"}


@pytest.fixture(autouse=True)
def _profile(db):
    weights = {"email": 50, "phone": 30, "city": 20}
    change_profile(weights, purchase_field="", early_days=0, by=EVERYTHING, as_of=NOW)


def make_asking_form():
    return make_form(definition={"fields": [EMAIL, LATER]})


def card(client, lead):
    page = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()
    return page.split('id="lead-profile"')[1].split("</section>")[0]


def test_the_card_names_what_is_missing_and_who_asks_for_it(as_user, marketer):
    form, lead = make_asking_form(), make_lead(phone="")

    shown = card(as_user(marketer), lead)

    ask = reverse("ask_lead", args=[lead.public_id, form.public_id])
    assert "50" in shown
    assert shown.count("Fill in: ") == 2
    assert ask in shown
    assert "Ask for: Phone" in shown
    assert "Ask for: City" not in shown


def test_who_may_not_edit_sees_the_number_and_no_links(as_user, viewer):
    make_asking_form()
    lead = make_lead(phone="")

    shown = card(as_user(viewer), lead)

    assert "Phone" in shown
    assert "?field=" not in shown
    assert "/ask/" not in shown


@pytest.mark.requirement("S60")
def test_the_link_to_copy_asks_this_lead_and_making_it_changes_nothing(as_user, marketer):
    form, lead = make_asking_form(), make_lead(phone="")
    before = Form.objects.values().get()

    page = as_user(marketer).get(reverse("ask_lead", args=[lead.public_id, form.public_id]))
    link = re.search(rf"/f/{form.public_id}/p/[^\"<&\s]+/", page.content.decode())[0]
    asked = visitor().get(link)

    assert asked.status_code == 200
    assert 'data-field="phone"' in asked.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert f"profile_link.f{form.public_id.hex[:10]}" in page.content.decode()
    assert Form.objects.values().get() == before


@pytest.mark.requirement("S60")
def test_where_nothing_is_left_no_link_is_given(as_user, marketer):
    form, lead = make_asking_form(), make_lead(phone="+4930901820")

    page = as_user(marketer).get(reverse("ask_lead", args=[lead.public_id, form.public_id]))

    assert "nothing left to ask" in page.content.decode()
    assert "/p/" not in page.content.decode()


def test_a_form_that_asks_nothing_more_is_not_there(as_user, marketer):
    form, lead = make_form(), make_lead()

    page = as_user(marketer).get(reverse("ask_lead", args=[lead.public_id, form.public_id]))

    assert page.status_code == 404


@pytest.mark.requirement("S60")
def test_the_editor_marks_what_is_asked_later_and_how_many_at_once(as_user, marketer):
    form = make_form()
    client = as_user(marketer)
    body = {"version": form.version, "field": ["email", "phone", "message"], "at_once": "3"}
    body |= {"later.phone": "on", "later.email": "on", "do": "publish"}

    refused = client.post(reverse("form_edit", args=[form.public_id]), body)
    form.refresh_from_db()
    later = [spec["name"] for spec in form.draft["fields"] if spec.get("later")]

    assert refused.status_code == 422
    assert "cannot be asked later" in refused.content.decode()
    assert later == ["email", "phone"]
    assert form.draft["at_once"] == 3
