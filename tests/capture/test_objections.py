"""What a form that anybody can send does to an objection: nothing."""

import pytest

from capture.models import OptIn
from leads.entries import ConsentEntry
from leads.models import Consent
from tests.capture.scene import MARKETING_CONSENT, make_form, submit
from tests.capture.test_opt_in import confirm
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
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
