"""Sequences are written, activated and paused."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.due import ask
from ground.errors import ConflictError, DomainError
from ground.ticks import wake
from leads.following import keep_members
from leads.members import named_segments
from leads.normalise import clean_text
from nurturing.actions.enrolment import look_again
from nurturing.actions.publishing import publish
from nurturing.drafts import Draft, TriggerKind, stored_draft
from nurturing.models import (
    DraftRevision,
    DueTrigger,
    Enrolment,
    EnrolmentState,
    Sequence,
    SequenceState,
)
from nurturing.readiness import missing_for_activation
from nurturing.triggers import matching_leads

TRIGGERS_TICK = "nurturing.triggers"
# Undo goes back this many changes.
KEPT_REVISIONS = 100
ONE_CHANGE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSequence:
    """A sequence to be created."""

    name: str
    draft: Draft = field(default_factory=Draft)
    priority: int = 50
    is_sample: bool = False


@action
def create_sequences(new: Collection[NewSequence], *, by: Actor, as_of: datetime) -> list[Sequence]:
    """Create drafts; raises ``DomainError`` (``name_missing``, ``name_taken``)."""
    by.require(Right.SEQUENCES_MANAGE)
    created = []
    for item in new:
        sequence = Sequence.objects.create(
            name=_free_name(item.name),
            state=SequenceState.DRAFT,
            priority=item.priority,
            created_by_id=by.user_id,
            created_at=as_of,
            updated_at=as_of,
            is_sample=item.is_sample,
        )
        sequence.revisions.create(
            number=1,
            content=item.draft.as_json(),
            saved_by_id=by.user_id,
            saved_at=as_of,
        )
        created.append(sequence)
    return created


def _free_name(name: str, *, of: Sequence | None = None) -> str:
    name = clean_text(name, limit=150)
    if not name:
        raise DomainError("name_missing", _("Enter a name."), field="name")
    others = Sequence.objects.exclude(pk=of.pk) if of else Sequence.objects.all()
    if others.filter(name=name).exists():
        raise DomainError("name_taken", _("There is a sequence with this name."), field="name")
    return name


def draft_of(sequence: Sequence) -> Draft:
    """Return the draft that the editor shows."""
    revision = DraftRevision.objects.get(sequence=sequence, number=sequence.revision)
    return stored_draft(revision.content)


@action
def change_sequence(
    sequence_id: int,
    edit: Callable[[Draft], Draft],
    *,
    seen: int,
    by: Actor,
    as_of: datetime,
    label: str = "",
) -> Sequence:
    """Store what ``edit`` makes of the present draft; what runs is not touched by it.

    ``seen`` is the revision that the author saw: raises ``ConflictError`` (``edited_meanwhile``)
    when somebody else stored a later one. Nothing is stored when nothing differs. Changes with the
    same ``label`` that follow each other quickly are undone together.
    """
    by.require(Right.SEQUENCES_MANAGE)
    sequence = _locked(sequence_id)
    if sequence.revisions.filter(number__gt=seen).exclude(saved_by_id=by.user_id).exists():
        raise ConflictError(
            "edited_meanwhile",
            _("Somebody else changed this sequence in the meantime. Your change was not stored."),
        )
    current = sequence.revisions.get(number=sequence.revision)
    content = edit(stored_draft(current.content)).as_json()
    if content == current.content:
        return sequence
    if _continues(sequence, current, label, by=by, as_of=as_of):
        current.content, current.saved_at = content, as_of
        current.save(update_fields=["content", "saved_at"])
        return sequence
    last = sequence.revisions.aggregate(last=Max("number"))["last"]
    sequence.revisions.create(
        number=last + 1,
        parent=current.number,
        label=label,
        content=content,
        saved_by_id=by.user_id,
        saved_at=as_of,
    )
    sequence.revision, sequence.updated_at = last + 1, as_of
    sequence.save(update_fields=["revision", "updated_at"])
    old = sequence.revisions.filter(number__lte=last - KEPT_REVISIONS)
    old.exclude(number=sequence.live_revision or 0).delete()
    return sequence


def _continues(
    sequence: Sequence, current: DraftRevision, label: str, *, by: Actor, as_of: datetime
) -> bool:
    """Say whether a change belongs to the one before: typing on in the same mail."""
    return (
        bool(label)
        and label == current.label
        and current.saved_by_id == by.user_id
        and as_of - current.saved_at < ONE_CHANGE
        and current.number != sequence.live_revision
        and not sequence.revisions.filter(parent=current.number).exists()
    )


@action
def rename_sequence(
    sequence_id: int, *, name: str, priority: int, by: Actor, as_of: datetime
) -> Sequence:
    """Set name and priority; both hold at once. Raises as ``create_sequences``."""
    by.require(Right.SEQUENCES_MANAGE)
    sequence = _locked(sequence_id)
    sequence.name, sequence.priority = _free_name(name, of=sequence), priority
    sequence.updated_at = as_of
    sequence.save(update_fields=["name", "priority", "updated_at"])
    return sequence


@action
def undo_change(sequence_id: int, *, by: Actor, as_of: datetime) -> bool:
    """Go back to the draft before the last change; False when there is none."""
    by.require(Right.SEQUENCES_MANAGE)
    sequence = _locked(sequence_id)
    current = sequence.revisions.get(number=sequence.revision)
    return _go_to(sequence, sequence.revisions.filter(number=current.parent or 0).first(), as_of)


@action
def redo_change(sequence_id: int, *, by: Actor, as_of: datetime) -> bool:
    """Do the change again that was undone last; False when there is none."""
    by.require(Right.SEQUENCES_MANAGE)
    sequence = _locked(sequence_id)
    later = sequence.revisions.filter(parent=sequence.revision).order_by("number").last()
    return _go_to(sequence, later, as_of)


def _go_to(sequence: Sequence, revision: DraftRevision | None, as_of: datetime) -> bool:
    if revision is None:
        return False
    sequence.revision, sequence.updated_at = revision.number, as_of
    sequence.save(update_fields=["revision", "updated_at"])
    return True


@action
def activate_sequences(
    sequence_ids: Collection[int], *, by: Actor, as_of: datetime
) -> list[Sequence]:
    """Let the drafts run: publish what changed, and let paused runs go on.

    Leads that are in an older version finish that one. Needs the right to activate. Raises
    ``DomainError`` with code ``not_ready`` and everything that is missing in ``details``; nothing
    is changed then.
    """
    by.require(Right.SEQUENCES_ACTIVATE)
    activated = []
    for key in sorted(sequence_ids):
        sequence = _locked(key)
        draft = draft_of(sequence)
        _refuse_unready(draft)
        if sequence.live is None or sequence.has_changes:
            sequence.live = publish(sequence, draft, by=by, as_of=as_of)
            sequence.live_revision = sequence.revision
        sequence.state, sequence.paused_reason = SequenceState.ACTIVE, ""
        sequence.updated_at = as_of
        sequence.save(
            update_fields=["live", "live_revision", "state", "paused_reason", "updated_at"]
        )
        running = Enrolment.objects.filter(sequence=sequence, state=EnrolmentState.ACTIVE)
        look_again([*running.values_list("pk", flat=True)], as_of=as_of)
        _bring_in_matching(sequence, draft, as_of=as_of)
        activated.append(sequence)
    return activated


def _refuse_unready(draft: Draft) -> None:
    missing = missing_for_activation(draft)
    if missing:
        raise DomainError(
            "not_ready",
            _("This sequence cannot run yet: %(missing)s")
            % {"missing": " ".join(dict.fromkeys(str(item.message) for item in missing))},
            details={"missing": [[item.code, str(item.message), item.step] for item in missing]},
        )


def _bring_in_matching(sequence: Sequence, draft: Draft, *, as_of: datetime) -> None:
    """Have everybody looked at who meets the condition now; its segments keep their members."""
    if draft.trigger["kind"] != TriggerKind.CONDITION:
        return
    keep_members(named_segments(draft.trigger["where"]), as_of=as_of)
    leads = matching_leads(draft.trigger["where"], as_of=as_of).values_list("pk", flat=True)
    chunk: list[int] = []
    for key in leads.iterator(chunk_size=5000):
        chunk.append(key)
        if len(chunk) == 5000:
            ask(DueTrigger, "lead_id", chunk, due_at=as_of)
            chunk = []
    ask(DueTrigger, "lead_id", chunk, due_at=as_of)
    wake(TRIGGERS_TICK)


@action
def pause_sequences(
    sequence_ids: Collection[int], *, by: Actor, as_of: datetime, reason: str = ""
) -> int:
    """Stop sequences at once; returns how many ran. Queued mails wait until they go on."""
    by.require(Right.SEQUENCES_ACTIVATE)
    return Sequence.objects.filter(pk__in=sequence_ids, state=SequenceState.ACTIVE).update(
        state=SequenceState.PAUSED,
        paused_reason=(reason or by.label)[:300],
        updated_at=as_of,
    )


@action
def delete_sequences(sequence_ids: Collection[int], *, by: Actor, as_of: datetime) -> int:
    """Delete drafts that no lead has ever entered; returns how many.

    Raises ``DomainError`` with code ``sequence_used`` for one that has a history.
    """
    by.require(Right.SEQUENCES_MANAGE)
    chosen = Sequence.objects.filter(pk__in=sequence_ids)
    if chosen.filter(enrolments__isnull=False).exists():
        raise DomainError(
            "sequence_used", _("This sequence has a history. Pause it instead of deleting it.")
        )
    return chosen.delete()[1].get("nurturing.Sequence", 0)


def _locked(sequence_id: int) -> Sequence:
    sequence = (
        Sequence.objects.filter(pk=sequence_id)
        .select_related("live")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if sequence is None:
        raise DomainError("sequence_missing", _("This sequence is not there any more."))
    return sequence
