from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from handoff.activities import HANDOFF_OFFERED, HANDOFF_REJECTED
from leads.actions.editing import delete_leads, edit_lead
from leads.actions.lifecycle import change_stage
from leads.models import Activity
from leads.stages import Stage
from nurturing.actions.enrolment import enrol_leads, exit_enrolments
from nurturing.actions.sending import send_due
from nurturing.actions.sequences import pause_sequences
from nurturing.actions.unsubscribing import note_complaint, note_reply
from nurturing.actors import READER
from nurturing.models import DueEnrolment, Enrolment, Suppression
from tests.factories import EVERYTHING, NOW, make_activity, make_lead
from tests.nurturing.scene import (
    enrol,
    give_consent,
    mail,
    make_due_message,
    make_reader,
    make_sequence,
    tick,
    wait,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

IN_BERLIN = {"field": "city", "op": "is", "value": "Berlin"}
LATER = NOW + timedelta(minutes=1)


def by_condition(where=IN_BERLIN, **values):
    return make_sequence(trigger={"kind": "condition", "where": where}, **values)


def entered(**only) -> list[tuple[int, str]]:
    runs = Enrolment.objects.filter(**only).order_by("lead_id", "pk")
    return list(runs.values_list("lead_id", "source"))


def ended() -> list[tuple[str, str]]:
    return list(Enrolment.objects.order_by("pk").values_list("state", "exit_reason"))


def test_a_lead_enters_when_it_begins_to_meet_the_condition():
    by_condition()
    lead, other = make_lead(), make_lead()
    tick("triggers", as_of=LATER)
    assert entered() == []

    edit_lead(lead.pk, {"city": "Berlin"}, by=EVERYTHING, as_of=LATER)
    edit_lead(other.pk, {"city": "Bonn"}, by=EVERYTHING, as_of=LATER)
    tick("triggers", as_of=LATER)

    assert entered() == [(lead.pk, "condition")]
    assert Activity.objects.filter(kind="sequence.enrolled").count() == 1


def test_whoever_meets_the_condition_already_enters_at_activation():
    lead = make_lead()
    edit_lead(lead.pk, {"city": "Berlin"}, by=EVERYTHING, as_of=NOW)
    tick("triggers", as_of=NOW)

    by_condition()
    tick("triggers", as_of=NOW)

    assert entered() == [(lead.pk, "condition")]


def test_a_condition_brings_a_lead_in_once_in_its_life():
    sequence = by_condition()
    lead = make_reader()
    edit_lead(lead.pk, {"city": "Berlin"}, by=EVERYTHING, as_of=NOW)
    tick("triggers", "steps", as_of=NOW)
    assert ended() == [("finished", "")]

    edit_lead(lead.pk, {"job_title": "CEO"}, by=EVERYTHING, as_of=LATER)
    tick("triggers", "sweep", "triggers", as_of=LATER)
    again_by_hand = enrol_leads([lead.pk], sequence, by=EVERYTHING, as_of=LATER)

    assert len(again_by_hand) == 1
    assert entered() == [(lead.pk, "condition"), (lead.pk, "by_hand")]


def test_a_lead_that_time_made_match_is_found_by_the_sweep():
    by_condition({"field": "created_at", "op": "more_than_days_ago", "value": 10})
    lead = make_lead()
    tick("triggers", "sweep", "triggers", as_of=NOW + timedelta(days=9))
    assert entered() == []

    tick("sweep", "triggers", as_of=NOW + timedelta(days=11))

    assert entered() == [(lead.pk, "condition")]


@pytest.mark.parametrize("size", [1, 12])
def test_the_queries_do_not_grow_with_the_leads(django_assert_num_queries, size):
    by_condition()
    leads = [make_lead() for _ in range(size)]
    for lead in leads:
        edit_lead(lead.pk, {"city": "Berlin"}, by=EVERYTHING, as_of=NOW)
    tick("triggers")
    assert len(entered()) == size

    with django_assert_num_queries(28):
        tick("steps")


def test_a_form_brings_in_whoever_sends_it():
    form = str(uuid4())
    make_sequence(trigger={"kind": "form", "form": form})
    lead, other = make_lead(), make_lead()

    make_activity(lead, "form.submitted", data={"form": form})
    make_activity(other, "form.submitted", data={"form": str(uuid4())})
    tick("triggers")

    assert entered() == [(lead.pk, "form")]


def test_a_rejection_by_sales_brings_a_lead_into_the_sequence_for_its_reason():
    early = make_sequence(name="Early", trigger={"kind": "rejection", "reasons": ["too_early"]})
    make_sequence(name="Contact", trigger={"kind": "rejection", "reasons": ["wrong_contact"]})
    every = make_sequence(name="Every", trigger={"kind": "rejection", "reasons": []})
    lead = make_lead()

    make_activity(lead, HANDOFF_REJECTED, data={"reject_reason": "too_early"})
    tick("triggers")

    assert entered(sequence=early) == [(lead.pk, "rejection")]
    assert entered(sequence=every) == [(lead.pk, "rejection")]
    assert Enrolment.objects.count() == 2


def test_a_lead_runs_through_a_sequence_once_at_a_time():
    lead, sequence = make_lead(), make_sequence()
    enrol(lead, sequence)

    assert enrol_leads([lead.pk], sequence, by=EVERYTHING, as_of=NOW) == []
    assert Enrolment.objects.count() == 1


def test_only_marketing_enrols_and_only_visible_leads_in_the_bulk(marketer, rep):
    sequence = make_sequence()
    lead, binned = make_lead(), make_lead()
    delete_leads([binned.pk], by=EVERYTHING, as_of=NOW)

    with pytest.raises(NotAllowedError):
        enrol_leads([lead.pk], sequence, by=user_actor(rep), as_of=NOW)
    assert Enrolment.objects.count() == 0
    made = enrol_leads([lead.pk, binned.pk, 0], sequence, by=user_actor(marketer), as_of=NOW)

    assert [enrolment.lead_id for enrolment in made] == [lead.pk]


def test_nobody_enters_a_paused_sequence():
    lead, sequence = make_lead(), make_sequence()
    pause_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    sequence.refresh_from_db()

    with pytest.raises(DomainError) as refusal:
        enrol_leads([lead.pk], sequence, by=EVERYTHING, as_of=NOW)

    assert (refusal.value.code, Enrolment.objects.count()) == ("sequence_not_active", 0)


def test_a_stage_of_sales_ends_every_run(no_gates):
    lead = make_reader()
    enrol(lead, make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    change_stage([lead.pk], to=Stage.OPPORTUNITY, by=EVERYTHING, as_of=NOW, reason="Called")

    assert ended() == [("exited", "stage_changed")]
    assert DueEnrolment.objects.count() == 0


def test_another_stage_ends_only_the_runs_that_say_so():
    lead = make_reader()
    enrol(lead, make_sequence(name="Stays", exit_stages=()))
    enrol(lead, make_sequence(name="Leaves", exit_stages=("mql",)))

    change_stage([lead.pk], to=Stage.MQL, by=EVERYTHING, as_of=NOW, reason="Score")

    assert ended() == [("active", ""), ("exited", "stage_changed")]


def test_a_hand_over_ends_every_run_and_holds_back_what_is_queued(mail_server):
    lead = make_reader()
    message = make_due_message(lead, make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    make_activity(lead, HANDOFF_OFFERED)
    send_due(NOW)

    message.refresh_from_db()
    assert ended() == [("exited", "handed_over")]
    assert (message.state, message.reason) == ("skipped", "left_sequence")
    assert mail_server.accepted == []


def test_withdrawing_a_consent_ends_the_runs_that_need_it():
    lead = make_reader(("marketing", "newsletter"))
    enrol(lead, make_sequence(name="News", purpose="newsletter"))
    enrol(lead, make_sequence(name="Ads"))

    give_consent(lead, "newsletter", state="withdrawn")

    assert ended() == [("exited", "unsubscribed"), ("active", "")]


def test_a_lead_in_the_bin_leaves_its_sequences():
    lead = make_reader()
    enrol(lead, make_sequence())

    delete_leads([lead.pk], by=EVERYTHING, as_of=NOW)

    assert ended() == [("exited", "lead_deleted")]


def test_whoever_reaches_the_goal_leaves():
    lead = make_reader()
    enrol(lead, make_sequence(mail("m1"), wait("w", amount=1), mail("m2"), goal=IN_BERLIN))
    tick("steps")

    edit_lead(lead.pk, {"city": "Berlin"}, by=EVERYTHING, as_of=LATER)
    tick("triggers", as_of=LATER)

    assert ended() == [("exited", "goal")]


def test_whoever_answers_leaves_every_sequence():
    message = make_due_message(sequence=make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    assert note_reply(message, by=EVERYTHING, as_of=NOW) is True
    assert note_reply(message, by=EVERYTHING, as_of=NOW) is False

    assert ended() == [("exited", "replied")]
    assert Activity.objects.filter(kind="email.replied").count() == 1


def test_a_complaint_suppresses_withdraws_and_ends_everything():
    lead = make_reader()
    message = make_due_message(lead, make_sequence(mail("m1"), wait("w", amount=1), mail("m2")))

    assert note_complaint(message, by=READER, as_of=NOW, event_id="abc") is True
    assert note_complaint(message, by=READER, as_of=NOW, event_id="abc") is False

    assert ended() == [("exited", "complained")]
    assert Suppression.objects.get().reason == "complained"
    assert set(lead.consents.values_list("state", flat=True)) == {"withdrawn"}


def test_a_run_is_ended_by_hand_with_its_reason(marketer):
    enrolment = enrol(make_reader(), make_sequence())

    ended_now = exit_enrolments(
        [enrolment.pk], reason="by_hand", by=user_actor(marketer), as_of=NOW, detail="Asked"
    )

    enrolment.refresh_from_db()
    assert ended_now == 1
    assert (enrolment.state, enrolment.exit_reason, enrolment.exit_detail) == (
        "exited",
        "by_hand",
        "Asked",
    )
    assert exit_enrolments([enrolment.pk], reason="by_hand", by=EVERYTHING, as_of=NOW) == 0
