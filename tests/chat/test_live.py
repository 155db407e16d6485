"""A person takes over: who is there, who is faster, silence, passing on, the end."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actor import user_actor
from accounts.rights import Role
from capture.chat.actions.staff import (
    end_chat,
    reply,
    take_chat,
    transfer_chat,
)
from ground.errors import ConflictError, DomainError, NotAllowedError
from leads.models import Activity, Lead
from tests.capture.scene import work
from tests.chat.scene import Browser, care, make_bot, texts, there
from tests.factories import make_user

pytestmark = pytest.mark.django_db
KEY = "6f1c2f4e-2f0a-4b5c-9a5e-0c6f5a2d1e3b"


def asking(rep, **overrides):
    """Return a visitor who waits for a person."""
    there(rep)
    browser = Browser(make_bot(**overrides))
    browser.answer("q_1", "pumps")
    browser.send("person")
    return browser


def take(browser, user):
    return take_chat(browser.chat.pk, by=user_actor(user), as_of=timezone.now())


def say(browser, user, text, key=KEY):
    return reply(browser.chat.pk, text, key=key, by=user_actor(user), as_of=timezone.now())


@pytest.mark.requirement("S17")
def test_a_person_is_offered_only_while_somebody_is_there(rep):
    browser = Browser(make_bot())
    alone = browser.answer("q_1", "pumps")
    there(rep)

    offered = browser.look().json()

    assert (alone["person"], offered["person"]) == (False, True)


@pytest.mark.requirement("S17")
def test_both_sides_read_each_other_and_the_end_stands_on_the_lead(rep):
    browser = asking(rep)
    browser.answer("last_name", "Muster")
    browser.answer("email", "eva@example.org")
    take(browser, rep)

    say(browser, rep, "Hello, I am Ada.")
    read = browser.look().json()
    browser.say("Do you ship to Graz?")
    end_chat(browser.chat.pk, by=user_actor(rep), as_of=timezone.now())
    work()

    assert [m["text"] for m in read["messages"]][-1] == "Hello, I am Ada."
    assert texts(browser.chat)[-2] == ("visitor", "Do you ship to Graz?")
    chat = browser.chat
    assert (chat.state, chat.lead) == ("ended", Lead.objects.get())
    ended = Activity.objects.get(kind="chat.ended")
    assert (ended.data["rep_name"], ended.data["last_said"]) == (
        rep.display_name,
        "Do you ship to Graz?",
    )


def test_nothing_new_is_304_and_costs_few_queries(rep, django_assert_num_queries):
    browser = asking(rep)
    first = browser.look()

    with django_assert_num_queries(2):
        again = browser.look(first.json()["tag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_nobody_without_the_secret_reads_a_talk(rep):
    browser = asking(rep)
    browser.token = "x" * 40

    assert browser.look().status_code == 404
    assert browser.send("say", text="Hello").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_a_talk_at_once_exactly_one_has_it(db):
    people_there = [make_user(name=f"Rep {n}") for n in range(5)]
    browser = asking(people_there[0])
    chat, barrier, outcomes = browser.chat, Barrier(5), []

    def run(user):
        barrier.wait()
        try:
            take_chat(chat.pk, by=user_actor(user), as_of=timezone.now())
            outcomes.append("has it")
        except ConflictError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(user,)) for user in people_there]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["chat_taken"] * 4 + ["has it"]
    assert browser.chat.messages.filter(author="note").count() == 2


def test_taking_ones_own_talk_twice_changes_nothing(rep):
    browser = asking(rep)

    take(browser, rep)
    revision = browser.chat.revision
    take(browser, rep)

    assert browser.chat.revision == revision


def test_who_is_late_is_told_who_was_faster(rep, stranger):
    browser = asking(rep)
    take(browser, rep)

    with pytest.raises(ConflictError) as error:
        take(browser, stranger)

    assert rep.display_name in str(error.value)


def test_the_same_reply_twice_is_said_once(rep):
    browser = asking(rep)
    take(browser, rep)

    say(browser, rep, "Hello")
    say(browser, rep, "Hello")

    assert browser.chat.messages.filter(author="person").count() == 1


def test_only_who_has_the_talk_speaks_in_it(rep, stranger, viewer):
    browser = asking(rep)
    take(browser, rep)

    with pytest.raises(ConflictError):
        say(browser, stranger, "Hello")
    with pytest.raises(NotAllowedError):
        say(browser, viewer, "Hello")
    with pytest.raises(DomainError):
        say(browser, rep, "  \n ")

    assert browser.chat.messages.filter(author="person").count() == 0


def test_a_visitor_never_reads_the_address_of_a_colleague(rep):
    nameless = make_user(name="")
    browser = asking(nameless)
    take(browser, nameless)

    say(browser, nameless, "Hello")

    assert "@" not in browser.look().content.decode()


@pytest.mark.requirement("S17")
def test_who_waits_too_long_is_told_so_and_asked_for_another_way(rep):
    browser = asking(rep)

    care(seconds=60)
    waiting = browser.chat.state
    care(seconds=95)

    assert (waiting, browser.chat.state) == ("waiting", "bot")
    assert texts(browser.chat)[-2:] == [
        ("bot", "Nobody is here now."),
        ("bot", "What is your name?"),
    ]
    with pytest.raises(ConflictError) as error:
        take(browser, rep)
    assert error.value.code == "chat_gone"


def test_a_visitor_is_told_once_that_the_colleague_is_silent(rep):
    browser = asking(rep)
    take(browser, rep)
    browser.say("Are you there?")

    care(minutes=2)
    before = len(texts(browser.chat))
    care(minutes=4)
    care(minutes=5)

    told = texts(browser.chat)[before:]
    assert len(told) == 1
    assert "is not answering at the moment" in told[0][1]


def test_a_talk_in_which_nobody_speaks_any_more_ends(rep):
    browser = asking(rep)
    take(browser, rep)

    care(minutes=31)

    assert browser.chat.state == "ended"


def test_a_talk_is_passed_on_to_somebody_who_is_there(rep, stranger):
    browser = asking(rep)
    take(browser, rep)

    with pytest.raises(DomainError) as error:
        transfer_chat(browser.chat.pk, to=stranger, by=user_actor(rep), as_of=timezone.now())
    there(stranger)
    transfer_chat(browser.chat.pk, to=stranger, by=user_actor(rep), as_of=timezone.now())

    assert error.value.code == "not_there"
    assert browser.chat.rep == stranger
    with pytest.raises(ConflictError):
        say(browser, rep, "Still me")


def test_a_snapped_trap_rings_nobody(rep):
    there(rep)
    browser = Browser(make_bot(), company_fax="x")
    browser.answer("q_1", "pumps")

    browser.send("person")

    assert browser.chat.state == "bot"


def test_service_may_answer_chats():
    service = make_user(Role.SERVICE)
    browser = asking(service)

    assert take(browser, service).rep == service
