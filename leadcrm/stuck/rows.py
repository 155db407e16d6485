"""Stuck work of every kind as one list, sorted and paged by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import CharField, F, OrderBy, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ground.listing import COUNT_CAP, BadListRequestError, Column, Empty, Listing, Page
from ground.stuck import COLUMNS, KINDS, StuckKind, Text, Told

GONE = Told("")


@dataclass(frozen=True, slots=True)
class StuckRow:
    """One piece of stuck work, ready to be shown."""

    kind: StuckKind
    key: int
    since: datetime
    tries: int
    error: str
    is_late: bool
    told: Told

    @property
    def ident(self) -> str:
        """What names it in a form: ``"scoring.duescore:12"``."""
        return f"{self.kind.key}:{self.key}"

    @property
    def why(self) -> Text:
        """The cause in words."""
        return self.kind.explain(self.error)

    def __str__(self) -> str:
        return self.told.text or str(self.kind.label)


class StuckListing(Listing[Any]):
    """The list of stuck work; its rows come from many tables."""

    def order_by(self, ordering: str) -> list[OrderBy]:
        """Return the terms for ``ordering``; the kind and the key break ties."""
        terms = super().order_by(ordering)[:-1]
        return [*terms, F("stuck_kind").asc(), F("pk").asc()]


STUCK = StuckListing(
    key="stuck",
    ordering="since",
    row="stuck/items.html#row",
    row_name="item",
    row_key="ident",
    columns=(
        Column("what", _("What"), is_main=True),
        Column("why", _("Why")),
        Column("since", _("Since"), order="stuck_since"),
        Column("tries", _("Tries"), order="stuck_tries", is_number=True, on_phone=False),
        Column("decide", _("What to do")),
    ),
    # ``union`` searches each table; what is left to do here is nothing.
    search=lambda rows, text: rows,
    search_label=_("Part of the error"),
    has_bulk=True,
    empty=Empty(
        _("Nothing is stuck"),
        _("Work that fails five times or is late stands here, with the reason."),
        icon="circle-check",
    ),
)


class StuckPage(Page[Any]):
    """One page of stuck work, in three queries and one for each kind on it."""

    @cached_property
    def counted(self) -> int:
        """How much there is, counted up to one more than the cap."""
        return self.queryset[: COUNT_CAP + 1].count()

    @cached_property
    def rows(self) -> list[StuckRow]:
        """What stands on this page."""
        start = (self.number - 1) * self.per_page
        found = list(self.queryset.order_by(*self.terms)[start : start + self.per_page])
        return tell(found)


def tell(found: Sequence[tuple[Any, ...]]) -> list[StuckRow]:
    """Return rows of ``union`` with what each is; one query for each kind."""
    keys: dict[str, list[int]] = {}
    for kind, key, *_columns in found:
        keys.setdefault(kind, []).append(key)
    told = {kind: KINDS[kind].tell(chosen) for kind, chosen in keys.items()}
    return [
        StuckRow(KINDS[kind], key, since, tries, error, is_late, told[kind].get(key, GONE))
        for kind, key, since, tries, error, is_late in found
    ]


def kinds_of(params: QueryDict) -> list[StuckKind]:
    """Return the kinds that an address asks for: one, or all of them."""
    asked = params.get("kind", "")
    if asked and asked not in KINDS:
        raise BadListRequestError("There is no such kind of work.")
    return [KINDS[asked]] if asked else list(KINDS.values())


def stuck_of(kind: StuckKind, *, as_of: datetime, text: str = "") -> QuerySet[Any]:
    """Return the stuck work of one kind, where ``text`` stands in the error."""
    rows: QuerySet[Any] = kind.rows(as_of).order_by()
    return rows.filter(stuck_error__icontains=text) if text else rows


def union(kinds: Sequence[StuckKind], *, as_of: datetime, text: str = "") -> QuerySet[Any]:
    """Return the stuck work of ``kinds`` as rows of kind, key and ``COLUMNS``."""
    first, *others = (
        stuck_of(kind, as_of=as_of, text=text)
        .annotate(stuck_kind=Value(kind.key, output_field=CharField()))
        .values_list("stuck_kind", "pk", *COLUMNS)
        for kind in kinds
    )
    rows: QuerySet[Any] = first.union(*others, all=True)
    return rows


def counts(*, as_of: datetime) -> dict[str, int]:
    """Return how much of each kind is stuck, those with none left out; one query."""
    sql, parameters = union(list(KINDS.values()), as_of=as_of).query.sql_with_params()
    # The inner statement is the ORM's own; nothing of a request is in it.
    statement = f"SELECT stuck_kind, count(*) FROM ({sql}) AS stuck GROUP BY 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = dict(cursor.fetchall())
    return {key: found[key] for key in KINDS if key in found}
