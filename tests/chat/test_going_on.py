"""A visitor who goes on talking after the lead was made: the same lead, fuller, told rightly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capture.models import OptIn, Submission, Touch
from capture.ticks import take_in
from leads.models import Activity, Lead
from tests.capture.scene import make_form, submit, work
from tests.chat.scene import FIELDS, Browser, care, make_bot, texts, there

pytestmark = pytest.mark.django_db
CONSENT = {
    "purpose": "newsletter",
    "channel": "email",
    "text": "May we send you news?",
    "required": False,
}


def submitted():
    return list(Activity.objects.filter(kind="form.submitted").order_by("pk"))


@pytest.mark.requirement("S17")
def test_what_comes_later_fills_the_same_lead_and_is_told_once(rep):
    form = make_bot()
    there(rep)
    browser = Browser(form)
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Muster")
    browser.answer("email", "eva@example.org")
    browser.send("person")
    work()
    before = Lead.objects.get().phone
    care(minutes=3)
    browser.answer("phone", "+49 421 5550193")
    browser.answer("message", "Please call me about the big pump.")
    work()
    browser.say("We need it in May.")
    browser.say("And two of them.")
    browser.send("end")
    work()

    lead, first_last = Lead.objects.get(), submitted()
    assert (before, lead.phone) == ("", "+49 421 5550193")
    assert [row.data["message"] for row in first_last] == [
        "",
        "Please call me about the big pump.",
        "We need it in May.\nAnd two of them.",
    ]
    assert [len(row.data.get("answers", [])) for row in first_last] == [1, 0, 0]
    assert [row.data["is_new"] for row in first_last] == [True, False, False]
    assert (browser.chat.lead, browser.chat.state) == (lead, "ended")
    assert {row.lead_id for row in Submission.objects.all()} == {lead.pk}
    assert Touch.objects.count() == 1
    assert Activity.objects.filter(kind="chat.ended").count() == 1
    said = [text for who, text in texts(browser.chat) if who == "visitor"]
    assert said == [
        "Pumps",
        "Muster",
        "eva@example.org",
        "I would like to talk to a person.",
        "+49 421 5550193",
        "Please call me about the big pump.",
        "We need it in May.",
        "And two of them.",
        "I have ended the talk.",
    ]


@pytest.mark.requirement("S17")
def test_who_corrects_the_address_afterwards_makes_no_second_lead():
    browser = Browser(make_bot())
    browser.fill("eva@exampel.org")
    work()
    browser.send("back", field="email")
    browser.answer("email", "eva@example.org")
    care(minutes=6)
    work()

    lead = Lead.objects.get()
    assert browser.chat.lead == lead
    assert {row.normalised for row in lead.identifiers.filter(kind="email")} == {
        "eva@exampel.org",
        "eva@example.org",
    }
    (told,) = submitted()[-1].data["kept_out"]
    assert told["value"] == "eva@example.org"


def test_an_address_of_somebody_else_that_is_corrected_leaves_that_lead_alone():
    submit(make_form(), email="victim@example.org")
    browser = Browser(make_bot())
    browser.fill("victim@example.org")
    work()
    browser.send("back", field="email")
    browser.answer("email", "other@example.org")
    care(minutes=6)
    work()

    victim = Lead.objects.get(email="victim@example.org")
    assert Lead.objects.filter(email="other@example.org").exclude(pk=victim.pk).count() == 1
    assert victim.identifiers.filter(kind="email").count() == 1


def test_nobody_goes_on_with_the_talk_of_another():
    browser = Browser(make_bot())
    browser.fill("eva@example.org")
    work()
    forged = {"talk": browser.talk, "talk_part": "2", "talk_fresh": "email", "q_1": "pumps"}

    submit(browser.form, email="thief@example.org", **forged)

    thief = Lead.objects.get(email="thief@example.org")
    assert thief != Lead.objects.get(email="eva@example.org")
    assert Touch.objects.filter(lead=thief).count() == 1
    assert browser.chat.lead.email == "eva@example.org"


def test_a_consent_is_declared_and_asked_for_once():
    browser = Browser(make_bot(definition={"consents": [CONSENT], "fields": FIELDS}))
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Muster")
    browser.answer("email", "eva@example.org")
    browser.answer("phone")
    browser.answer("consent_newsletter_email", "on")
    browser.answer("message", "Hello")
    work()
    browser.say("One more thing.")
    browser.send("end")
    work()

    assert OptIn.objects.count() == 1
    assert [row.state for row in Submission.objects.all()] == ["processed"] * 2
    bodies = [bytes(row.body).decode() for row in Submission.objects.order_by("received_at")]
    assert ["consent_newsletter_email" in body for body in bodies] == [True, False]


def test_who_goes_on_for_long_is_no_flood():
    browser = Browser(make_bot())
    browser.fill()
    for number in range(7):
        browser.say(f"And something else, number {number}.")
        care(minutes=6)
    take_in(timezone.now() + timedelta(seconds=1))

    assert [row.state for row in Submission.objects.all()] == ["processed"] * 8
    assert Lead.objects.count() == 1


def test_what_is_said_while_the_first_part_still_waits_reaches_the_same_lead():
    browser = Browser(make_bot())
    browser.fill("eva@exampel.org")
    browser.send("back", field="email")
    browser.answer("email", "eva@example.org")
    browser.say("One more thing.")
    browser.send("end")

    work()

    assert Lead.objects.count() == 1
    assert [row.data["message"] for row in submitted()] == [
        "Please call me about the big pump.",
        "",
        "One more thing.",
    ]
