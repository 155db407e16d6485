"""What turns out to be spam although it came by a connector: it teaches, and can be undone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from capture.connectors.actions.spam import discard_events, replay
from capture.connectors.models import HookEvent
from capture.guard.models import Decision, LearnedSign
from ground.errors import NotAllowedError
from leads.actions.lifecycle import change_stage
from leads.models import Activity, Lead, StageChange
from leads.stages import Stage
from tests.capture.scene import make_form, submit
from tests.connectors.scene import make_connection, states, work
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
PITCH = "Wir bringen Ihre Website in vier Wochen auf Platz eins bei Google, garantiert und billig."


@pytest.fixture
def browser(as_user, marketer):
    return as_user(marketer)


def send(client, row, email="pitch@agency.example", message=PITCH, **more):
    fields = {"email": email, "message": message, **more}
    assert client.post(f"/hooks/forms/{row.public_id}/", fields).status_code == 200
    work()
    return HookEvent.objects.latest("pk")


def stage_of(email="pitch@agency.example"):
    lead = Lead.objects.get(email=email)
    return lead.stage, lead.other_reason


def press_spam(browser, event):
    address = reverse("discard_hook_events", args=[event.connection.public_id])
    return browser.post(address, {"ids": [event.public_id]})


def undo(browser, event):
    browser.post(reverse("replay_hook_event", args=[event.public_id]))
    work()


def test_spam_that_became_a_lead_teaches_and_sorts_the_lead_out_and_undo_takes_all_back(
    client, browser
):
    row = make_connection("forms")
    event = send(client, row)
    page = browser.get(reverse("hook_event", args=[event.public_id])).content.decode()

    press_spam(browser, event)
    put_away = (states(row), stage_of(), Decision.objects.get().is_spam)
    learned = set(LearnedSign.objects.filter(spam=1).values_list("sign", flat=True))
    undo(browser, event)

    assert reverse("discard_hook_events", args=[row.public_id]) in page
    assert put_away == (["ignored"], ("other", "spam"), True)
    assert {"word:garantiert", "domain:agency.example", f"place:{row.public_id}"} <= learned
    assert (states(row), stage_of()) == (["processed"], ("lead", ""))
    assert not Decision.objects.exists()
    assert not LearnedSign.objects.exists()
    assert Activity.objects.filter(kind="form.submitted").count() == 1
    assert StageChange.objects.filter(to_stage="other", other_reason="spam").count() == 1


def test_pressing_spam_twice_changes_nothing_more(client, browser):
    event = send(client, make_connection("forms"))

    press_spam(browser, event)
    press_spam(browser, event)

    assert Decision.objects.count() == 1
    assert StageChange.objects.filter(other_reason="spam").count() == 1


def test_what_was_held_teaches_and_undo_makes_it_a_lead(client, browser):
    row = make_connection("forms")
    event = send(client, row, email="pitch@mailinator.com")

    press_spam(browser, event)
    put_away = (states(row), Decision.objects.get().is_spam, Lead.objects.count())
    undo(browser, event)

    assert put_away == (["ignored"], True, 0)
    assert (states(row), Decision.objects.get().is_spam) == (["processed"], False)
    assert stage_of("pitch@mailinator.com") == ("lead", "")


def test_who_is_known_otherwise_or_qualified_keeps_the_stage(client, browser):
    row = make_connection("forms")
    submit(make_form(), email="ada@example.org")
    known = send(client, row, email="ada@example.org")
    more = send(client, row, email="bea@example.org")
    submit(make_form(name="Second"), email="bea@example.org")
    qualified = send(client, row, email="cleo@example.org")
    lead = Lead.objects.get(email="cleo@example.org")
    change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=timezone.now(), reason="Rang up.")

    for event in (known, more, qualified):
        press_spam(browser, event)

    stages = dict(Lead.objects.values_list("email", "stage"))
    assert stages == {
        "ada@example.org": "lead",
        "bea@example.org": "lead",
        "cleo@example.org": "mql",
    }
    assert states(row) == ["ignored"] * 3
    assert Decision.objects.filter(is_spam=True).count() == 3


def test_undo_leaves_a_stage_that_somebody_has_changed_meanwhile(client):
    event = send(client, make_connection("forms"))
    now = timezone.now()
    discard_events([event.pk], by=EVERYTHING, as_of=now)
    lead = Lead.objects.get()
    change_stage([lead.pk], to=Stage.OTHER, other_reason="applicant", by=EVERYTHING, as_of=now)

    done = replay([event.pk], by=EVERYTHING, as_of=now)

    assert done == 1
    assert stage_of() == ("other", "applicant")


def test_who_may_not_decide_changes_nothing(client, viewer):
    row = make_connection("forms")
    event = send(client, row)

    with pytest.raises(NotAllowedError):
        discard_events([event.pk], by=user_actor(viewer), as_of=timezone.now())

    assert states(row) == ["processed"]
    assert stage_of() == ("lead", "")
    assert not Decision.objects.exists()
