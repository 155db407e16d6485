import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.actions.optins import OptInRequest, confirm_opt_in, request_opt_ins
from capture.models import OptIn
from capture.optin import opt_in_link
from leads.models import Company, Consent, Lead
from nurturing.actions.sending import send_due
from nurturing.actions.suppression import suppress_addresses
from nurturing.addresses import suppressions_of
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW, make_lead
from tests.nurturing.scene import make_due_message, make_sequence, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def ask_for(lead: Lead, *, language: str = "en", email: str = "", as_of=NOW) -> OptIn:
    email = email or lead.email
    request = OptInRequest(
        lead_id=lead.pk,
        email=email,
        email_key=email,
        language=language,
        purposes=[("newsletter", "email")],
        evidence={},
    )
    (opt_in,) = request_opt_ins([request], by=EVERYTHING, as_of=as_of)
    return opt_in


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.requirement("S16")
def test_whoever_signs_up_is_asked_to_confirm(mail_server):
    opt_in = ask_for(make_lead(email="ada@example.org", first_name="Ada"))

    send_due(NOW)

    (mail,) = mail_server.accepted
    assert mail_server.recipients == ["ada@example.org"]
    assert mail["Subject"] == "Please confirm your e-mail address for Muster GmbH"
    for kind in ("plain", "html"):
        assert opt_in_link(opt_in) in body(mail, kind)
        assert "10115 Berlin" in body(mail, kind)
    # No advertising: nothing to unsubscribe from yet.
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_page_of_a_lead_names_its_mails(as_user, marketer):
    lead = make_lead(email="ada@example.org")
    ask_for(lead)
    make_due_message(lead)

    page = as_user(marketer).get(reverse("lead_detail", args=[lead.public_id]))

    # A subject is fixed when the mail is written; before that the sequence says which it is.
    titles = [mail.title for mail in page.context["mails"]]
    assert titles == ["Sequence 1", "Please confirm your e-mail address for Muster GmbH"]


@pytest.mark.requirement("S16")
@pytest.mark.requirement("S33")
def test_before_the_confirmation_no_newsletter_goes_out_and_after_it_does(mail_server):
    lead = make_lead()
    opt_in = ask_for(lead)
    send_due(NOW)
    early = make_due_or_skipped(lead, NOW)

    confirm_opt_in(opt_in.pk, ip="", user_agent="", by=EVERYTHING, as_of=NOW)
    message = make_due_or_skipped(lead, NOW + timedelta(hours=1))
    send_due(NOW + timedelta(hours=1))

    message.refresh_from_db()
    assert (early.state, early.reason) == ("skipped", "no_consent")
    assert message.state == "sent"
    assert len(mail_server.accepted) == 2


def make_due_or_skipped(lead: Lead, as_of) -> Message:
    sequence = make_sequence(name=f"Newsletter {as_of}", purpose="newsletter", as_of=as_of)
    return make_due_message(lead, sequence, as_of=as_of)


def test_the_mail_is_kept_as_proof_word_for_word(mail_server):
    opt_in = ask_for(make_lead())

    send_due(NOW)

    message = Message.objects.get()
    opt_in.refresh_from_db()
    assert opt_in.mail == {
        "message_id": message.message_id,
        "subject": message.subject,
        "body": message.text,
        "sent_at": NOW.isoformat(),
    }


@pytest.mark.case("C27")
@pytest.mark.parametrize(
    "name",
    [
        "Click https://evil.tld now",
        "www.evil.tld",
        "evil.tld",
        "<a href=x>Ada</a>",
        "call 0900 12345",
        "win@evil.tld",
        "{{ password }}",
        "x" * 61,
    ],
)
def test_a_name_that_could_carry_a_message_is_left_out(mail_server, name):
    lead = make_lead(first_name=name, last_name="")
    ask_for(lead)

    send_due(NOW)

    (mail,) = mail_server.accepted
    assert body(mail).startswith("Hello,\n") or body(mail).startswith("Hello,\r\n")
    for word in ("evil", "0900", "password", "xxx"):
        assert word not in body(mail)
        assert word not in body(mail, "html").replace("text/html", "")


@pytest.mark.case("C27")
@pytest.mark.parametrize("field", ["last_name", "salutation", "job_title", "city"])
def test_no_other_answer_of_a_form_carries_a_link_into_the_mail(mail_server, field):
    lead = make_lead(**{"first_name": "Ada", "last_name": "Muster", field: "https://evil.tld"})
    with writing("scene"):
        lead.company = Company.objects.create(name="https://evil.tld")
        lead.save()
    opt_in = ask_for(lead)

    send_due(NOW)

    (mail,) = mail_server.accepted
    assert "evil" not in str(mail["Subject"]) + str(mail["To"])
    for kind in ("plain", "html"):
        assert set(re.findall(r"https?://[^\s\"<]+", body(mail, kind))) == {opt_in_link(opt_in)}


def test_an_ordinary_name_is_used(mail_server):
    ask_for(make_lead(first_name="Jean-Luc", last_name="O'Neill-Müller"))

    send_due(NOW)

    assert body(mail_server.accepted[0]).startswith("Hello Jean-Luc O'Neill-Müller,")


def test_the_mail_goes_to_the_address_that_signed_up_not_to_that_of_the_lead(mail_server):
    lead = make_lead(email="old@example.org")

    ask_for(lead, email="new@example.org")
    send_due(NOW)

    assert mail_server.recipients == ["new@example.org"]


@pytest.mark.case("E09")
def test_following_the_link_by_get_or_head_confirms_nothing(mail_server):
    now = timezone.now()
    opt_in = ask_for(make_lead(), as_of=now)
    send_due(now)
    (link,) = [word for word in body(mail_server.accepted[0]).split() if "://" in word]
    path = link.removeprefix("http://127.0.0.1:8000")

    answers = [Client().get(path).status_code, Client().head(path).status_code]

    opt_in.refresh_from_db()
    assert answers == [200, 200]
    assert opt_in.confirmed_at is None
    assert Consent.objects.filter(state="granted").count() == 0


def test_whoever_unsubscribed_may_sign_up_again_and_is_written_to_after_confirming(mail_server):
    lead = make_lead(email="ada@example.org")
    suppress_addresses([lead.email], reason="unsubscribed", by=EVERYTHING, as_of=NOW)

    opt_in = ask_for(lead)
    send_due(NOW)
    suppressed_before = suppressions_of([lead.email])
    confirm_opt_in(opt_in.pk, ip="", user_agent="", by=EVERYTHING, as_of=NOW)

    assert len(mail_server.accepted) == 1
    assert suppressed_before == {"ada@example.org": {"all": "unsubscribed"}}
    assert suppressions_of([lead.email]) == {}


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_a_dead_address_is_not_even_asked(mail_server, reason):
    lead = make_lead()
    suppress_addresses([lead.email], reason=reason, by=EVERYTHING, as_of=NOW)

    ask_for(lead)
    tick("send")

    message = Message.objects.get()
    assert (message.state, message.reason) == ("skipped", "suppressed")
    assert mail_server.accepted == []
