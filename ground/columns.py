"""Of what the declaration of a list is made: its columns, its views, what it says when empty."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, OrderBy
from django.db.models.expressions import Expression
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

Text = str | Promise
Term = str | F | Expression


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` stands in the address, ``order`` is what it is sorted by.

    ``order`` is a field name or an expression, or several; () cannot be sorted. With ``nulls_last``
    rows without a value come last in both directions (an index must be made to fit). ``is_main``
    is the column that names the row. ``on_phone`` shows the column on a phone. An ``is_optional``
    column is hidden until it is chosen.
    """

    key: str
    label: Text
    order: Term | Sequence[Term] = ()
    nulls_last: bool = False
    is_number: bool = False
    is_main: bool = False
    on_phone: bool = True
    is_optional: bool = False

    @property
    def terms(self) -> Sequence[Term]:
        """What the column is sorted by, always as a sequence."""
        return (self.order,) if isinstance(self.order, str | F | Expression) else self.order

    @property
    def opening(self) -> SafeString:
        """The opening tag of the column's cells."""
        classes = {
            "is-number": self.is_number,
            "is-main": self.is_main,
            "phone-hidden": not self.on_phone,
        }
        names = " ".join(name for name, is_set in classes.items() if is_set)
        return format_html('<td class="{}" data-label="{}">', names, self.label)

    def ordering(self, *, descending: bool) -> list[OrderBy]:
        """Return the terms of ORDER BY."""
        nulls_last = True if self.nulls_last else None
        terms = (F(term) if isinstance(term, str) else term for term in self.terms)
        if descending:
            return [term.desc(nulls_last=nulls_last) for term in terms]
        return [term.asc(nulls_last=nulls_last) for term in terms]


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: a sentence why, and exactly one thing to do next."""

    title: Text
    text: Text = ""
    action_label: Text = ""
    action_url: str | Promise = ""
    icon: str = "inbox"


@dataclass(frozen=True, slots=True)
class View:
    """A saved view over a list, as a link above it; more than ``cap`` rows read as "10,000+"."""

    label: Text
    url: str
    is_active: bool = False
    count: int | None = None
    cap: int | None = None

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than are told."""
        return self.cap is not None and self.count is not None and self.count > self.cap

    @property
    def told(self) -> int | None:
        """How many rows are told."""
        return self.cap if self.is_capped else self.count
