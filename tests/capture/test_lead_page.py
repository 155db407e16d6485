import pytest
from django.urls import reverse

from leads.models import Lead
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db


def test_the_page_of_a_lead_tells_where_it_came_from_and_what_it_wrote(as_user, marketer):
    page = "https://www.example.org/?utm_source=facebook&utm_campaign=%3Cb%3Eherbst"
    submit(make_form(), page_url=page, message="Was kostet das?")
    lead = Lead.objects.get()

    html = as_user(marketer).get(reverse("lead_detail", args=[lead.public_id])).content.decode()

    assert "Facebook</strong> · <bdi>&lt;b&gt;herbst</bdi>" in html
    assert "Contact: Was kostet das?" in html
    assert "<b>herbst" not in html


def test_the_timeline_names_what_the_system_did_in_the_language_of_the_reader(as_user, marketer):
    submit(make_form())
    lead = Lead.objects.get()
    type(marketer).objects.filter(pk=marketer.pk).update(language="de")

    page = as_user(marketer).get(reverse("lead_detail", args=[lead.public_id]))

    timeline = page.content.decode().split('id="timeline"')[1]
    assert "Formular gesendet" in timeline
    assert ">Erfassung<" in timeline
    assert ">capture<" not in timeline
