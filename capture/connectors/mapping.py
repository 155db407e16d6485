"""What the fields of a sender become: what somebody chose, else what their names usually mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from capture.connectors.registry import Connector
from capture.connectors.told import Field
from capture.connectors.web import is_technical
from capture.imports.columns import ALIASES, column_key
from ground.errors import DomainError
from leads.entries import ENTRY_FIELDS
from leads.models import ConsentChannel, ConsentPurpose, FieldDefinition

# Kept as a line of what was said, which everything is that nobody knows.
ANSWER, IGNORE = "answer", "ignore"
CONSENTS: dict[str, tuple[str, str]] = {
    "consent_email": (ConsentPurpose.MARKETING, ConsentChannel.EMAIL),
    "consent_newsletter": (ConsentPurpose.NEWSLETTER, ConsentChannel.EMAIL),
    "consent_phone": (ConsentPurpose.MARKETING, ConsentChannel.PHONE),
}
_LEFT_OUT = frozenset({"time_zone", "preferred_channel", "acquisition_type"})
TARGETS = (
    *(name for name in ENTRY_FIELDS if name not in _LEFT_OUT),
    *("full_name", "company", "message", "tag", *CONSENTS, ANSWER, IGNORE),
)
_WORDS = {
    alias: target
    for target, names in ALIASES.items()
    for alias in names
    if target in TARGETS and target not in CONSENTS
} | dict.fromkeys(
    ("message", "nachricht", "ihre nachricht", "comments", "anliegen", "frage", "mitteilung"),
    "message",
)
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[a-z]{2,}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\+|00?)[1-9][\d\s()/.-]{6,20}")
_FILLING = re.compile(r"^(?:your|ihre?|deine?) |[ \d]+$")
_YES = frozenset({"1", "yes", "y", "ja", "j", "true", "on", "x", "wahr", "accepted", "checked"})
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """What each field becomes, and what a ticked box stands for.

    ``targets`` maps names of the sender to ``TARGETS`` or ``custom.<key>``. ``consent_text`` is the
    wording beside the box where the sender does not send it: without a wording nothing proves
    what somebody agreed to. With ``asks_by_mail`` the address is asked to confirm (double opt-in).
    """

    targets: Mapping[str, str] = field(default_factory=dict)
    consent_text: str = ""
    asks_by_mail: bool = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(
            dict(data.get("targets", {})),
            str(data.get("consent_text", "")),
            bool(data.get("asks_by_mail", True)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the mapping as a connection keeps it."""
        return {
            "targets": dict(self.targets),
            "consent_text": self.consent_text,
            "asks_by_mail": self.asks_by_mail,
        }

    def check(self, known: Mapping[str, FieldDefinition], connector: Connector) -> None:
        """Raise ``DomainError`` (``target_unknown``, ``consent_text_missing``)."""
        for name, target in self.targets.items():
            if not _is_target(target, known):
                raise DomainError("target_unknown", _("Unknown target: %s") % target, name)
        has_consent = any(target in CONSENTS for target in self.targets.values())
        if has_consent and not self.consent_text.strip() and not connector.consents_carry_text:
            raise DomainError(
                "consent_text_missing",
                _("Enter the wording that stands beside the box; it is the proof of the consent."),
                "consent_text",
            )

    def resolve(
        self,
        fields: Sequence[Field],
        connector: Connector,
        known: Mapping[str, FieldDefinition],
    ) -> list[tuple[Field, str]]:
        """Return each field with what it becomes.

        What was guessed is given once, to the first field that fits; the others stay answers.
        """
        taken = {self.targets[item.name] for item in fields if item.name in self.targets}
        found = []
        for item in fields:
            target = self.targets.get(item.name, "")
            if target and not _is_target(target, known):
                # A field that was taken out of use: what was said stays readable.
                target = ANSWER
            if not target:
                target = guess(item, connector, known)
                if target in taken and target not in {ANSWER, IGNORE, "tag", "message"}:
                    target = ANSWER
            taken.add(target)
            found.append((item, target))
        return found


def _is_target(target: str, known: Mapping[str, FieldDefinition]) -> bool:
    is_custom = target.startswith("custom.") and target.removeprefix("custom.") in known
    return is_custom or target in TARGETS


def guess(item: Field, connector: Connector, known: Mapping[str, FieldDefinition]) -> str:
    """Return what a field most likely becomes: by its name, its label, its value."""
    if target := connector.guess(item):
        return target
    if is_technical(item.name):
        return IGNORE
    if item.is_consent:
        return ANSWER
    custom = {
        column_key(name): f"custom.{key}"
        for key, definition in known.items()
        for name in (key, definition.label_de, definition.label_en)
    }
    for name in (item.name, item.name.rpartition(".")[2], item.label):
        words = column_key(name)
        for key in (words, _FILLING.sub("", words)):
            if target := _WORDS.get(key) or custom.get(key, ""):
                return target
    text = item.text.strip()
    if _ADDRESS.fullmatch(text):
        return "email"
    return "phone" if _NUMBER.fullmatch(text) else ANSWER


def is_yes(text: str, wording: str) -> bool:
    """Say whether a box was ticked: a word for yes, or the wording itself, as some forms send."""
    said = " ".join(text.casefold().split())
    return said in _YES or (bool(wording) and said == " ".join(wording.casefold().split()))
