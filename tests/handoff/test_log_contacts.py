import uuid
from datetime import timedelta

import pytest

from accounts.actor import user_actor
from ground.errors import ConflictError, DomainError, NotAllowedError
from handoff.actions.contacts import Contact, NextStep, log_contacts
from handoff.models import Call, Task
from leads.models import Activity, Note
from tests.factories import NOW, make_lead
from tests.handoff.factories import make_offer, make_task

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)


def log(lead, person, outcome="reached", **overrides):
    contact = Contact(lead.pk, outcome, **overrides)
    return log_contacts([contact], by=user_actor(person), as_of=NOW)


@pytest.mark.requirement("S09")
def test_a_call_is_logged_with_its_outcome(rep):
    lead = make_offer(rep).lead

    (call,) = log(lead, rep, "not_reached", duration_minutes=2)

    call.refresh_from_db()
    assert (call.user, call.at, call.outcome, call.direction, call.duration_minutes) == (
        rep,
        NOW,
        "not_reached",
        "outbound",
        2,
    )
    assert Activity.objects.get(kind="call.logged").data["outcome"] == "not_reached"


def test_call_note_and_next_step_are_one_action(rep):
    lead = make_offer(rep).lead

    step = NextStep("mail", TOMORROW, "Angebot schicken")
    log(lead, rep, note="Will ein Angebot", next_step=step)

    call, note, task = Call.objects.get(), Note.objects.get(), Task.objects.get()
    assert (call.note, note.body, note.author) == (note, "Will ein Angebot", rep)
    assert (task.kind, task.title, task.due_at, task.assignee) == (
        "mail",
        "Angebot schicken",
        TOMORROW,
        rep,
    )


@pytest.mark.case("J06")
def test_the_same_contact_five_times_is_written_once(rep):
    lead = make_offer(rep).lead
    contact_id = uuid.uuid4()

    for _ in range(5):
        step = NextStep("call", TOMORROW)
        log(lead, rep, note="Hallo", next_step=step, contact_id=contact_id)

    assert (Call.objects.count(), Note.objects.count(), Task.objects.count()) == (1, 1, 1)


def test_the_id_of_somebody_else_s_contact_is_a_conflict(rep, manager):
    lead = make_offer(rep).lead
    (call,) = log(lead, rep)

    with pytest.raises(ConflictError) as refusal:
        log(lead, manager, contact_id=call.public_id)

    assert refusal.value.code == "contact_known"
    assert Call.objects.count() == 1


def test_a_planned_call_is_done_when_the_call_is_logged(rep):
    lead = make_offer(rep).lead
    planned = make_task(lead, rep, due_at=NOW + timedelta(hours=2))
    later = make_task(lead, rep, due_at=NOW + timedelta(days=3))
    mail = make_task(lead, rep, kind="mail")

    log(lead, rep)

    done = {task.pk: task.done_at for task in Task.objects.all()}
    assert done == {planned.pk: NOW, later.pk: None, mail.pk: None}


def test_without_an_outcome_nothing_is_written(rep):
    lead = make_offer(rep).lead

    with pytest.raises(DomainError) as refusal:
        log(lead, rep, "", note="Notiz", next_step=NextStep("call", TOMORROW))

    assert refusal.value.code == "outcome_missing"
    assert (Call.objects.count(), Note.objects.count(), Task.objects.count()) == (0, 0, 0)


@pytest.mark.case("Z08")
def test_marketing_logs_no_calls_and_nothing_changes(marketer, rep):
    lead = make_offer(rep).lead

    with pytest.raises(NotAllowedError):
        log(lead, marketer, note="Notiz")

    assert (Call.objects.count(), Note.objects.count()) == (0, 0)


def test_the_call_on_a_foreign_lead_is_left_out(rep, stranger):
    lead = make_lead(owner=stranger, team=stranger.team)

    assert log(lead, rep) == []
    assert Call.objects.count() == 0


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("reached", "accepted"),
        ("not_reached", "accepted"),
        ("callback", "accepted"),
        ("refused", "offered"),
        ("wrong_number", "offered"),
    ],
)
def test_whoever_speaks_to_a_lead_has_accepted_it(rep, outcome, state):
    handoff = make_offer(rep)

    log(handoff.lead, rep, outcome)

    handoff.refresh_from_db()
    assert handoff.state == state


@pytest.mark.requirement("S95")
def test_a_wrong_number_is_marked_and_somebody_finds_the_right_one(rep):
    lead = make_lead(owner=rep, phone="+49 30 901820")

    log(lead, rep, "wrong_number")
    log(lead, rep, "wrong_number")

    lead.refresh_from_db()
    assert (lead.is_phone_valid, lead.is_email_valid) == (False, True)
    assert lead.identifiers.get(kind="phone").is_valid is False
    repair = Task.objects.get(origin="repair")
    assert (repair.assignee, repair.title) == (rep, "Find the right phone number")
    changes = Activity.objects.get(kind="lead.updated").data["changes"]
    assert changes == {"is_phone_valid": [True, False]}
