"""A click in a mail confirms one address and no other."""

import pytest

from accounts.action import writing
from capture.models import OptIn
from leads.actions.editing import edit_lead
from leads.models import Activity, Consent, Identifier, Lead
from leads.stages import OtherReason, Stage
from nurturing.actions.suppression import suppress_addresses
from nurturing.models import Suppression, SuppressionReason
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit, visitor
from tests.capture.test_opt_in import confirm, path_of
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db


def sign_up(email="eva@example.org"):
    submit(make_form("newsletter"), email=email, **{NEWSLETTER_CONSENT: "on"})
    return OptIn.objects.get()


def edit(lead, email):
    edit_lead(lead.pk, {"email": email}, by=EVERYTHING, as_of=NOW)


def test_who_has_another_address_by_now_agreed_to_nothing_for_it():
    opt_in = sign_up()
    lead = Lead.objects.get()
    edit(lead, "max@example.org")
    suppress_addresses(
        ["eva@example.org"], reason=SuppressionReason.UNSUBSCRIBED, by=EVERYTHING, as_of=NOW
    )

    response = confirm(opt_in)

    lead.refresh_from_db()
    opt_in.refresh_from_db()
    assert (response.status_code, opt_in.confirmed_ip) == (200, "192.0.2.4")
    assert (lead.email, lead.stage, lead.other_reason) == (
        "max@example.org",
        Stage.OTHER,
        OtherReason.UNCONFIRMED,
    )
    assert Consent.objects.get().state == "pending"
    assert Activity.objects.latest("id").kind == "optin.outdated"
    confirmed = Identifier.objects.filter(confirmed_at=opt_in.confirmed_at)
    assert confirmed.get().normalised == "eva@example.org"
    assert Suppression.objects.get().lifted_at is None


def test_who_clicks_too_late_is_told_that_it_does_not_count():
    opt_in = sign_up()
    edit(Lead.objects.get(), "max@example.org")

    pages = [confirm(opt_in), visitor().get(path_of(opt_in))]

    for page in pages:
        text = page.content.decode()
        assert "Please sign up again" in text
        assert f"/f/{opt_in.form.public_id}/" in text
        assert "Your address is confirmed" not in text
        assert "max@" not in text


def test_an_address_in_other_letters_is_the_same():
    opt_in = sign_up("Eva@Example.org")
    edit(Lead.objects.get(), "EVA@example.ORG")

    confirm(opt_in)

    assert Consent.objects.get().state == "granted"


def test_who_has_no_address_any_more_gets_the_one_that_was_confirmed():
    opt_in = sign_up()
    lead = Lead.objects.get()
    edit(lead, "")

    confirm(opt_in)

    lead.refresh_from_db()
    assert (lead.email, lead.is_email_valid, lead.stage) == (
        "eva@example.org",
        True,
        Stage.SUBSCRIBER,
    )
    assert Consent.objects.get().state == "granted"


def test_the_confirmed_address_of_another_lead_is_not_taken():
    opt_in = sign_up()
    lead, other = Lead.objects.get(), make_lead()
    edit(lead, "")
    move_identifier("eva@example.org", other)

    confirm(opt_in)

    lead.refresh_from_db()
    assert (lead.email, lead.consents.get().state) == ("", "pending")
    assert lead.activities.latest("id").kind == "optin.outdated"


def move_identifier(key, lead):
    with writing("scene"):
        Identifier.objects.filter(normalised=key).update(lead=lead)
