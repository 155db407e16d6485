"""What a form that anybody can send does to an objection: nothing."""

import pytest
from django.utils import timezone

from capture.models import OptIn, Visitor
from leads.actions.consent import Declaration, record_consents
from leads.entries import ConsentEntry
from leads.models import Consent, Lead
from tests.capture.scene import MARKETING_CONSENT, make_form, submit
from tests.capture.test_opt_in import confirm
from tests.capture.test_tracking import new_visitor, tell, view
from tests.factories import EVERYTHING, make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_measured")]
ENDED = ["withdrawn", "objected"]


def make_objector(state, channel):
    return make_lead(email="eva@example.org", consents=[ConsentEntry("marketing", channel, state)])


@pytest.mark.parametrize("state", ENDED)
def test_a_form_that_asks_by_mail_leaves_an_objection_until_the_click(state):
    lead = make_objector(state, "email")

    submit(make_form(), **{MARKETING_CONSENT: "on"})
    before = lead.consents.get().state
    confirm(OptIn.objects.get())

    assert (before, lead.consents.get().state) == (state, "granted")
    events = lead.consent_events.order_by("id").values_list("state", flat=True)
    assert list(events) == [state, "pending", "granted"]


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("channel", ["phone", "sms", "post", "email"])
def test_a_box_without_confirmation_is_logged_and_leaves_an_objection(state, channel):
    lead = make_objector(state, channel)
    box = {"purpose": "marketing", "channel": channel, "text": "Ja", "double_opt_in": False}
    form = make_form(definition={"consents": [box]})

    submit(form, **{f"consent_marketing_{channel}": "on"})

    assert Consent.objects.get().state == state
    last = lead.consent_events.latest("id")
    assert (last.state, last.evidence["text"]) == ("granted", "Ja")
    kinds = lead.activities.filter(kind__startswith="consent.").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["consent.withdrawn", "consent.noted"]


@pytest.mark.case("R06")
@pytest.mark.parametrize("state", ENDED)
def test_the_banner_of_a_website_ends_no_objection(state):
    lead = make_lead(email="eva@example.org", consents=[ConsentEntry("tracking", "web", state)])
    token = new_visitor()

    submit(make_form(), visitor=token)

    assert Consent.objects.get(purpose="tracking").state == state
    assert lead.consent_events.latest("id").state == "granted"
    assert not lead.activities.filter(kind="page.visited").exists()
    assert Visitor.objects.get().lead is None


@pytest.mark.case("R06")
@pytest.mark.parametrize("state", ENDED)
def test_visits_after_an_objection_are_nobodys(state):
    token = new_visitor()
    submit(make_form(), visitor=token)
    lead = Lead.objects.get()
    before = lead.activities.filter(kind="page.visited").count()
    declared = Declaration(lead.pk, "tracking", "web", state, timezone.now())
    record_consents([declared], by=EVERYTHING, as_of=timezone.now())

    tell(view("https://www.example.org/geheim", token))

    assert lead.activities.filter(kind="page.visited").count() == before
    assert Visitor.objects.get().lead is None
    assert Consent.objects.get(purpose="tracking").state == state
