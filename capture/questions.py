"""The kinds of own questions that a form can ask, and its parts that ask nothing.

An own question belongs to one form: its answer stands on the timeline of the lead and fills no
field. What is to be known of every lead is a field of the lead (``capture/catalogue.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PREFIX = "q_"
FILE, HIDDEN, NOTE, PAGE = "file", "hidden", "note", "page"
# Parts that say something or order the form, and have no answer.
LAYOUT = frozenset({NOTE, PAGE})
CHOICE_KINDS = frozenset({"select", "radio", "multi"})
# Kinds that give an answer, or several, from a fixed set.
SCALES = {"rating": range(1, 6), "scale": range(11)}
MAX_CHOICES = 60


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """One kind of question; ``limit`` is the length of an answer in characters."""

    name: str
    label: str | Promise
    icon: str
    limit: int = 500


_KINDS = (
    QuestionKind("text", _("Short text"), "cursor-text"),
    QuestionKind("textarea", _("Long text"), "align-left", 5000),
    QuestionKind("number", _("A number"), "123", 30),
    QuestionKind("select", _("Choice from a list"), "select", 100),
    QuestionKind("radio", _("One of several"), "circle-dot", 100),
    QuestionKind("multi", _("Several of many"), "list-check", 100),
    QuestionKind("checkbox", _("Box to tick"), "checkbox", 10),
    QuestionKind("date", _("Date"), "calendar", 10),
    QuestionKind("time", _("Time of day"), "clock", 5),
    QuestionKind("rating", _("Rating with stars"), "star", 1),
    QuestionKind("scale", _("Scale from 0 to 10"), "line", 2),
    QuestionKind(FILE, _("File"), "paperclip", 200),
    QuestionKind(HIDDEN, _("Hidden value"), "eye-off", 500),
    QuestionKind(NOTE, _("Text in between"), "info-circle"),
    QuestionKind(PAGE, _("New page"), "page-break"),
)
QUESTION_KINDS: dict[str, QuestionKind] = {kind.name: kind for kind in _KINDS}


def is_question(name: str) -> bool:
    """Say whether a field with this name is an own question or part of its form."""
    return name.startswith(PREFIX)


def last_number(names: Iterable[str]) -> int:
    """Return the highest number of an own question among ``names``, 0 where there is none."""
    taken = (name[len(PREFIX) :] for name in names if name.startswith(PREFIX))
    return max((int(text) for text in taken if text.isdecimal() and len(text) < 9), default=0)
