"""Recommending us by a form: a personal link to pass on, and who came by it."""

import re

import pytest
from django.urls import reverse

from capture.models import FormReply, ReferralLink
from capture.referrals import actions
from capture.referrals.links import PARAMETER
from leads.models import Activity, Lead
from leads.stages import Stage
from nurturing.models import Message
from tests.capture.scene import answers, make_form, send, submit, visitor, work
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1"


@pytest.fixture
def contact():
    return make_form("contact")


@pytest.fixture
def form(contact):
    return make_form("referral", definition={"target": str(contact.public_id)})


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


def ask_for_link(form, email="ada@example.org"):
    """Recommend us, and return the personal link that is shown."""
    response = send(form, answers(form, first_name="Ada", email=email, message=""))
    assert response.status_code == 200, response.content
    work()
    return path_of(response.json()["link"])


def follow(link, contact, email="bea@example.org", **values):
    """Answer the form to which ``link`` leads."""
    led = visitor().get(link)
    assert led.status_code == 302
    page = f"https://www.example.org{led['Location']}"
    return submit(contact, email=email, page_url=page, **values)


@pytest.mark.requirement("S08")
def test_who_recommends_gets_a_personal_link_at_once_and_by_mail(form):
    link = ask_for_link(form)

    message = Message.objects.get(to_address="ada@example.org")
    assert link in message.text
    assert message.subject == "Your personal link"
    assert ReferralLink.objects.get().lead == Lead.objects.get(email="ada@example.org")


@pytest.mark.requirement("S08")
def test_whoever_answers_a_form_by_the_link_becomes_a_lead_with_this_referrer(form, contact):
    sender = make_lead(email="ada@example.org", stage=Stage.CUSTOMER)
    link = ask_for_link(form)

    submission = follow(link, contact)

    new = submission.lead
    sender.refresh_from_db()
    assert (new.referrer, new.first_channel, new.acquisition_type) == (sender, "referral", "seed")
    assert sender.stage == Stage.PROMOTER
    assert Activity.objects.filter(lead=sender, kind="lead.referred").count() == 1
    assert Activity.objects.filter(lead=new, kind="referral.followed").count() == 1


@pytest.mark.requirement("S08")
def test_nobody_who_was_recommended_is_written_to(form, contact):
    follow(ask_for_link(form), contact)

    assert set(Message.objects.values_list("to_address", flat=True)) == {"ada@example.org"}


def test_recommending_opens_no_sale_with_a_customer_and_makes_no_promoter_yet(form):
    sender = make_lead(email="ada@example.org", stage=Stage.CUSTOMER)

    ask_for_link(form)

    sender.refresh_from_db()
    assert sender.stage == Stage.CUSTOMER


def test_nobody_recommends_themselves(form, contact):
    link = ask_for_link(form)

    submission = follow(link, contact, email="ADA@example.org")

    assert submission.lead.referrer is None
    assert not Activity.objects.filter(kind="lead.referred").exists()


def test_a_known_lead_that_has_a_referrer_keeps_it(form, contact):
    first = make_lead()
    make_lead(email="bea@example.org", referrer=first)

    submission = follow(ask_for_link(form), contact)

    assert submission.lead.referrer == first
    assert not Activity.objects.filter(kind="referral.followed").exists()


@pytest.mark.case("C26")
def test_a_link_that_is_spread_like_advertising_counts_no_further(form, contact, monkeypatch):
    monkeypatch.setattr(actions, "MAX_A_MONTH", 2)
    link = ask_for_link(form)

    leads = [follow(link, contact, email=f"p{n}@example.org").lead for n in range(3)]

    assert [lead.referrer is not None for lead in leads] == [True, True, False]


@pytest.mark.case("C26")
def test_one_mailbox_gets_five_links_a_day(form):
    for number in range(6):
        ask_for_link(form, f"ada+{number}@example.org")

    assert FormReply.objects.filter(kind="referral").count() == 5


def test_a_code_that_nobody_gave_out_leads_nowhere_and_counts_for_nobody(contact):
    page = f"https://www.example.org/?{PARAMETER}=00000000000000000000"

    submission = submit(contact, page_url=page)

    assert visitor().get(reverse("referral_link", args=["0" * 20])).status_code == 404
    assert submission.lead.referrer is None
    assert submission.lead.first_channel == "website"


def test_following_a_link_writes_nothing(form):
    link = ask_for_link(form)
    before = Activity.objects.count()

    visitor().get(link)
    visitor().head(link)

    assert Activity.objects.count() == before


def test_the_editor_offers_the_forms_to_which_a_link_can_lead(as_user, marketer, form, contact):
    page = as_user(marketer).get(reverse("form_edit", args=[form.public_id])).content.decode()

    assert f'<option value="{contact.public_id}" selected>' in page
    assert f'<option value="{form.public_id}"' not in page
