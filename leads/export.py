"""Writing leads, and what people typed, into spreadsheets, so that nothing in it is run."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from accounts.actor import Actor
from leads.customfields import definitions, hidden_keys
from leads.fields.custom import PREFIX
from leads.models import Consent, ConsentChannel, ConsentPurpose, Lead

_COLUMNS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "job_title",
    "street",
    "postal_code",
    "city",
    "country",
    "first_channel",
    "source_detail",
    "stage",
    "score",
    "grade",
    "temperature",
)
Telling = Callable[[Sequence[Lead]], Mapping[int, str]]
_told: dict[str, Telling] = {}
# What spreadsheets pass over before they look for a formula.
_INVISIBLE = re.compile(r"^[\s\u00a0\ufeff\u200b-\u200f\u2060\x00-\x1f]+")
_PHONE = re.compile(r"^\+[0-9][0-9 ()/.-]{5,24}$")
# Where a spreadsheet that divides by other signs, or does not see our quotes, begins a cell.
_CELL_ENDS = frozenset(",;|\t\r\n")
_GAP = r",;|\s\u00a0\ufeff\u200b-\u200f\u2060\x00-\x1f"
# A sign of a number or a list does nothing without a call or a reference behind it. Each gap is
# looked at once: texts of nothing but line breaks took the square of their length.
_INSIDE = re.compile(
    rf"(?<![{_GAP}])([{_GAP}]++)(?=[=@\uff1d\uff20\ufe66\ufe6b]"
    rf"|[-+\uff0b\uff0d\ufe62\ufe63][^,;\t\r\n]*[(|!])"
)


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it, or a part of it, for a formula.

    Text that starts with ``= + - @`` gets an apostrophe in front, also where white space, a byte
    order mark, control characters or full-width signs come first (OWASP, "CSV Injection"; looking
    at the first byte alone misses these). So does a formula behind a comma or a line break, where
    Excel in English begins a cell. Phone numbers stay as they are.
    """
    marked = _INSIDE.sub(_marked, text)
    bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if bare[:1] in {"=", "+", "-", "@"} and not _PHONE.match(text):
        return "'" + marked
    return marked


def _marked(gap: re.Match[str]) -> str:
    return gap[1] if _CELL_ENDS.isdisjoint(gap[1]) else f"{gap[1]}'"


class _Line:
    """A file that hands each line straight on."""

    def write(self, line: str) -> str:
        return line


_writer = csv.writer(_Line(), delimiter=";")


def csv_line(row: Sequence[str]) -> str:
    """Return one row as a line of CSV, as Excel in German reads it."""
    return str(_writer.writerow(row))


def register_column(name: str, tell: Telling) -> None:
    """Have every table of leads say under ``name`` what ``tell`` knows of leads, by their id."""
    _told[name] = tell


def lead_table(leads: QuerySet[Lead], *, actor: Actor) -> Iterator[list[str]]:
    """Yield the header and one row for each of ``leads``, in which no cell is a formula.

    Six queries, and three more for every further 2,000 leads.
    """
    columns = LeadColumns.of(leads, actor=actor)
    yield columns.header
    rows = leads.select_related("company", "owner").prefetch_related("tags", "consents")
    for some in _batches(rows.order_by("pk").iterator(chunk_size=2000), 2000):
        yield from columns.rows(some)


def _batches(leads: Iterator[Lead], size: int) -> Iterator[list[Lead]]:
    while batch := list(islice(leads, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class LeadColumns:
    """The columns of a table of leads.

    Custom fields stand under ``custom.<key>``, those that the reader may not read left out,
    consents under ``consent.<purpose>.<channel>`` where any lead has one, what other apps say of a
    lead under its name.
    """

    fields: Sequence[str]
    consents: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, leads: QuerySet[Lead], *, actor: Actor) -> "LeadColumns":
        """Return the columns that ``leads`` need and ``actor`` may read."""
        return cls(_readable_fields(actor), _consent_columns(leads))

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, actor: Actor) -> "LeadColumns":
        """Return stored columns; a field that ``actor`` may not read any more stays blank."""
        hidden = hidden_keys(actor)
        fields = [key if key not in hidden else "" for key in data["fields"]]
        return cls(fields, [(purpose, channel) for purpose, channel in data["consents"]])

    def to_json(self) -> dict[str, Any]:
        """Return the columns in the shape that ``from_json`` reads."""
        return {"fields": list(self.fields), "consents": [list(pair) for pair in self.consents]}

    @property
    def header(self) -> list[str]:
        """The names of the columns, as an import reads them again."""
        return [
            *("id", *_COLUMNS, "company", "owner", *_told, "tags"),
            *(f"{PREFIX}{key}" for key in self.fields),
            *(f"consent.{purpose}.{channel}" for purpose, channel in self.consents),
            "created_at",
        ]

    def rows(self, leads: Sequence[Lead]) -> Iterator[list[str]]:
        """Yield one row for each of ``leads``; three queries and those of other apps."""
        prefetch_related_objects(leads, "company", "owner", "tags", "consents")
        told = [tell(leads) for tell in _told.values()]
        for lead in leads:
            states = {(item.purpose, item.channel): item.state for item in lead.consents.all()}
            cells = [
                lead.public_id,
                *(getattr(lead, name) for name in _COLUMNS),
                *(lead.company, lead.owner, *(words.get(lead.pk) for words in told)),
                [tag.name for tag in lead.tags.all()],
                *(lead.custom.get(key) for key in self.fields),
                *(states.get(column) for column in self.consents),
                lead.created_at.isoformat(),
            ]
            yield [_cell(cell) for cell in cells]


def _readable_fields(actor: Actor) -> list[str]:
    hidden = hidden_keys(actor)
    return [key for key in definitions() if key not in hidden]


def _consent_columns(leads: QuerySet[Lead]) -> list[tuple[str, str]]:
    """Return purpose and channel of the consents that any of ``leads`` has, in a steady order."""
    found = set(
        Consent.objects.filter(lead__in=leads.order_by().values("pk"))
        .order_by()
        .values_list("purpose", "channel")
        .distinct()
    )
    return [
        (purpose, channel)
        for purpose in ConsentPurpose.values
        for channel in ConsentChannel.values
        if (purpose, channel) in found
    ]


def _cell(value: Any) -> str:
    """Return a value as an import reads it again; a number is one, whatever its sign."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return harmless(", ".join(map(str, value)))
    return harmless(str(value))


def _number(value: float) -> str:
    """Return a number that is read as the same one: ``1.234`` would be a thousand and more."""
    text = str(value)
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text
