"""The screens about chats: the list, a talk, the bell, settings, the editor, the lead."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from capture.chat.actions.staff import take_chat
from capture.chat.models import Chat, ChatSettings, ChatSnippet
from capture.models import Form
from leads.models import Lead
from tests.capture.scene import work
from tests.chat.scene import Browser, make_bot, there

pytestmark = pytest.mark.django_db


def waiting(rep):
    there(rep)
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "<b>Muster</b>")
    browser.send("person")
    return browser


def test_the_bell_rings_for_who_waits_and_is_304_until_something_changes(rep, as_user):
    waiting(rep)
    client = as_user(rep)

    first = client.get(reverse("chat_bell"))
    again = client.get(reverse("chat_bell"), headers={"If-None-Match": first["ETag"]})

    assert len(first.json()["calls"]) == 1
    assert again.status_code == 304


def test_a_rep_takes_a_talk_reads_page_and_answers_and_replies(rep, as_user):
    chat, client = waiting(rep).chat, as_user(rep)

    client.post(reverse("take_talk", args=[chat.public_id]))
    client.post(reverse("reply_talk", args=[chat.public_id]), {"text": "Hello", "key": uuid4()})
    page = client.get(reverse("chat_detail", args=[chat.public_id])).content.decode()

    assert "https://www.example.org/pumps" in page
    assert "What is it about?" in page
    assert "<b>Muster</b>" not in page
    assert "&lt;b&gt;Muster" in page
    assert chat.messages.filter(author="person", text="Hello").count() == 1


def test_an_empty_reply_is_refused_and_says_so(rep, as_user):
    chat, client = waiting(rep).chat, as_user(rep)
    client.post(reverse("take_talk", args=[chat.public_id]))

    response = client.post(reverse("reply_talk", args=[chat.public_id]), {"text": " "})

    assert response.status_code == 422
    assert "Write something." in response.content.decode()


def test_a_talk_of_somebody_elses_lead_is_not_there(rep, stranger, as_user):
    browser = Browser(make_bot())
    browser.fill()
    work()
    browser.send("end")
    with writing("scene"):
        Lead.objects.update(owner=rep, team=rep.team)

    response = as_user(stranger).get(reverse("chat_detail", args=[browser.chat.public_id]))

    assert response.status_code == 404


def test_the_page_of_a_lead_leads_to_its_talks(admin, as_user):
    browser = Browser(make_bot())
    browser.fill()
    work()
    chat = browser.chat

    page = as_user(admin).get(reverse("lead_detail", args=[chat.lead.public_id])).content.decode()

    assert reverse("chat_detail", args=[chat.public_id]) in page


def test_the_list_asks_the_same_number_of_queries_for_many(rep, as_user):
    there(rep)
    client, form = as_user(rep), make_bot()

    def add(count):
        with writing("scene"):
            Chat.objects.bulk_create(
                Chat(
                    form=form,
                    state="waiting",
                    started_at=timezone.now(),
                    last_visitor_at=timezone.now(),
                )
                for _ in range(count)
            )

    add(1)
    client.get(reverse("chat_list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("chat_list"))
    add(20)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("chat_list"))

    assert len(few) == len(many)


def test_settings_and_ready_answers_are_kept(marketer, as_user):
    client = as_user(marketer)

    client.post(
        reverse("chat_settings"),
        {"wait_seconds": 45, "idle_minutes": 7, "retention_days": 90, "unknown_days": 14},
    )
    client.post(reverse("snippet_create"), {"name": "Prices", "text_en": "They stand there."})
    refused = client.post(reverse("snippet_create"), {"name": "Prices", "text_en": "Twice"})

    row = ChatSettings.current()
    assert (row.wait_seconds, row.idle_minutes, row.retention_days) == (45, 7, 90)
    assert ChatSnippet.objects.get().text_in("de") == "They stand there."
    assert refused.status_code == 422


def test_ready_answers_are_offered_in_the_language_of_the_talk(rep, as_user):
    with writing("scene"):
        ChatSnippet.objects.create(name="Hello", text_de="Guten Tag", text_en="Good day")
    browser = waiting(rep)
    take_chat(browser.chat.pk, by=user_actor(rep), as_of=timezone.now())

    page = as_user(rep).get(reverse("chat_detail", args=[browser.chat.public_id]))

    assert "Good day" in page.content.decode()
    assert "Guten Tag" not in page.content.decode()


@pytest.mark.requirement("S17")
def test_a_marketer_makes_a_chat_in_the_editor_and_gets_its_line(marketer, as_user):
    client = as_user(marketer)
    client.post(reverse("form_create"), {"template": "chat"})
    form = Form.objects.get(kind="chat")
    address = reverse("form_edit", args=[form.public_id])
    shown = client.get(address).content.decode()

    post = {"headline": "Ask us", "intro": "Hi", "button": "Chat", "success_message": "Thanks"}
    post |= {"field": ["email", "q_1"], "label.email": "E-mail?", "label.q_1": "What about?"}
    post |= {"choices.q_1": "A\nB", "has_chat": "1", "chat.last_question": "More?"}
    client.post(address, {**post, "do": "publish"})

    form.refresh_from_db()
    assert "lc-line" in shown
    assert form.channel == "chat"
    definition = form.published.definition
    assert [spec["name"] for spec in definition["fields"]] == ["email", "q_1"]
    assert definition["chat"] == {
        "away_text": "",
        "last_question": "More?",
        "offers_person": False,
    }
    page = client.get(address).content.decode()
    assert f"/chat.js&quot; data-chat=&quot;{form.public_id}" in page


def test_a_chat_that_asks_for_a_file_cannot_be_published(marketer, as_user):
    form = make_bot()
    client, address = as_user(marketer), reverse("form_edit", args=[form.public_id])
    post = {"headline": "Ask us", "button": "Chat", "success_message": "Thanks"}
    names = [spec["name"] for spec in form.draft["fields"]]

    client.post(address, {**post, "field": names, "do": "ask:file"})
    form.refresh_from_db()
    names = [spec["name"] for spec in form.draft["fields"]]
    response = client.post(address, {**post, "field": names, "do": "publish"})

    assert response.status_code == 422
    assert "A chat takes no files" in response.content.decode()
