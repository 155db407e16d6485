"""A sequence while it is written: one document, and what can be done to it.

Every change is a function from draft to draft; ``change_sequence`` stores the result. What is not
finished yet is allowed, what cannot be read is not.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from conditions.registry import Snapshot
from conditions.tree import parse
from ground.errors import DomainError
from leads.models import ConsentPurpose
from leads.normalise import clean_text
from leads.stages import Stage
from nurturing.blocks import read_blocks, starting_blocks
from nurturing.times import Wait, Window
from nurturing.tokens import check_tokens

MAX_STEPS = 60
_KEY = re.compile(r"[a-z0-9_-]{1,12}")
PURPOSES = (ConsentPurpose.MARKETING, ConsentPurpose.NEWSLETTER)
# Whoever comes so far is spoken to by people; these end every run.
ALWAYS_EXIT = (Stage.SQL, Stage.OPPORTUNITY, Stage.OTHER)


class TriggerKind:
    """What brings leads in."""

    MANUAL = "manual"
    CONDITION = "condition"
    FORM = "form"
    REJECTION = "rejection"


TRIGGERS = {
    TriggerKind.MANUAL: _("By hand only"),
    TriggerKind.CONDITION: _("When a lead meets a condition"),
    TriggerKind.FORM: _("When a form is sent"),
    TriggerKind.REJECTION: _("When sales rejects a lead"),
}


@dataclass(frozen=True, slots=True)
class MailStep:
    """A mail: ``texts`` maps a language to its subject and blocks."""

    key: str
    texts: Mapping[str, Mapping[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the step as ``read_draft`` takes it."""
        return {"key": self.key, "kind": "mail", "texts": self.texts}


@dataclass(frozen=True, slots=True)
class WaitStep:
    """A pause between mails."""

    key: str
    wait: Wait

    def as_json(self) -> dict[str, Any]:
        """Return the step as ``read_draft`` takes it."""
        return {"key": self.key, "kind": "wait", "wait": self.wait.as_json()}


DraftStep: TypeAlias = MailStep | WaitStep


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything about a sequence but its name: for whom, when, what, until when."""

    purpose: str = ConsentPurpose.MARKETING
    topic: str = ""
    trigger: Mapping[str, Any] = field(default_factory=lambda: {"kind": TriggerKind.MANUAL})
    goal: Mapping[str, Any] | None = None
    exit_stages: tuple[str, ...] = (Stage.CUSTOMER, Stage.PROMOTER)
    window: Window = field(default_factory=Window)
    steps: tuple[DraftStep, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the draft as ``read_draft`` takes it."""
        return {
            "purpose": self.purpose,
            "topic": self.topic,
            "trigger": dict(self.trigger),
            "goal": self.goal,
            "exit_stages": list(self.exit_stages),
            "window": self.window.as_json(),
            "steps": [step.as_json() for step in self.steps],
        }

    @property
    def mails(self) -> list[MailStep]:
        """The mail steps, in order."""
        return [step for step in self.steps if isinstance(step, MailStep)]

    def index(self, key: str) -> int:
        """Return where the step ``key`` stands; raises ``DomainError`` (``step_missing``)."""
        for number, step in enumerate(self.steps):
            if step.key == key:
                return number
        raise DomainError("step_missing", _("This step is not there any more."))

    def step(self, key: str) -> DraftStep:
        """Return the step ``key``; raises as ``index``."""
        return self.steps[self.index(key)]


def read_draft(data: Mapping[str, Any], *, fields: Snapshot, known_tokens: set[str]) -> Draft:
    """Return the draft that JSON stands for.

    ``fields`` are the condition fields that the author may use. Raises ``DomainError`` for what
    cannot be read: a token that is not known, a condition, a wait, a block.
    """
    steps = tuple(read_step(item, known_tokens=known_tokens) for item in data.get("steps", ()))
    if len(steps) > MAX_STEPS:
        raise DomainError("too_many_steps", _("A sequence may have 60 steps at most."))
    if len({step.key for step in steps}) != len(steps):
        raise DomainError("bad_step", _("A step is there twice."))
    purpose = str(data.get("purpose") or "")
    if purpose and purpose not in PURPOSES:
        raise DomainError("bad_purpose", _("Choose a purpose."), field="purpose")
    stages = tuple(str(stage) for stage in data.get("exit_stages", ()))
    if not set(stages) <= set(Stage.values):
        raise DomainError("bad_stage", _("Choose a stage."), field="exit_stages")
    goal = data.get("goal")
    if goal:
        parse(goal, fields, path="goal")
    return Draft(
        purpose=purpose,
        topic=_uuid(data.get("topic"), "topic"),
        trigger=_read_trigger(data.get("trigger") or {}, fields),
        goal=goal or None,
        exit_stages=stages,
        window=Window.read(data.get("window") or {}),
        steps=steps,
    )


def stored_draft(content: Mapping[str, Any]) -> Draft:
    """Return a draft that was read before and is stored; nothing in it is checked again."""
    return Draft(
        purpose=content["purpose"],
        topic=content["topic"],
        trigger=content["trigger"],
        goal=content["goal"],
        exit_stages=tuple(content["exit_stages"]),
        window=Window.read(content["window"]),
        steps=tuple(
            WaitStep(step["key"], Wait.read(step["wait"]))
            if step["kind"] == "wait"
            else MailStep(step["key"], step["texts"])
            for step in content["steps"]
        ),
    )


def read_step(item: Mapping[str, Any], *, known_tokens: set[str]) -> DraftStep:
    """Return the step that JSON stands for; raises ``DomainError`` for what cannot be read."""
    key = str(item.get("key") or new_key())
    if not _KEY.fullmatch(key):
        raise DomainError("bad_step", _("This step cannot be read."))
    if item.get("kind") == "wait":
        return WaitStep(key, Wait.read(item.get("wait") or {}))
    if item.get("kind") == "mail":
        return MailStep(key, read_texts(item.get("texts") or {}, known_tokens=known_tokens))
    raise DomainError("bad_step", _("This kind of step is not known."))


def read_texts(data: Mapping[str, Any], *, known_tokens: set[str]) -> dict[str, dict[str, Any]]:
    """Return the texts of a mail by language, cleaned, with known tokens only.

    Raises ``DomainError`` as ``read_blocks`` and ``check_tokens`` do, with ``subject`` or
    ``blocks`` as its field.
    """
    languages = dict(settings.LANGUAGES)
    texts: dict[str, dict[str, Any]] = {}
    for language, text in data.items():
        if language not in languages:
            raise DomainError("bad_language", _("This language is not offered."), field="language")
        subject = clean_text(str(text.get("subject") or ""), limit=300)
        blocks = read_blocks(text.get("blocks") or [])
        check_tokens(subject, known_tokens, field="subject")
        check_tokens(
            "\n".join(value for block in blocks for value in block.values()),
            known_tokens,
            field="blocks",
        )
        texts[language] = {"subject": subject, "blocks": blocks}
    return texts


def _read_trigger(data: Mapping[str, Any], fields: Snapshot) -> dict[str, Any]:
    kind = str(data.get("kind") or TriggerKind.MANUAL)
    match kind:
        case TriggerKind.MANUAL:
            return {"kind": kind}
        case TriggerKind.CONDITION:
            where = data.get("where")
            if where:
                parse(where, fields, path="trigger")
            return {"kind": kind, "where": where or None}
        case TriggerKind.FORM:
            return {"kind": kind, "form": _uuid(data.get("form"), "form")}
        case TriggerKind.REJECTION:
            reasons = [clean_text(str(reason), limit=60) for reason in data.get("reasons") or ()]
            return {"kind": kind, "reasons": reasons}
    raise DomainError("bad_trigger", _("Choose what brings leads in."), field="trigger")


def _uuid(raw: Any, name: str) -> str:
    if not raw:
        return ""
    try:
        return str(UUID(str(raw)))
    except ValueError as error:
        raise DomainError("bad_choice", _("Choose one of the list."), field=name) from error


def new_key() -> str:
    """Return a name for a new step."""
    return secrets.token_hex(4)


def new_mail(language: str) -> MailStep:
    """Return an empty mail in ``language``."""
    return MailStep(new_key(), {language: {"subject": "", "blocks": starting_blocks()}})


def new_wait() -> WaitStep:
    """Return the wait that is proposed between two mails."""
    return WaitStep(new_key(), Wait(amount=3))


def with_step(draft: Draft, step: DraftStep, *, after: str = "") -> Draft:
    """Return the draft with ``step`` behind the step ``after``, or at the end."""
    place = draft.index(after) + 1 if after else len(draft.steps)
    steps = (*draft.steps[:place], step, *draft.steps[place:])
    if len(steps) > MAX_STEPS:
        raise DomainError("too_many_steps", _("A sequence may have 60 steps at most."))
    return replace(draft, steps=steps)


def with_changed_step(draft: Draft, step: DraftStep) -> Draft:
    """Return the draft with ``step`` in the place of the one with its key."""
    place = draft.index(step.key)
    return replace(draft, steps=(*draft.steps[:place], step, *draft.steps[place + 1 :]))


def with_moved_step(draft: Draft, key: str, place: Callable[[int], int] | int) -> Draft:
    """Return the draft with the step ``key`` at another place (0 is the first)."""
    old = draft.index(key)
    new = place(old) if callable(place) else place
    others = [step for step in draft.steps if step.key != key]
    new = max(0, min(new, len(others)))
    return replace(draft, steps=(*others[:new], draft.steps[old], *others[new:]))


def without_step(draft: Draft, key: str) -> Draft:
    """Return the draft without the step ``key``."""
    place = draft.index(key)
    return replace(draft, steps=(*draft.steps[:place], *draft.steps[place + 1 :]))
