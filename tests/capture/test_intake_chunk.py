"""Submissions that wait together, and whom they are taken to be about."""

from itertools import permutations
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capture.actions.intake import take_in_submissions
from capture.actors import CAPTURE
from leads.models import Lead, StageChange
from leads.stages import OtherReason, Stage
from tests.capture.scene import NEWSLETTER_CONSENT, answers, make_form, send, submit, work
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
PHONE = "+49 30 901820"
WITHOUT_MAIL = {"purpose": "newsletter", "channel": "email", "text": "Ja", "double_opt_in": False}


def make_forms():
    """Return a contact form, a newsletter that asks by mail, and one that does not."""
    asking = make_form("newsletter")
    quick = make_form("newsletter", definition={"consents": [WITHOUT_MAIL]})
    return {"contact": make_form(), "asking": asking, "quick": quick}


def send_in_order(forms):
    """Send each form once; they wait together and are taken in this order."""
    for number, form in enumerate(forms, start=1):
        data = answers(form, submission_id=str(UUID(int=number)), **{NEWSLETTER_CONSENT: "on"})
        send(form, data)


@pytest.mark.parametrize("order", list(permutations(["contact", "quick"])))
def test_an_unconfirmed_reader_who_writes_and_signs_up_again_is_a_lead(order):
    forms = make_forms()
    submit(forms["asking"], **{NEWSLETTER_CONSENT: "on"})
    before = Lead.objects.get().other_reason

    send_in_order([forms[name] for name in order])
    work()

    lead = Lead.objects.get()
    assert (before, lead.stage, lead.other_reason) == (OtherReason.UNCONFIRMED, Stage.LEAD, "")
    assert list(StageChange.objects.values_list("from_stage", "to_stage")) == [
        ("", "other"),
        ("other", "lead"),
    ]
    assert lead.episodes.count() == 1


@pytest.mark.parametrize("order", list(permutations(["contact", "asking"])))
def test_somebody_new_who_writes_and_signs_up_at_once_is_a_lead(order):
    forms = make_forms()

    send_in_order([forms[name] for name in order])
    work()

    lead = Lead.objects.get()
    assert (lead.stage, lead.other_reason, lead.episodes.count()) == (Stage.LEAD, "", 1)


def test_a_customer_who_sends_two_forms_at_once_gets_one_new_episode():
    lead = make_lead(email="eva@example.org", stage=Stage.CUSTOMER)

    send_in_order([make_form(), make_form()])
    work()

    lead.refresh_from_db()
    assert (lead.stage, lead.episodes.count()) == (Stage.LEAD, 2)


def test_a_colleague_who_gives_the_number_of_a_customer_is_a_new_lead():
    customer = make_lead(email="max@example.org", phone=PHONE, stage=Stage.CUSTOMER)
    form = make_form(definition={"fields": contact_fields()})

    submission = submit(form, email="eva@example.org", phone=PHONE)

    customer.refresh_from_db()
    assert (customer.stage, customer.episodes.count()) == (Stage.CUSTOMER, 1)
    assert submission.lead.email == "eva@example.org"
    assert submission.verdict["flags"] == ["identifier_taken"]


@pytest.mark.requirement("S02")
def test_a_visitor_who_gives_nothing_but_a_placeholder_is_kept():
    form = make_form(definition={"fields": contact_fields()})

    first, second = (submit(form, email="", phone="0", message=text) for text in ("Ja", "Nein"))

    assert [first.lead.phone, second.lead.phone] == ["0", "0"]
    assert first.lead_id != second.lead_id


def contact_fields():
    return [
        {"name": "email", "kind": "email", "label": "E-mail"},
        {"name": "phone", "kind": "phone", "label": "Phone"},
        {"name": "message", "kind": "textarea", "label": "Message"},
    ]


def test_identifiers_are_locked_before_leads_as_the_other_doors_do():
    make_lead(email="eva@example.org", stage=Stage.CUSTOMER)
    form = make_form()
    data = answers(form)
    send(form, data)

    with CaptureQueriesContext(connection) as captured:
        take_in_submissions([UUID(data["submission_id"])], by=CAPTURE, as_of=timezone.now())

    locks = [
        name
        for query in captured
        for name, sign in (("identifiers", "pg_advisory"), ("leads", "FOR NO KEY UPDATE"))
        if sign in query["sql"]
    ]
    assert locks[:2] == ["identifiers", "leads"]
    assert "identifiers" not in locks[1:]


@pytest.mark.parametrize("count", [2, 8])
def test_customers_who_come_back_together_cost_as_many_queries_as_one(count):
    form = make_form()
    keys = []
    for number in range(count + 1):
        email = f"kunde{number}@example.org"
        make_lead(email=email, stage=Stage.CUSTOMER)
        data = answers(form, email=email, message=f"Gruß {number}")
        send(form, data, REMOTE_ADDR=f"192.0.2.{number}")
        keys.append(UUID(data["submission_id"]))

    with CaptureQueriesContext(connection) as for_one:
        take_in_submissions(keys[:1], by=CAPTURE, as_of=timezone.now())
    with CaptureQueriesContext(connection) as for_many:
        take_in_submissions(keys[1:], by=CAPTURE, as_of=timezone.now())

    assert Lead.objects.filter(stage=Stage.LEAD).count() == count + 1
    assert len(for_many) == len(for_one)
