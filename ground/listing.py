"""Lists: one declaration says how a table is sorted, searched, filtered and paged.

The address holds the whole state (``q``, ``ordering``, ``page``, ``per_page``, ``columns`` and the
names of the filters), so that back, reload and sharing work. Names from the address are looked up
in closed maps and never reach SQL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import F, Field, Model, OrderBy, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.safestring import SafeString
from django_filters import FilterSet

from ground.chips import Chip, spoken_value
from ground.columns import Column, Empty, Text, View

__all__ = ["BadListRequestError", "Column", "Empty", "Listing", "Page", "Selection", "View"]

M = TypeVar("M", bound=Model)
Search = Callable[[QuerySet[Any], str], QuerySet[Any]]

# Beyond this many rows a list says "10,000+": an exact count of a million rows costs 60 ms and more
# on every click, a LIMITed one stops early.
COUNT_CAP = 10_000
# Nobody turns the pages of more hits than these, and counting them costs more.
SEARCH_CAP = 2_000
PAGE_SIZES = (25, 50, 100)
SEARCH_LIMIT = 200
# What the address holds beside the filters.
CONTROLS = ("q", "ordering", "page", "per_page", "columns")


class BadListRequestError(SuspiciousOperation):
    """The address asks for something that the list does not have; answered with 400."""


@dataclass(frozen=True)
class Listing(Generic[M]):
    """The declaration of a list; ``page`` answers a request with one page of it.

    ``search`` finds the rows that are shown, sorted and cut, ``count_search`` the same to count
    them where another way is quicker.

    ``row`` is the template of one row (``"leads/list.html#row"``), which sees the object under
    ``row_name`` and writes its cells with ``{% cell %}``. ``row_key`` is the attribute that names a
    row in a bulk selection.
    """

    key: str
    columns: Sequence[Column]
    ordering: str
    row: str
    empty: Empty
    search: Search | None = None
    count_search: Search | None = None
    search_label: Text = ""
    filters: type[FilterSet] | None = None
    row_name: str = "object"
    row_key: str = "public_id"
    has_bulk: bool = False
    page_size: int = PAGE_SIZES[0]

    def __post_init__(self) -> None:
        names = [column.key for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"The list {self.key} has a column twice.")
        self.order_by(self.ordering)

    @property
    def target(self) -> str:
        """The id of the part of the page that htmx swaps."""
        return f"listing-{self.key}"

    @property
    def has_search(self) -> bool:
        """Whether the list can be searched."""
        return self.search is not None

    @property
    def has_optional(self) -> bool:
        """Whether there are columns to choose from."""
        return any(column.is_optional for column in self.columns)

    def column(self, key: str) -> Column:
        """Return the column ``key``; an unknown one is a bad request."""
        for column in self.columns:
            if column.key == key:
                return column
        raise BadListRequestError(f"The list {self.key} has no such column.")

    def order_by(self, ordering: str) -> list[OrderBy]:
        """Return the terms for ``ordering`` ("name", "-name"), with the key as tie-breaker."""
        column = self.column(ordering.removeprefix("-"))
        if not column.terms:
            raise BadListRequestError(f"The list {self.key} is not sorted by that column.")
        terms = column.ordering(descending=ordering.startswith("-"))
        return [*terms, F("pk").desc() if ordering.startswith("-") else F("pk").asc()]

    def page(
        self, request: HttpRequest, queryset: QuerySet[M], *, views: Sequence[View] = ()
    ) -> "Page[M]":
        """Return the page that the address asks for; two queries, whatever the size."""
        return Page(self, request.GET, queryset, request.path, request, tuple(views))

    def narrow(self, request: HttpRequest, queryset: QuerySet[M]) -> "Selection[M]":
        """Return what a bulk form chose out of ``queryset``: ticked rows, or all that match."""
        return Selection(self, request, queryset)


@dataclass
class Page(Generic[M]):
    """One page of a list, ready for the template ``components/listing.html``."""

    sizes: ClassVar[tuple[int, ...]] = PAGE_SIZES
    listing: Listing[M]
    params: QueryDict
    queryset: QuerySet[M]
    path: str = ""
    request: HttpRequest | None = None
    views: Sequence[View] = field(default=())

    def __post_init__(self) -> None:
        self.ordering = self.params.get("ordering") or self.listing.ordering
        self.search = self.params.get("q", "").replace("\x00", "").strip()[:SEARCH_LIMIT]
        self.per_page = self._per_page()
        self.columns = self._columns()
        self.terms = self.listing.order_by(self.ordering)

    def _whole(self, name: str, default: int) -> int:
        text = self.params.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise BadListRequestError(f"{name} must be a whole number.")
        return int(text)

    def _per_page(self) -> int:
        asked = self._whole("per_page", self.listing.page_size)
        return max(1, min(asked, PAGE_SIZES[-1]))

    def _columns(self) -> list[Column]:
        chosen = ",".join(self.params.getlist("columns"))
        if not chosen:
            return [column for column in self.listing.columns if not column.is_optional]
        keys = {self.listing.column(key).key for key in chosen.split(",") if key}
        return [column for column in self.listing.columns if column.key in keys or column.is_main]

    @cached_property
    def openings(self) -> dict[str, SafeString]:
        """The opening tag of the cells of each column that is shown: made once, not in each row."""
        return {column.key: column.opening for column in self.columns}

    @cached_property
    def filterset(self) -> FilterSet | None:
        """The filters bound to the address, or None."""
        if self.listing.filters is None:
            return None
        return self.listing.filters(self.params, queryset=self.queryset, request=self.request)

    @property
    def filter_form(self) -> Form | None:
        """The form of the filters, or None; its ids differ from those of other forms."""
        if self.filterset is None:
            return None
        form: Form = self.filterset.form
        form.auto_id = "filter_%s"
        return form

    @cached_property
    def is_valid(self) -> bool:
        """Whether every filter could be read; a list with a wrong filter shows no rows at all."""
        return self.filterset is None or self.filterset.is_valid()

    @cached_property
    def matching(self) -> QuerySet[M]:
        """All rows that match, in no order."""
        return self._matching(self.listing.search)

    def _matching(self, search: Search | None) -> QuerySet[M]:
        if not self.is_valid:
            return self.queryset.none()
        rows = self.filterset.qs if self.filterset is not None else self.queryset
        if self.search and search is not None:
            rows = search(rows, self.search)
        return rows.order_by()

    @property
    def countable(self) -> QuerySet[M]:
        """All rows that match, as they are counted most quickly."""
        return self._matching(self.listing.count_search or self.listing.search)

    @property
    def cap(self) -> int:
        """Up to how many rows are counted."""
        return SEARCH_CAP if self.search else COUNT_CAP

    @cached_property
    def counted(self) -> int:
        """How many rows match, counted up to one more than the cap."""
        return self.countable.values("pk")[: self.cap + 1].count()

    @property
    def count(self) -> int:
        """How many rows match, at most the cap."""
        return min(self.counted, self.cap)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.counted > self.cap

    @property
    def pages(self) -> int:
        """How many pages there are within the cap; at least one."""
        return max(1, -(-self.count // self.per_page))

    @cached_property
    def number(self) -> int:
        """The number of this page; one past the end is the last."""
        return max(1, min(self._whole("page", 1), self.pages))

    @cached_property
    def rows(self) -> list[M]:
        """The objects of this page."""
        start = (self.number - 1) * self.per_page
        return list(self.matching.order_by(*self.terms)[start : start + self.per_page])

    @property
    def first(self) -> int:
        """The place of the first row of the page among all, from 1."""
        return (self.number - 1) * self.per_page + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row of the page among all."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter is set, so that an empty list has another reason."""
        return bool(self.search or self.chips) or not self.is_valid

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are set."""
        form = self.filter_form
        if form is None or not self.is_valid:
            return []
        return [
            Chip(form[name].label, spoken_value(form, name), self.url(without=(name, f"{name}_")))
            for name in form.fields
            if form.cleaned_data.get(name) not in (None, "", [], ()) and spoken_value(form, name)
        ]

    def url(self, *, without: tuple[str, ...] = (), **changes: object) -> str:
        """Return the address of this list with some names changed or left out.

        A name in ``without`` that ends with "_" stands for all names that begin so. The page
        starts again at 1 unless it is what changes.
        """
        params = self.params.copy()
        for name in list(params):
            if name == "page" or _named(name, without):
                del params[name]
        for name, value in changes.items():
            params[name] = str(value)
        query = params.urlencode()
        return f"{self.path}?{query}" if query else self.path

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The address without the page, name by name."""
        return [
            (name, str(value))
            for name, values in self.params.lists()
            for value in values
            if name != "page"
        ]

    @property
    def query(self) -> str:
        """The filters and the search as a query string, for exports and bulk forms."""
        params = self.params.copy()
        params.pop("page", None)
        return params.urlencode()

    @property
    def clear_url(self) -> str:
        """The address without search and filters."""
        kept = QueryDict(mutable=True)
        for name in ("ordering", "per_page", "columns"):
            if name in self.params:
                kept[name] = str(self.params[name])
        return f"{self.path}?{kept.urlencode()}" if kept else self.path


@dataclass
class Selection(Generic[M]):
    """What a bulk form chose; the count is exact, since somebody is about to act on it."""

    listing: Listing[M]
    request: HttpRequest
    queryset: QuerySet[M]

    @property
    def is_all(self) -> bool:
        """Whether everything that matches was chosen, not only the ticked rows."""
        return self.request.POST.get("scope") == "all"

    @cached_property
    def rows(self) -> QuerySet[M]:
        """The chosen rows, in the order of the key."""
        if self.is_all:
            params = QueryDict(self.request.POST.get("query", ""))
            page = Page(self.listing, params, self.queryset, request=self.request)
            if not page.is_valid:
                raise BadListRequestError("The filters of this selection cannot be read.")
            return page.matching.order_by("pk")
        keys = self.request.POST.getlist("ids")
        column = self.queryset.model._meta.get_field(self.listing.row_key)
        assert isinstance(column, Field)
        try:
            values = [column.to_python(key) for key in keys]
        except ValidationError as error:
            raise BadListRequestError("The selection holds something that is no key.") from error
        return self.queryset.filter(**{f"{self.listing.row_key}__in": values}).order_by("pk")


def render_listing(
    request: HttpRequest, template: str, page: Page[Any], context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Render the whole page, or only its partial ``listing`` when htmx asks for that.

    The template defines the partial: ``{% partialdef listing inline %}{% listing page %}…``.
    """
    is_part = request.headers.get("HX-Target", "").endswith(f"#{page.listing.target}")
    name = f"{template}#listing" if is_part else template
    status = 200 if page.is_valid else 422
    return render(request, name, {"page": page, **(context or {})}, status=status)


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        name == pattern or (pattern.endswith("_") and name.startswith(pattern))
        for pattern in patterns
    )
