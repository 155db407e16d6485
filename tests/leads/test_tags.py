import pytest
from django.urls import reverse

from leads.actions.editing import tag_leads
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    made = make_lead()
    tag_leads([made.pk], add=["Messe", "VIP"], by=EVERYTHING, as_of=NOW)
    return made


def names(lead):
    return sorted(lead.tags.values_list("name", flat=True))


def test_a_form_that_was_open_meanwhile_keeps_what_a_colleague_did(as_user, marketer, lead):
    client, address = as_user(marketer), reverse("lead_tags", args=[lead.public_id])
    shown = client.get(address).context["form"].initial
    tag_leads([lead.pk], add=["Anruf"], remove=["Messe"], by=EVERYTHING, as_of=NOW)

    client.post(address, {"known": shown["known"], "tags": "Messe, Neu"})

    assert names(lead) == ["Anruf", "Neu"]


def test_the_form_holds_what_it_was_opened_with(as_user, marketer, lead):
    page = as_user(marketer).get(reverse("lead_tags", args=[lead.public_id])).content.decode()

    assert '<input type="hidden" name="known" value="Messe, VIP"' in page
