from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.actions.forms import change_form, publish_forms
from capture.actions.optins import confirm_opt_in, store_mail_evidence
from capture.actors import CAPTURE
from capture.definition import Definition
from capture.models import OptIn
from capture.optin import opt_in_link, token_of
from ground.errors import DomainError
from leads.actions.consent import consent_hash
from leads.models import Activity, Consent, ConsentEvent, Identifier, Lead
from leads.stages import OtherReason, Stage
from tests.capture.scene import (
    BROWSER,
    MARKETING_CONSENT,
    NEWSLETTER_CONSENT,
    make_form,
    submit,
    visitor,
)
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
YES = {NEWSLETTER_CONSENT: "on"}


def path_of(opt_in):
    return f"/confirm/{token_of(opt_in.public_id)}/"


def confirm(opt_in):
    return visitor().post(path_of(opt_in), HTTP_USER_AGENT=BROWSER, REMOTE_ADDR="192.0.2.4")


@pytest.mark.requirement("S16")
@pytest.mark.requirement("S45")
def test_somebody_is_a_subscriber_after_the_confirmation_and_not_before():
    form = make_form("newsletter")

    submit(form, **YES)
    lead = Lead.objects.get()
    before = (lead.stage, lead.other_reason, Consent.objects.get().state)
    response = confirm(OptIn.objects.get())

    lead.refresh_from_db()
    assert before == (Stage.OTHER, OtherReason.UNCONFIRMED, "pending")
    assert response.status_code == 200
    assert (lead.stage, lead.other_reason) == (Stage.SUBSCRIBER, "")
    assert Consent.objects.get().state == "granted"
    assert list(Activity.objects.order_by("id").values_list("kind", flat=True)) == [
        "lead.created",
        "consent.requested",
        "form.submitted",
        "optin.requested",
        "consent.granted",
        "lead.stage_changed",
        "optin.confirmed",
    ]


@pytest.mark.case("E09")
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_confirms_nothing(method):
    submit(make_form("newsletter"), **YES)
    opt_in = OptIn.objects.get()

    for _again in range(3):
        response = getattr(visitor(), method)(path_of(opt_in))

    opt_in.refresh_from_db()
    assert response.status_code == 200
    assert opt_in.confirmed_at is None
    assert Consent.objects.get().state == "pending"
    assert not Activity.objects.filter(kind="optin.confirmed").exists()


def test_the_page_shows_what_is_agreed_to_and_a_button():
    form = make_form("newsletter")
    submit(form, **YES)

    html = visitor().get(path_of(OptIn.objects.get())).content.decode()

    assert form.draft["consents"][0]["text"] in html
    assert "eva@example.org" in html
    assert '<form class="lf" method="post" action="">' in html


@pytest.mark.requirement("S33")
def test_the_proof_holds_text_mail_and_confirmation():
    form = make_form("newsletter")
    submission = submit(form, **YES)
    opt_in = OptIn.objects.get()
    sent_at = timezone.now()
    store_mail_evidence(opt_in.pk, "<1@crm>", "Bitte bestätigen", "Ja?", sent_at, by=CAPTURE)
    store_mail_evidence(opt_in.pk, "<2@crm>", "Later", "No", sent_at, by=CAPTURE)

    confirm(opt_in)

    opt_in.refresh_from_db()
    asked, granted = ConsentEvent.objects.order_by("id")
    text = form.draft["consents"][0]["text"]
    assert (asked.state, asked.evidence["text"], asked.evidence["form_version"]) == (
        "pending",
        text,
        1,
    )
    assert granted.evidence == {
        **asked.evidence,
        "email": "eva@example.org",
        "mail": {
            "message_id": "<1@crm>",
            "subject": "Bitte bestätigen",
            "body": "Ja?",
            "sent_at": sent_at.isoformat(),
        },
        "confirmation": {
            "at": opt_in.confirmed_at.isoformat(),
            "ip": "192.0.2.4",
            "user_agent": BROWSER,
            "opt_in": str(opt_in.public_id),
            "token_hash": opt_in.token_hash,
        },
    }
    assert granted.evidence["submission"] == str(submission.pk)
    assert (granted.previous_hash, granted.event_hash) == (
        asked.event_hash,
        consent_hash(granted),
    )
    assert Identifier.objects.get(kind="email").confirmed_at == opt_in.confirmed_at


@pytest.mark.case("E12")
def test_a_new_consent_text_changes_no_old_proof():
    form = make_form("newsletter")
    submit(form, **YES)
    old = ConsentEvent.objects.get()
    consent = {**form.draft["consents"][0], "text": "Ein neuer Text."}
    draft = Definition.from_json(form.draft).with_parts(consents=[consent])
    change_form(form.pk, definition=draft, by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    submit(form, email="b@example.org", **YES)

    new = ConsentEvent.objects.latest("id")
    assert ConsentEvent.objects.get(pk=old.pk).evidence == old.evidence
    assert (old.evidence["form_version"], new.evidence["form_version"]) == (1, 2)
    assert new.evidence["text"] == "Ein neuer Text."
    assert consent_hash(old) == old.event_hash


def test_confirming_twice_is_recorded_once():
    submit(make_form("newsletter"), **YES)
    opt_in = OptIn.objects.get()

    first, second = confirm(opt_in), confirm(opt_in)

    assert (first.status_code, second.status_code) == (200, 200)
    assert Activity.objects.filter(kind="optin.confirmed").count() == 1
    assert ConsentEvent.objects.filter(state="granted").count() == 1


def test_a_link_is_good_for_seven_days():
    form = make_form("newsletter")
    submit(form, **YES)
    opt_in = OptIn.objects.get()
    with writing("scene"):
        OptIn.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    shown, sent = visitor().get(path_of(opt_in)), confirm(opt_in)

    assert opt_in.expires_at - opt_in.requested_at == timedelta(days=7)
    assert (shown.status_code, sent.status_code) == (410, 410)
    assert f"/f/{form.public_id}/" in sent.content.decode()
    assert Consent.objects.get().state == "pending"


def test_the_action_itself_refuses_what_has_expired():
    submit(make_form("newsletter"), **YES)
    opt_in = OptIn.objects.get()
    late = opt_in.expires_at + timedelta(seconds=1)

    with pytest.raises(DomainError) as refusal:
        confirm_opt_in(opt_in.pk, ip="", user_agent="", by=CAPTURE, as_of=late)

    assert refusal.value.code == "opt_in_expired"
    assert Consent.objects.get().state == "pending"


def test_the_link_comes_from_the_settings_and_its_token_is_not_stored(settings):
    settings.BASE_URL = "https://crm.example.org"
    submit(make_form("newsletter"), **YES)
    opt_in = OptIn.objects.get()

    link = opt_in_link(opt_in)

    token = link.removeprefix("https://crm.example.org/confirm/").rstrip("/")
    assert len(token) == 43
    assert token not in str(OptIn.objects.values().get())
    settings.SECRET_KEY = "another key"
    assert token_of(opt_in.public_id) != token


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "ü", "%00"])
def test_a_made_up_token_is_not_found(token):
    assert visitor().get(f"/confirm/{token}/").status_code == 404
    assert visitor().post(f"/confirm/{token}/").status_code == 404


@pytest.mark.parametrize("stage", [Stage.LEAD, Stage.MQL, Stage.CUSTOMER])
def test_a_lead_that_has_come_further_keeps_its_stage(stage):
    lead = make_lead(email="eva@example.org", stage=stage)
    submit(make_form("newsletter"), **YES)

    confirm(OptIn.objects.get())

    lead.refresh_from_db()
    assert (lead.stage, lead.episodes.count()) == (stage, 1)
    assert lead.consents.get().state == "granted"


def test_a_lost_customer_who_confirms_begins_anew_as_a_subscriber():
    reason = OtherReason.LOST_CUSTOMER
    lead = make_lead(email="eva@example.org", stage=Stage.OTHER, other_reason=reason)
    submit(make_form("newsletter"), **YES)
    lead.refresh_from_db()
    before = lead.stage

    confirm(OptIn.objects.get())

    lead.refresh_from_db()
    assert (before, lead.stage, lead.episodes.count()) == (Stage.OTHER, Stage.SUBSCRIBER, 2)


def test_a_consent_on_a_contact_form_is_confirmed_without_touching_the_stage():
    submit(make_form(), **{MARKETING_CONSENT: "on"})

    confirm(OptIn.objects.get())

    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.state) == ("marketing", "email", "granted")
    assert Lead.objects.get().stage == Stage.LEAD


def test_an_unconfirmed_reader_who_writes_to_us_is_a_lead_in_the_same_episode():
    submit(make_form("newsletter"), **YES)

    submit(make_form())

    lead = Lead.objects.get()
    assert (lead.stage, lead.other_reason, lead.episodes.count()) == (Stage.LEAD, "", 1)


def test_without_double_opt_in_a_tick_is_enough():
    text = {"purpose": "newsletter", "channel": "email", "text": "Ja", "double_opt_in": False}
    submit(make_form("newsletter", definition={"consents": [text]}), **YES)

    assert Lead.objects.get().stage == Stage.SUBSCRIBER
    assert Consent.objects.get().state == "granted"
    assert OptIn.objects.count() == 0
