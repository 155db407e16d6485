"""What a form of each kind needs, tells its visitor and has as a consequence.

A slice such as ``capture/content/`` registers what it adds; what the kinds share is in the form.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from capture.definition import Definition
from capture.intake import Intake
from capture.judging import Judged
from capture.problems import Problem
from capture.snapshots import PublicForm


@dataclass(frozen=True, slots=True)
class Told:
    """What a visitor sees beside the success message, or ``instead`` of it."""

    instead: str | Promise = ""
    text: str | Promise = ""
    link: str = ""
    link_text: str | Promise = ""


NOTHING_MORE = Told()
# What stands against publishing a form of the kind, asked of the database.
Check = Callable[[Definition], list[Problem]]
# What to tell whoever sent it, under which key, at once: without the database.
Teller = Callable[[PublicForm, UUID, Judged, datetime], Told | None]
# The address of the page that stands for the hosted form, "" for none.
Page = Callable[[PublicForm], str]
# What follows when submissions have become leads; the submissions have their lead.
FollowUp = Callable[[Sequence[Intake], Actor, datetime], None]


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice adds to the forms of ``kinds``."""

    kinds: frozenset[str]
    check: Check | None = None
    tell: Teller | None = None
    follow_up: FollowUp | None = None
    page: Page | None = None


_SLICES: list[Slice] = []


def register_slice(added: Slice) -> None:
    """Let ``added`` take part in forms of its kinds."""
    _SLICES.append(added)


def problems_of_kind(kind: str, definition: Definition) -> list[Problem]:
    """Return what stands against publishing a form because of what it is for."""
    slices = [item for item in _SLICES if kind in item.kinds]
    found = [problem for item in slices if item.check for problem in item.check(definition)]
    if definition.redirect_url and any(item.tell for item in slices):
        message = _("On another page nobody would see what this form tells: leave its address out.")
        found.append(Problem("redirect_hides", "redirect_url", message))
    return found


def told(form: PublicForm, key: UUID, judged: Judged, *, as_of: datetime) -> Told:
    """Return what the visitor who sent ``key`` is told beside the success message."""
    tellers = [item.tell for item in _SLICES if form.kind in item.kinds and item.tell]
    found = (tell(form, key, judged, as_of) for tell in tellers)
    return next((item for item in found if item), NOTHING_MORE)


def own_page(form: PublicForm) -> str:
    """Return the address at which a form is shown when its hosted page is not enough, else ""."""
    pages = (item.page(form) for item in _SLICES if form.kind in item.kinds and item.page)
    return next((address for address in pages if address), "")


def follow_up(items: Sequence[Intake], *, by: Actor, as_of: datetime) -> None:
    """Do what follows from submissions that have become leads."""
    for part in _SLICES:
        concerned = [item for item in items if item.form.kind in part.kinds]
        if concerned and part.follow_up:
            part.follow_up(concerned, by, as_of)
