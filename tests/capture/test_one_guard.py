"""One guard at all doors: what came by one counts at the others, and what was learned at one."""

import pytest
from django.utils import timezone

from capture.actions.submissions import release_submissions
from capture.connectors.models import HookEvent
from capture.guard.models import LearnedSign, Sighting
from capture.models import Submission
from tests.capture.scene import make_form, submit, work
from tests.chat.scene import Browser, make_bot
from tests.connectors.scene import make_connection
from tests.connectors.scene import work as work_hooks
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
PITCH = "We offer you the very best links for your website, just ask for our price list."
PRAISE = "Everything was perfect, thank you very much for your fast and friendly help!"


def codes(verdict):
    return {item["code"] for item in verdict["reasons"]}


def by_hook(client, email, message=PITCH, **more):
    row = make_connection("forms", **more)
    client.post(f"/hooks/forms/{row.public_id}/", {"email": email, "message": message})
    work_hooks()
    return HookEvent.objects.latest("pk")


def by_chat(email, message=PITCH):
    browser = Browser(make_bot())
    browser.answer("q_1", "pumps")
    browser.answer("last_name", "Muster")
    browser.answer("email", email)
    browser.answer("phone")
    browser.answer("message", message)
    work()
    return Submission.objects.get(pk=browser.chat.submission_id)


@pytest.mark.case("C26")
def test_the_same_text_is_counted_over_forms_hooks_and_chats(client):
    submit(make_form(), email="a@example.org", message=PITCH)
    by_hook(client, "b@example.org")
    third = by_chat("c@example.org")
    by_hand_of_a_hook = by_hook(client, "d@example.org")
    fifth = by_chat("e@example.org")

    assert (third.state, codes(third.verdict)) == ("processed", set())
    assert by_hand_of_a_hook.state == "held"
    assert "same_text" in by_hand_of_a_hook.detail["reasons"]
    assert (fifth.state, codes(fifth.verdict)) == ("quarantined", {"same_text"})


def test_who_was_let_through_at_a_form_is_known_at_hooks_and_chats(client):
    held = submit(make_form(), email="eva@mailinator.com")
    release_submissions([held.pk], by=EVERYTHING, as_of=timezone.now())

    hook = by_hook(client, "eva@mailinator.com", "Noch eine Frage zu Ihrem Angebot.")
    chat = by_chat("eva@mailinator.com", "Und noch eine.")
    stranger = by_chat("max@mailinator.com", "Guten Tag.")

    assert hook.state == "processed"
    assert (chat.state, codes(chat.verdict)) == ("processed", {"disposable", "known_sender"})
    assert stranger.state == "quarantined"


def test_feedback_may_say_the_same_as_others_and_again(client):
    form = make_form("feedback")
    rows = [submit(form, email=f"a{n}@example.org", message=PRAISE) for n in range(4)]
    rows.append(submit(form, email="a0@example.org", message=PRAISE))
    hooks = [by_hook(client, f"b{n}@example.org", PRAISE, kind="feedback").state for n in range(4)]

    assert {row.state for row in rows} == {"processed"}
    assert [codes(row.verdict) for row in rows] == [set()] * 5
    assert hooks == ["processed"] * 4
    assert not Sighting.objects.exclude(text=[]).exists()


def test_feedback_that_is_put_away_makes_nobody_elses_praise_suspicious():
    form = make_form("feedback")
    spam = submit(form, email="eva@mailinator.com", message=PRAISE)
    release_submissions([spam.pk], by=EVERYTHING, as_of=timezone.now())

    assert not LearnedSign.objects.filter(sign__startswith="text:").exists()
    assert LearnedSign.objects.filter(sign="domain:mailinator.com", good=1).exists()


def test_what_is_no_feedback_is_still_compared():
    form = make_form()
    rows = [submit(form, email=f"a{n}@example.org", message=PRAISE) for n in range(4)]

    assert [row.state for row in rows] == ["processed"] * 3 + ["quarantined"]
