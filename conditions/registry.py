"""The closed registry of what may be asked, one ``Subject`` per kind of thing that is asked about.

An app offers a field in its ``fields.py``::

    LEADS.register(Field(name="city", label=_("City"), group=_("Address"), kind=Kind.TEXT,
                         test=columns.text("city")))

``test`` gets an ``Ask`` and returns both ``Halves``; ``conditions.columns`` has ready-made tests.
Only positive operators reach it. A name that no field has is refused, so that nothing from a
request is ever looked up in a model.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from conditions.errors import ConditionError
from conditions.halves import Halves
from conditions.operators import OPS, OPS_OF_KIND, Kind
from conditions.values import Value

Label = str | Promise
# Segments inside of segments count too: 60 leaves of 60 leaves would be a query nobody can run.
MAX_COMPILED_LEAVES = 600
MAX_INSIDE = 6


class Ref(NamedTuple):
    """Something that a condition uses: ``Ref("segment", "…public id…")``."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible value: ``value`` in JSON, ``label`` for people, ``key`` for the test.

    ``key`` is what the field compares with (a primary key, for example). One that is not
    ``is_offered`` is kept where it is used but is not proposed any more.
    """

    value: str
    label: Label
    key: Any = None
    is_offered: bool = True


ChoiceLoader = Callable[["Snapshot"], Iterable[Choice]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A named parameter of a field, such as the kind of activity that is counted.

    ``ref_kind`` makes its value something that the condition uses; ``lowest`` and ``highest``
    hold for whole numbers. The builder shows it only where the first parameter has one of the
    values ``only_for``.
    """

    name: str
    label: Label
    kind: Kind
    choices: ChoiceLoader | None = None
    is_required: bool = False
    lowest: int | None = None
    highest: int | None = None
    ref_kind: str = ""
    only_for: tuple[str, ...] = ()


class Budget:
    """How many leaves one compilation may still take."""

    def __init__(self, leaves: int = MAX_COMPILED_LEAVES) -> None:
        self.left = leaves

    def spend(self) -> None:
        """Take one leaf; raises ``ConditionError`` when there is none left."""
        self.left -= 1
        if self.left < 0:
            raise ConditionError("where", _("These segments use too many conditions together."))


@dataclass(frozen=True, slots=True)
class Context:
    """For when and for whom a condition is answered.

    ``zone`` decides when a day begins. It is the one of the organisation, not of the reader, so
    that a rule means the same for everybody. ``depth`` counts conditions inside of conditions.
    With ``known_at``, for looking back, activities that were recorded later do not count.
    """

    as_of: datetime
    zone: tzinfo
    user_id: int | None = None
    depth: int = 0
    budget: Budget = field(default_factory=Budget, compare=False)
    known_at: datetime | None = None

    def inside(self) -> "Context":
        """Return the context of a condition inside of this one; refuses endless circles."""
        if self.depth >= MAX_INSIDE:
            raise ConditionError("where", _("These segments use one another too deeply."))
        return replace(self, depth=self.depth + 1)


@dataclass(frozen=True, slots=True)
class Ask:
    """One leaf as its field sees it: a positive operator and a value that was read and checked.

    ``keys`` are the ``Choice.key`` of the chosen values, in their order.
    """

    op: str
    value: Value
    keys: tuple[Any, ...]
    params: Mapping[str, Any]
    context: Context


Test = Callable[[Ask], Halves]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that may be asked.

    ``name`` stands in stored conditions and never changes. ``ops`` narrows the operators of the
    kind. ``choices`` lists the values; with ``is_open`` they are only proposals. ``readable_by``
    is the right without which the field does not exist for somebody. ``ref`` is what a leaf uses
    itself (by default the field), ``ref_kind`` makes its values something that is used, too.
    ``sentence(leaf, denied)`` writes the whole sentence where the operator's own would not read
    well. A field that is not ``is_offered`` works where it is used but is not proposed any more.
    ``hint`` and ``start`` are the help and the first value of the builder.
    """

    name: str
    label: Label
    group: Label
    kind: Kind
    test: Test = field(repr=False)
    ops: tuple[str, ...] = ()
    params: "tuple[Param, ...] | Callable[[], tuple[Param, ...]]" = ()
    choices: ChoiceLoader | None = field(default=None, repr=False)
    is_open: bool = False
    is_whole: bool = False
    is_offered: bool = True
    readable_by: str = ""
    ref: Ref | None = None
    ref_kind: str = ""
    sentence: "Callable[[Any, bool], str] | None" = field(default=None, repr=False)
    hint: Label = ""
    start: Value = None

    @property
    def operators(self) -> tuple[str, ...]:
        """The names of the operators, in the order of the builder."""
        return self.ops or OPS_OF_KIND[self.kind]

    @property
    def parameters(self) -> tuple[Param, ...]:
        """The parameters; a function where other apps add to them."""
        return self.params() if callable(self.params) else self.params

    def __post_init__(self) -> None:
        unknown = set(self.ops) - set(OPS)
        if unknown:
            raise ValueError(f"{self.name}: no such operator: {', '.join(sorted(unknown))}.")


Source = Callable[["Snapshot"], Iterable[Field]]


class Subject:
    """What conditions may be about, with all its fields; leads are one.

    ``catalogue_url`` and ``preview_url`` are the names of the addresses that the builder uses.
    """

    def __init__(self, name: str, *, catalogue_url: str = "", preview_url: str = "") -> None:
        self.name = name
        self.catalogue_url = catalogue_url
        self.preview_url = preview_url
        self._fields: dict[str, Field] = {}
        self._sources: dict[str, Source] = {}

    def register(self, *fields: Field) -> None:
        """Offer ``fields``; raises ``ValueError`` for a name that is taken."""
        for offered in fields:
            if offered.name in self._fields:
                raise ValueError(f"The field {offered.name} exists twice.")
            self._fields[offered.name] = offered

    def register_source(self, prefix: str, load: Source) -> None:
        """Offer fields that stand in the database; their names begin with ``prefix``."""
        if prefix in self._sources:
            raise ValueError(f"The source {prefix} exists twice.")
        self._sources[prefix] = load

    def fixed_fields(self) -> Sequence[Field]:
        """Return the fields that do not stand in the database, in the order of registration."""
        return [*self._fields.values()]

    def snapshot(self, rights: Iterable[str] | None = None) -> "Snapshot":
        """Return the fields as they are now, for somebody with ``rights`` (``None``: for all).

        Take one snapshot for many conditions: what stands in the database is read once.
        """
        return Snapshot(self, None if rights is None else frozenset(rights))


class Snapshot:
    """The fields and choices of one moment and one set of rights; read from the database once."""

    def __init__(self, subject: Subject, rights: frozenset[str] | None = None) -> None:
        self.subject = subject
        self.rights = rights
        self._loaded: dict[str, dict[str, Field]] = {}
        self._choices: dict[tuple[str, str], dict[str, Choice]] = {}

    def for_everyone(self) -> "Snapshot":
        """Return the same moment without regard to rights, for conditions inside of conditions."""
        twin = Snapshot(self.subject)
        twin._loaded = self._loaded
        return twin

    def field(self, name: str) -> Field | None:
        """Return the field ``name`` unless there is none or it may not be read."""
        found = self.subject._fields.get(name)
        if found is None:
            prefix = next((p for p in self.subject._sources if name.startswith(p)), None)
            found = self._source(prefix).get(name) if prefix is not None else None
        return found if found is not None and self._may_read(found) else None

    def fields(self) -> Sequence[Field]:
        """Return every field that may be read, in the order of registration."""
        everything = [*self.subject.fixed_fields()]
        for prefix in self.subject._sources:
            everything += self._source(prefix).values()
        return [found for found in everything if self._may_read(found)]

    def choices(self, of: Field, param: Param | None = None) -> Mapping[str, Choice]:
        """Return the choices of a field, or of one of its parameters, by value."""
        key = (of.name, param.name if param else "")
        if key not in self._choices:
            load = param.choices if param else of.choices
            self._choices[key] = {c.value: c for c in load(self)} if load else {}
        return self._choices[key]

    def _source(self, prefix: str) -> dict[str, Field]:
        if prefix not in self._loaded:
            loaded = self.subject._sources[prefix](self)
            self._loaded[prefix] = {found.name: found for found in loaded}
        return self._loaded[prefix]

    def _may_read(self, found: Field) -> bool:
        return self.rights is None or not found.readable_by or found.readable_by in self.rights
