from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.actions.optins import OptInRequest, request_opt_ins
from capture.actors import CAPTURE
from capture.models import OptIn, Sighting
from capture.optin import token_of
from leads.models import Activity, Consent
from tests.capture.scene import (
    BROWSER,
    NEWSLETTER_CONSENT,
    answers,
    make_form,
    send,
    submit,
    visitor,
    work,
)
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db
YES = {NEWSLETTER_CONSENT: "on"}


def confirm(opt_in):
    return visitor().post(f"/confirm/{token_of(opt_in.public_id)}/", HTTP_USER_AGENT=BROWSER)


@pytest.mark.case("C26")
def test_one_address_is_asked_once_a_day_and_three_times_a_month():
    form = make_form("newsletter")
    asked = []
    for day in [0, 0, 1, 2, 3, 31]:
        with writing("scene"):
            OptIn.objects.update(requested_at=timezone.now() - timedelta(days=40))
            for age, opt_in in zip(asked[::-1], OptIn.objects.order_by("-id"), strict=True):
                opt_in.requested_at = timezone.now() - timedelta(days=day - age, hours=1)
                opt_in.save(update_fields=["requested_at"])
            Sighting.objects.all().delete()
        count = OptIn.objects.count()
        submit(form, **YES)
        if OptIn.objects.count() > count:
            asked.append(day)

    assert asked == [0, 1, 2, 31]
    assert Activity.objects.filter(kind="optin.requested").count() == 4


def test_what_is_granted_already_is_not_asked_for_again():
    form = make_form("newsletter")
    submit(form, **YES)
    confirm(OptIn.objects.get())
    with writing("scene"):
        OptIn.objects.update(requested_at=timezone.now() - timedelta(days=60))

    first = send(form, answers(form, **YES))
    work()

    assert first.status_code == 200
    assert OptIn.objects.count() == 1
    assert Consent.objects.get().state == "granted"


def test_an_address_that_is_none_is_not_written_to():
    submit(make_form("newsletter"), email="a@b", **YES)

    assert OptIn.objects.count() == 0


@pytest.mark.case("C26")
@pytest.mark.parametrize(
    ("first", "others", "asked"),
    [
        ("ada@example.org", ["ada+1@example.org", "Ada+2@example.org"], 1),
        ("ada.lovelace@gmail.com", ["adalovelace+x@gmail.com", "a.dalovelace@googlemail.com"], 1),
        ("ada.lovelace@example.org", ["adalovelace@example.org"], 2),
        ("+1@example.org", ["+2@example.org"], 2),
    ],
)
def test_a_mailbox_with_many_spellings_is_asked_once_a_day(first, others, asked):
    form = make_form("newsletter")

    for email in (first, *others):
        submit(form, email=email, **YES)

    assert OptIn.objects.count() == asked


@pytest.mark.case("C26")
def test_the_spellings_of_a_mailbox_count_for_each_other_in_one_chunk():
    leads = [make_lead(email=f"ada+{number}@example.org") for number in range(3)]
    requests = [
        OptInRequest(lead.pk, lead.email, lead.email, "de", [("newsletter", "email")], {})
        for lead in leads
    ]

    request_opt_ins(requests, by=CAPTURE, as_of=NOW)

    assert OptIn.objects.count() == 1
