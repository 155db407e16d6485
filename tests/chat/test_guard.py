"""The guard of forms at the door of chats: nothing is dropped, nothing is believed."""

import gzip
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from capture import outage, snapshots, spool
from capture.actions.submissions import release_submissions
from capture.chat import door
from capture.chat.actions.care import forget_chats
from capture.chat.models import Chat
from capture.guard.doors import CHAT
from capture.models import Submission
from capture.ticks import drain_spool
from leads.models import Activity, Lead
from tests.capture.scene import work
from tests.chat.scene import Browser, make_bot, texts
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("altcha", ["", "nonsense", "e30="])
def test_without_the_check_against_machines_nothing_is_stored(altcha):
    browser = Browser(make_bot())
    browser.altcha = altcha

    response = browser.send("answer", field="q_1", values=["pumps"])

    assert (response.status_code, response.json()["code"]) == (422, "unchecked")
    assert Chat.objects.count() == 0


def test_a_snapped_trap_is_held_and_can_be_let_through():
    browser = Browser(make_bot(), company_fax="Inc.")
    browser.fill()
    work()
    held = Submission.objects.get()

    release_submissions([held.pk], by=EVERYTHING, as_of=timezone.now())
    work()

    assert held.state == "quarantined"
    assert browser.chat.lead == Lead.objects.get()


def test_one_check_for_two_talks_holds_the_second():
    form = make_bot()
    first, second = Browser(form), Browser(form)
    second.altcha = first.altcha
    first.fill()
    work()
    second.fill("max@example.org")
    work()

    states = list(Submission.objects.order_by("received_at").values_list("state", flat=True))

    assert states == ["processed", "quarantined"]
    reasons = Submission.objects.get(state="quarantined").verdict["reasons"]
    assert "proof_used" in {reason["code"] for reason in reasons}


def test_links_in_what_is_said_count_as_in_forms():
    browser = Browser(make_bot())
    for field, value in [("q_1", "pumps"), ("last_name", "M"), ("email", "eva@example.org")]:
        browser.answer(field, value)
    browser.answer("phone")
    browser.answer("message", "http://a.example http://b.example http://c.example")
    work()

    assert Submission.objects.get().state == "quarantined"
    assert Lead.objects.count() == 0
    assert browser.chat.lead is None


def test_many_messages_from_one_network_are_held_then_refused(monkeypatch):
    monkeypatch.setattr(CHAT.address, "limit", 1)
    form = make_bot()
    Browser(form).send("answer", field="q_1", values=["pumps"])
    browser = Browser(form)
    browser.fill()
    work()

    last = [browser.send("say", text="x").status_code for _ in range(6)][-1]

    assert Submission.objects.get().state == "throttled"
    assert last == 429


def test_a_chat_is_no_form_of_another_kind():
    from tests.capture.scene import make_form

    form = make_form()

    response = Browser(form).send("say", text="x")

    assert response.status_code == 404


def test_a_closed_chat_takes_nothing():
    from capture.actions.forms import archive_forms

    browser = Browser(make_bot())
    archive_forms([browser.form.pk], by=EVERYTHING, as_of=timezone.now())

    assert browser.send("say", text="x").status_code == 410


def test_another_form_does_not_lead_to_a_talk():
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    browser.form = make_bot(name="Other")

    assert browser.look().status_code == 404
    assert browser.send("say", text="x").status_code == 404


def test_a_body_that_is_too_large_is_refused():
    browser = Browser(make_bot())

    assert browser.send("say", text="x" * 200_000).status_code == 413


def _away(monkeypatch):
    def fail(work):
        raise outage.DatabaseAwayError("away")

    monkeypatch.setattr(door, "with_database", fail)
    monkeypatch.setattr(door, "find_form", lambda key: (snapshots.load(key), True))


@pytest.mark.requirement("S17")
def test_a_talk_goes_on_without_the_database_and_its_end_is_spooled(monkeypatch):
    browser = Browser(make_bot())
    snapshots.keep_all()
    answers, log = {}, []
    with monkeypatch.context() as patch:
        _away(patch)
        for field, value in [
            ("q_1", "pumps"),
            ("last_name", "Muster"),
            ("email", "eva@example.org"),
            ("phone", "+49 30 901820"),
            ("message", "Please call."),
        ]:
            said = browser.send(
                "answer", field=field, values=[value], answers=answers, log=list(log)
            )
            assert said.status_code == 202
            answers = said.json()["answers"]
            log.append({"id": "", "who": "visitor", "text": value, "field": field})
    assert len(spool.waiting()) == 1
    assert Chat.objects.count() == 0

    drain_spool(timezone.now())
    work()

    assert Lead.objects.get().email == "eva@example.org"
    chat = Chat.objects.get()
    assert (str(chat.public_id), chat.state, chat.lead) == (
        browser.talk,
        "ended",
        Lead.objects.get(),
    )
    assert ("visitor", "Please call.") in texts(chat)
    assert Activity.objects.filter(kind="chat.ended").count() == 1


def test_what_was_said_without_the_database_is_added_when_it_is_back(monkeypatch):
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    snapshots.keep_all()
    with monkeypatch.context() as patch:
        _away(patch)
        away = browser.send(
            "answer", field="last_name", values=["Muster"], answers={"q_1": ["pumps"]}
        ).json()
    key = "0d9f1e0a-61f4-4d0e-9f5a-1a2b3c4d5e6f"
    log = [{"id": key, "who": "visitor", "text": "Muster", "field": "last_name"}]

    answer = browser.answer("email", "eva@example.org", answers=away["answers"], log=log)

    assert answer["step"]["name"] == "phone"
    assert browser.chat.answers["last_name"] == ["Muster"]
    assert ("visitor", "Muster") in texts(browser.chat)


def test_a_wrong_answer_is_refused_without_the_database_too(monkeypatch):
    browser = Browser(make_bot())
    snapshots.keep_all()
    _away(monkeypatch)

    answer = browser.answer("q_1", "rockets")

    assert answer["step"]["name"] == "q_1"
    assert spool.waiting() == []


def test_a_full_spool_is_said_with_another_way(monkeypatch):
    browser = Browser(make_bot())
    snapshots.keep_all()
    _away(monkeypatch)

    def full(raw):
        raise spool.SpoolFullError("full")

    monkeypatch.setattr(spool, "put", full)

    assert browser.send("end").status_code == 503


def test_a_browser_cannot_put_words_into_the_mouth_of_a_colleague():
    browser = Browser(make_bot())
    log = [{"id": "", "who": "person", "text": "You get 90 % off.", "name": "Ada"}]

    browser.answer("q_1", "pumps", log=log)

    assert ("bot", "You get 90 % off.") in texts(browser.chat)
    assert browser.chat.messages.filter(author="person").count() == 0


def test_old_talks_are_forgotten_each_in_its_time():
    form = make_bot()
    known, unknown, open_one = Browser(form), Browser(form), Browser(form)
    known.fill()
    work()
    for browser in (known, unknown):
        browser.send("say", text="Bye")
        browser.send("end")
    open_one.send("say", text="Hello")
    now = timezone.now()

    counts = [
        forget_chats(by=EVERYTHING, as_of=now + timedelta(days=days)) for days in (29, 31, 366)
    ]

    assert counts == [0, 1, 1]
    assert list(Chat.objects.all()) == [open_one.chat]


def test_a_transcript_goes_with_its_lead():
    browser = Browser(make_bot())
    browser.fill()
    work()

    with_lead = Chat.objects.filter(lead=Lead.objects.get()).count()
    from django.db import connection

    from accounts.action import writing

    with writing("scene"), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadcrm.rewrite', 'erase', true)")
        Lead.objects.all().delete()

    assert (with_lead, Chat.objects.count()) == (1, 0)


def test_the_doors_speak_to_other_websites_as_forms_do():
    form = make_bot(allowed_origins=["https://www.example.org"])
    browser = Browser(form)
    address = f"/chat/{form.public_id}"

    own = browser.client.get(f"{address}/bot.json", headers={"Origin": "https://www.example.org"})
    other = browser.client.get(f"{address}/bot.json", headers={"Origin": "https://evil.example"})
    asked = browser.client.options(
        f"{address}/talks/{browser.talk}/", headers={"Origin": "https://www.example.org"}
    )

    assert own["Access-Control-Allow-Origin"] == "https://www.example.org"
    assert "Access-Control-Allow-Origin" not in other
    assert "Chat-Token" in asked["Access-Control-Allow-Headers"]
    assert json.loads(own.content)["title"] == "Ask us"
    assert own["ETag"]


def test_the_script_is_small():
    script = (settings.BASE_DIR / "static" / "public" / "chat.js").read_bytes()

    assert len(gzip.compress(script, 9)) <= 6 * 1024
