"""The rows of the editor of forms: one for each field, with what can be set about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from capture.definition import Definition, FieldSpec
from capture.editing import written_choices, written_condition
from capture.profiling import NEVER_ASKED
from capture.questions import CHOICE_KINDS, FILE, HIDDEN, LAYOUT, NOTE, QUESTION_KINDS, is_question


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One field as the editor shows it.

    ``conditions`` are what it may depend on, as posted value and label; they end with the
    condition that it has but that no field before it can meet any more.
    """

    spec: FieldSpec
    conditions: list[tuple[str, str]]

    @property
    def kind_label(self) -> str | Promise:
        """What kind of question it is, "" for a field of the lead."""
        return QUESTION_KINDS[self.spec.kind].label if is_question(self.spec.name) else ""

    @property
    def may_be_required(self) -> bool:
        """Whether somebody can be made to answer."""
        return self.spec.kind not in LAYOUT and self.spec.kind != HIDDEN

    @property
    def may_be_later(self) -> bool:
        """Whether it can be left for a link that proves who it is."""
        is_answered = self.spec.kind not in LAYOUT | {HIDDEN, FILE}
        return is_answered and self.spec.name not in NEVER_ASKED

    @property
    def has_own_choices(self) -> bool:
        """Whether what there is to choose from is set here."""
        return is_question(self.spec.name) and self.spec.kind in CHOICE_KINDS

    @property
    def has_placeholder(self) -> bool:
        """Whether there is an empty box in which a placeholder can stand."""
        return self.spec.kind in {"text", "textarea", "email", "tel", "url", "number", "select"}

    @property
    def is_note(self) -> bool:
        """Whether its text is longer than a label."""
        return self.spec.kind == NOTE

    @property
    def is_bounded(self) -> bool:
        """Whether it takes the least and the greatest number."""
        return is_question(self.spec.name) and self.spec.kind == "number"

    @property
    def is_hidden(self) -> bool:
        """Whether its value comes from the address of the page."""
        return self.spec.kind == HIDDEN

    @property
    def choices(self) -> str:
        """The choices, one in each line."""
        return written_choices(self.spec)

    @property
    def condition(self) -> str:
        """The condition that is chosen now."""
        return written_condition(self.spec)


def editor_rows(definition: Definition) -> list[EditorRow]:
    """Return a row for each field, in order."""
    rows: list[EditorRow] = []
    offered: list[tuple[str, str]] = []
    for spec in definition.fields:
        rows.append(EditorRow(spec, _with_present(spec, offered)))
        if spec.is_answered and spec.kind != "file":
            offered = [*offered, *_conditions(spec)]
    return rows


def _conditions(spec: FieldSpec) -> list[tuple[str, str]]:
    label = spec.label or spec.parameter or spec.name
    filled = (
        _("if “%(field)s” is ticked")
        if spec.kind == "checkbox"
        else _("if “%(field)s” is filled in")
    )
    found = [(spec.name, filled % {"field": label})]
    for choice in spec.choices:
        text = _("if “%(field)s” is “%(choice)s”") % {"field": label, "choice": choice["label"]}
        found.append((f"{spec.name}={choice['value']}", text))
    return found


def _with_present(spec: FieldSpec, offered: list[tuple[str, str]]) -> list[tuple[str, str]]:
    present = written_condition(spec)
    if not present or present in dict(offered):
        return offered
    return [*offered, (present, _("a field that is not there any more"))]
