"""The start page of a new installation leads to the first lead."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.models import Submission
from leads.models import Lead
from tests.capture.scene import make_draft, make_form, submit

pytestmark = pytest.mark.django_db


def start_page(client):
    return client.get(reverse("home")).content.decode()


def test_before_the_first_lead_the_start_page_offers_the_form_to_try(as_user, marketer):
    make_draft()
    form = make_form(name="Kontakt")

    page = start_page(as_user(marketer))

    assert "Open the form “Kontakt”" in page
    assert f'href="/f/{form.public_id}/"' in page
    assert f"embed.js&quot; data-form=&quot;{form.public_id}&quot;" in page


def test_charts_come_with_the_first_lead(as_user, marketer):
    client = as_user(marketer)
    form = make_form()

    before = start_page(client)
    submit(form)

    assert "The last 90 days" not in before
    assert "The last 90 days" in start_page(client)


def test_the_card_says_nothing_new_until_the_lead_has_come_in(as_user, marketer):
    client, form = as_user(marketer), make_form()
    waiting = client.get(reverse("first_lead"))

    submit(form)
    answer = client.get(reverse("first_lead"))

    assert (waiting.status_code, waiting.content) == (204, b"")
    assert answer.status_code == 200
    assert reverse("lead_detail", args=[Lead.objects.get().public_id]) in answer.content.decode()


@pytest.mark.parametrize("how", ["a second lead", "an hour later"])
def test_the_first_lead_is_news_for_a_while_only(as_user, marketer, how):
    form = make_form()
    submit(form)
    if how == "a second lead":
        submit(form, email="ida@example.org")
    else:
        with writing("scene"):
            Submission.objects.update(received_at=timezone.now() - timedelta(minutes=61))

    assert "Your first lead" not in start_page(as_user(marketer))
    assert as_user(marketer).get(reverse("first_lead")).content == b""


def test_without_a_published_form_there_is_nothing_to_try(as_user, marketer):
    make_draft()

    assert "Your first form" not in start_page(as_user(marketer))
