from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actions.organisation import change_organisation
from accounts.actor import Actor, user_actor
from ground.errors import ConflictError, DomainError, NotAllowedError
from nurturing.actions.sending import send_due
from nurturing.actions.sequences import (
    NewSequence,
    activate_sequences,
    change_sequence,
    create_sequences,
    delete_sequences,
    draft_of,
    pause_sequences,
    redo_change,
    undo_change,
)
from nurturing.drafts import (
    Draft,
    new_wait,
    with_changed_step,
    with_moved_step,
    with_step,
    without_step,
)
from nurturing.models import Sequence, SequenceVersion, TemplateVersion
from tests.factories import EVERYTHING, NOW
from tests.nurturing.scene import enrol, mail, make_reader, make_sequence, tick, wait

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def make_draft(*steps, **values) -> Sequence:
    draft = Draft(steps=steps or (mail("m1"),), **values)
    (sequence,) = create_sequences(
        [NewSequence(name="Draft", draft=draft)], by=EVERYTHING, as_of=NOW
    )
    return sequence


def change(sequence: Sequence, draft: Draft, by: Actor = EVERYTHING, **more) -> Sequence:
    values = {"seen": sequence.revision, "as_of": NOW, **more}
    return change_sequence(sequence.pk, lambda _: draft, by=by, **values)


def activate(sequence: Sequence) -> Sequence:
    (active,) = activate_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)
    return active


def missing(sequence: Sequence) -> list[str]:
    """What activation says is missing, by code; nothing may have changed then."""
    with pytest.raises(DomainError) as refusal:
        activate(sequence)
    sequence.refresh_from_db()
    assert (refusal.value.code, sequence.state, sequence.live) == ("not_ready", "draft", None)
    return [code for code, _message, _step in refusal.value.details["missing"]]


@pytest.mark.case("E14")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": ""}, ["imprint"]),
        ({"street": "", "city": ""}, ["imprint", "imprint"]),
        ({"second_contact": ""}, ["imprint"]),
    ],
)
def test_a_sequence_does_not_start_without_a_complete_imprint(values, expected):
    sequence = make_draft()
    change_organisation(values, by=EVERYTHING, as_of=NOW)

    assert missing(sequence) == expected


@pytest.mark.case("E14")
def test_a_sequence_does_not_start_without_a_link_to_unsubscribe():
    bare = mail("m1")
    bare.texts["en"]["blocks"] = [{"kind": "text", "html": "<p>News</p>"}]

    assert missing(make_draft(bare)) == ["unsubscribe"]


@pytest.mark.case("E14")
def test_the_link_to_unsubscribe_may_stand_in_the_text():
    own = mail("m1", html='<p>News. <a href="{{ unsubscribe_link }}">Stop</a></p>')
    own.texts["en"]["blocks"] = own.texts["en"]["blocks"][:1]

    assert activate(make_draft(own)).state == "active"


def test_everything_that_is_missing_is_named_at_once():
    sequence = make_draft(
        mail("m1", subject="", html=""),
        purpose="",
        trigger={"kind": "condition", "where": None},
    )

    assert missing(sequence) == ["purpose", "trigger", "subject", "text"]


def test_an_empty_sequence_does_not_start():
    (sequence,) = create_sequences([NewSequence(name="Empty")], by=EVERYTHING, as_of=NOW)

    assert missing(sequence) == ["mail"]


@pytest.mark.case("T07")
def test_an_edit_while_leads_are_running_holds_for_those_who_come_later(mail_server):
    sequence = make_sequence(mail("m1", "Old one"), wait("w", amount=1), mail("m2", "Old two"))
    first, second = make_reader(email="a@example.org"), make_reader(email="b@example.org")
    enrol(first, sequence)
    tick("steps", "send")

    draft = with_changed_step(draft_of(sequence), mail("m1", "New one"))
    change(sequence, with_changed_step(draft, mail("m2", "New two")))
    sequence = activate(sequence)
    enrol(second, sequence)
    for day in range(3):
        tick("steps", "send", as_of=NOW + timedelta(days=day))

    told = sorted((str(sent["To"]), str(sent["Subject"])) for sent in mail_server.accepted)
    assert told == [
        ("a@example.org", "Old one"),
        ("a@example.org", "Old two"),
        ("b@example.org", "New one"),
        ("b@example.org", "New two"),
    ]


@pytest.mark.case("T07")
def test_an_edit_between_queue_and_claim_does_not_change_the_mail(mail_server):
    sequence = make_sequence(mail("m1", "Old"))
    enrol(make_reader(), sequence)
    tick("steps")

    change(sequence, with_changed_step(draft_of(sequence), mail("m1", "New")))
    activate(sequence)
    send_due(NOW)

    assert [sent["Subject"] for sent in mail_server.accepted] == ["Old"]


def test_a_mail_that_did_not_change_keeps_its_texts():
    sequence = make_sequence(mail("m1"), mail("m2"))

    change(sequence, with_changed_step(draft_of(sequence), mail("m2", "Changed")))
    activate(sequence)

    numbers = TemplateVersion.objects.order_by("pk").values_list("template__name", "number")
    assert list(numbers) == [("Welcome · 1", 1), ("Welcome · 2", 1), ("Welcome · 2", 2)]
    assert SequenceVersion.objects.count() == 2


def test_activating_again_without_a_change_makes_no_new_version():
    sequence = make_sequence()
    pause_sequences([sequence.pk], by=EVERYTHING, as_of=NOW)

    activate(sequence)

    assert SequenceVersion.objects.count() == 1


def test_a_change_can_be_undone_and_done_again():
    sequence = make_draft(mail("m1"))
    longer = with_step(draft_of(sequence), new_wait(), after="m1")
    sequence = change(sequence, longer)

    undone = undo_change(sequence.pk, by=EVERYTHING, as_of=NOW)
    sequence.refresh_from_db()
    before = len(draft_of(sequence).steps)
    redone = redo_change(sequence.pk, by=EVERYTHING, as_of=NOW)
    sequence.refresh_from_db()

    assert (undone, before, redone) == (True, 1, True)
    assert draft_of(sequence) == longer


def test_a_change_after_an_undo_is_what_redo_finds_no_more():
    sequence = make_draft(mail("m1"))
    sequence = change(sequence, with_step(draft_of(sequence), mail("m2")))
    undo_change(sequence.pk, by=EVERYTHING, as_of=NOW)
    sequence.refresh_from_db()

    sequence = change(sequence, with_step(draft_of(sequence), mail("m3")))

    assert redo_change(sequence.pk, by=EVERYTHING, as_of=NOW) is False
    assert [step.key for step in draft_of(sequence).steps] == ["m1", "m3"]
    assert undo_change(sequence.pk, by=EVERYTHING, as_of=NOW) is True
    assert undo_change(sequence.pk, by=EVERYTHING, as_of=NOW) is False


def test_undoing_back_to_what_runs_leaves_nothing_to_activate():
    sequence = make_sequence()
    sequence = change(sequence, with_step(draft_of(sequence), mail("m2")))
    assert sequence.has_changes

    undo_change(sequence.pk, by=EVERYTHING, as_of=NOW)

    sequence.refresh_from_db()
    assert not sequence.has_changes


def test_of_two_who_write_at_once_the_second_is_told(marketer):
    sequence = make_draft()
    draft = draft_of(sequence)
    change(sequence, with_step(draft, mail("m2")))

    with pytest.raises(ConflictError) as refusal:
        change(sequence, with_step(draft, mail("m3")), by=user_actor(marketer))

    sequence.refresh_from_db()
    assert refusal.value.code == "edited_meanwhile"
    assert [step.key for step in draft_of(sequence).steps] == ["m1", "m2"]


def test_typing_on_in_one_mail_is_one_change_to_undo():
    sequence = make_draft()
    for seconds, subject in enumerate(("H", "He", "Hel")):
        draft = with_changed_step(draft_of(sequence), mail("m1", subject))
        moment = NOW + timedelta(seconds=seconds)
        sequence = change(sequence, draft, label="mail:m1", as_of=moment)
    later = with_changed_step(draft_of(sequence), mail("m1", "Hello!"))
    sequence = change(sequence, later, label="mail:m1", as_of=NOW + timedelta(minutes=5))

    assert sequence.revision == 3
    undo_change(sequence.pk, by=EVERYTHING, as_of=NOW)
    sequence.refresh_from_db()
    assert draft_of(sequence).mails[0].texts["en"]["subject"] == "Hel"


def test_storing_the_same_draft_stores_nothing():
    sequence = make_draft()

    assert change(sequence, draft_of(sequence)).revision == 1


def test_steps_move_up_and_down_and_stop_at_the_ends():
    draft = Draft(steps=(mail("a"), mail("b"), mail("c")))

    def keys(moved: Draft) -> str:
        return "".join(step.key for step in moved.steps)

    assert keys(with_moved_step(draft, "a", lambda place: place + 1)) == "bac"
    assert keys(with_moved_step(draft, "c", lambda place: place - 1)) == "acb"
    assert keys(with_moved_step(draft, "a", lambda place: place - 1)) == "abc"
    assert keys(with_moved_step(draft, "c", 0)) == "cab"
    assert keys(without_step(draft, "b")) == "ac"


@pytest.mark.parametrize("role", ["rep", "viewer", "service", "manager"])
def test_only_marketing_writes_and_starts_sequences(request, role):
    actor = user_actor(request.getfixturevalue(role))
    sequence = make_draft()

    for call in (
        lambda: create_sequences([NewSequence(name="Mine")], by=actor, as_of=NOW),
        lambda: change(sequence, Draft(), by=actor),
        lambda: activate_sequences([sequence.pk], by=actor, as_of=NOW),
        lambda: pause_sequences([sequence.pk], by=actor, as_of=NOW),
        lambda: delete_sequences([sequence.pk], by=actor, as_of=NOW),
    ):
        with pytest.raises(NotAllowedError):
            call()

    sequence.refresh_from_db()
    assert (Sequence.objects.count(), sequence.revision, sequence.state) == (1, 1, "draft")


def test_a_sequence_with_a_history_is_not_deleted():
    used, unused = make_sequence(name="Used"), make_sequence(name="Unused")
    enrol(make_reader(), used)

    assert delete_sequences([unused.pk], by=EVERYTHING, as_of=NOW) == 1
    with pytest.raises(DomainError) as refusal:
        delete_sequences([used.pk], by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "sequence_used"
    assert list(Sequence.objects.values_list("name", flat=True)) == ["Used"]


def test_a_name_is_used_once():
    make_draft()

    with pytest.raises(DomainError) as refusal:
        make_draft()

    assert (refusal.value.code, refusal.value.field) == ("name_taken", "name")
    with writing("scene"):
        assert Sequence.objects.count() == 1
