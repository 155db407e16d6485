"""A talk with the bot: questions in order, mistakes, corrections, and the lead at its end."""

import json
from uuid import uuid4

import pytest

from capture.chat.models import Chat, ChatMessage
from capture.models import Submission, Touch
from leads.models import Activity, Lead
from tests.capture.scene import work
from tests.chat.scene import Browser, care, make_bot, texts

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S17")
def test_a_talk_asks_in_order_and_creates_a_lead_with_its_transcript():
    browser = Browser(make_bot())

    first = browser.answer("q_1", "pumps")
    last = browser.fill()
    work()
    browser.send("end")

    lead = Lead.objects.get()
    assert first["step"]["name"] == "last_name"
    assert last["step"] is None
    assert (lead.email, lead.last_name, lead.first_channel) == (
        "eva@example.org",
        "Muster",
        "chat",
    )
    chat = browser.chat
    assert (chat.lead, chat.state) == (lead, "ended")
    sent = Activity.objects.get(kind="form.submitted")
    assert sent.data["message"] == "Please call me about the big pump."
    assert sent.data["answers"][0]["value"] == "Pumps"
    ended = Activity.objects.get(kind="chat.ended")
    assert ended.lead == lead
    assert ended.data["chat"] == str(chat.public_id)
    assert Touch.objects.get().channel == "chat"
    said = texts(chat)
    assert said[:3] == [
        ("bot", "Hello! How can we help?"),
        ("bot", "What is it about?"),
        ("visitor", "Pumps"),
    ]
    assert ("bot", "Thank you, we will get back to you.") in said


@pytest.mark.requirement("S17")
def test_what_is_wrong_is_kept_and_told_in_the_words_of_forms():
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Muster")

    answer = browser.answer("email", "nonsense")

    assert answer["step"]["name"] == "email"
    assert texts(browser.chat)[-2:] == [
        ("visitor", "nonsense"),
        ("bot", "Please enter an e-mail address like name@example.org."),
    ]


def test_an_answer_that_must_be_given_cannot_be_skipped():
    browser = Browser(make_bot())

    answer = browser.answer("q_1")

    assert answer["step"]["name"] == "q_1"
    assert texts(browser.chat)[-1] == ("bot", "Please fill in this field.")


def test_a_choice_that_is_not_offered_is_refused():
    browser = Browser(make_bot())

    answer = browser.answer("q_1", "rockets")

    assert answer["step"]["name"] == "q_1"
    assert browser.chat.answers == {}


def test_an_answer_can_be_taken_back_and_corrected():
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Mustre")

    back = browser.send("back", field="last_name").json()
    after = browser.answer("last_name", "Muster")

    assert (back["step"]["name"], after["step"]["name"]) == ("last_name", "email")
    assert browser.chat.answers == {"q_1": ["pumps"], "last_name": ["Muster"]}


def test_the_same_message_twice_is_stored_once():
    browser, key = Browser(make_bot()), str(uuid4())

    first = browser.answer("q_1", "pumps", id=key)
    second = browser.answer("q_1", "pumps", id=key)

    assert first == second
    assert ChatMessage.objects.filter(key=key).count() == 1


def test_what_is_said_after_the_end_of_the_questions_reaches_the_lead_too():
    browser = Browser(make_bot())
    browser.fill()
    work()

    browser.say("One more thing: we need it in May.")
    browser.send("end")
    work()

    assert Lead.objects.count() == 1
    messages = [row.data["message"] for row in Activity.objects.filter(kind="form.submitted")]
    assert any("we need it in May" in text for text in messages)
    assert [row.state for row in Submission.objects.all()] == ["processed", "processed"]


@pytest.mark.requirement("S17")
def test_a_talk_left_half_way_with_an_address_becomes_a_lead_after_some_silence():
    browser = Browser(make_bot())
    browser.answer("q_1", "valves")
    browser.answer("last_name", "Muster")
    browser.answer("email", "eva@example.org")

    care(minutes=4)
    before = Submission.objects.count()
    care(minutes=6)
    work()
    care(minutes=6.5)

    assert (before, Submission.objects.count()) == (0, 1)
    assert Lead.objects.get().email == "eva@example.org"
    assert browser.chat.lead == Lead.objects.get()


def test_a_talk_left_without_an_address_ends_and_makes_no_lead():
    browser = Browser(make_bot())
    browser.answer("q_1", "valves")

    care(minutes=6)
    care(minutes=31)

    assert Submission.objects.count() == 0
    assert browser.chat.state == "ended"
    assert Activity.objects.filter(kind="chat.ended").count() == 0


def test_a_message_after_the_end_is_refused():
    browser = Browser(make_bot())
    browser.answer("q_1", "valves")
    browser.send("end")

    response = browser.send("say", text="Hello?")

    assert (response.status_code, response.json()["code"]) == (409, "talk_ended")


def test_a_consent_is_asked_as_a_question_and_kept_with_its_words():
    consent = {"purpose": "marketing", "channel": "phone", "text": "You may call me about offers."}
    browser = Browser(make_bot(definition={"consents": [consent]}))
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Muster")
    browser.answer("email", "eva@example.org")
    asked = browser.answer("phone", "+49 30 901820")

    browser.answer("consent_marketing_phone", "on")
    browser.answer("message")
    work()

    assert asked["step"]["label"] == "You may call me about offers."
    event = Lead.objects.get().consent_events.get()
    assert (event.purpose, event.state) == ("marketing", "granted")
    assert event.evidence["text"] == "You may call me about offers."


def test_no_to_a_consent_is_an_answer_and_no_consent():
    consent = {"purpose": "marketing", "channel": "phone", "text": "You may call me about offers."}
    browser = Browser(make_bot(definition={"consents": [consent]}))
    for field, value in [("q_1", "pumps"), ("last_name", "M"), ("email", "eva@example.org")]:
        browser.answer(field, value)
    browser.answer("phone")

    browser.answer("consent_marketing_phone")
    browser.answer("message", "Hello")
    work()

    assert Lead.objects.get().consent_events.count() == 0


def test_a_version_published_in_between_does_not_change_what_a_talk_asks():
    from capture.actions.forms import change_form, publish_forms
    from capture.definition import Definition
    from tests.factories import EVERYTHING, NOW

    form = make_bot()
    browser = Browser(form)
    browser.answer("q_1", "pumps")

    fields = [spec for spec in form.draft["fields"] if spec["name"] != "last_name"]
    changed = Definition.from_json({**form.draft, "fields": fields})
    change_form(form.pk, definition=changed, by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)
    answer = browser.look().json()

    assert answer["step"]["name"] == "last_name"


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"do": "answer"}', b"\xff"])
def test_what_cannot_be_read_is_refused_and_stores_nothing(body):
    form = make_bot()

    response = Browser(form).client.post(
        f"/chat/{form.public_id}/say/", body, content_type="text/plain"
    )

    assert response.status_code == 400
    assert Chat.objects.count() == 0


def test_odd_values_are_taken_as_text(settings):
    browser = Browser(make_bot())

    response = browser.send(
        "answer", field="q_1", values=[{"a": 1}, None], answers=[1], log={"a": 1}
    )
    deep = browser.client.post(
        f"/chat/{browser.form.public_id}/say/", "[" * 50_000, content_type="text/plain"
    )

    assert response.status_code == 200
    assert deep.status_code == 400
    assert json.loads(response.content)["step"]["name"] == "q_1"
