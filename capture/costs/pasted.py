"""Costs from a spreadsheet: lines with a month and an amount for each kind."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from capture.costs.actions import CostCell
from capture.costs.grid import read_amount
from capture.costs.months import read_month
from capture.models import ASKED_KINDS, Campaign, CostKind

MOST_LINES = 2_000
# What heads of columns are called in German and English, and in our own export.
HEADS: Mapping[str, str] = {
    "month": "month",
    "monat": "month",
    "campaign": "campaign",
    "kampagne": "campaign",
    "code": "campaign",
    "kind": "kind",
    "type": "kind",
    "art": "kind",
    "typ": "kind",
    "amount": "amount",
    "betrag": "amount",
    "ads": CostKind.MEDIA,
    "anzeigen": CostKind.MEDIA,
    "content": CostKind.CREATION,
    "inhalt": CostKind.CREATION,
    "inhalte": CostKind.CREATION,
    "tools": CostKind.TOOLS,
    "werkzeuge": CostKind.TOOLS,
    "software": CostKind.TOOLS,
    "people": CostKind.STAFF,
    "staff": CostKind.STAFF,
    "personal": CostKind.STAFF,
    "other": CostKind.OTHER,
    "sonstiges": CostKind.OTHER,
}
KINDS = {head: kind for head, kind in HEADS.items() if kind in CostKind.values}
WITHOUT_HEAD = ("month", *ASKED_KINDS, CostKind.OTHER)


@dataclass(frozen=True, slots=True)
class Pasted:
    """The cells that a text holds, and what is wrong with it line by line."""

    cells: list[CostCell]
    errors: list[str]


def read_pasted(text: str, *, campaign: Campaign | None) -> Pasted:
    """Read lines of a spreadsheet, copied or as CSV with tabs, semicolons or commas.

    A head may name the columns: month, campaign (name or code), ads, content, tools, people, other;
    or month, campaign, kind, amount. Without one they are the month and the five kinds in this
    order. Lines without campaign are about ``campaign``, or about all where it is None. An empty
    cell changes nothing.
    """
    lines: Sequence[list[str]] = [row for row in _split(text) if any(cell.strip() for cell in row)]
    if not lines:
        return Pasted([], [_("There is nothing in it.")])
    if len(lines) > MOST_LINES:
        return Pasted([], [_("These are too many lines at once; send them in parts.")])
    columns, lines, first = _columns(lines)
    if "month" not in columns:
        return Pasted([], [_("No column is called “month”.")])
    campaigns = _campaigns() if "campaign" in columns else {}
    cells: dict[tuple[int | None, date, str], CostCell] = {}
    errors = []
    for number, line in enumerate(lines, first):
        try:
            for cell in _cells(dict(zip(columns, line, strict=False)), campaign, campaigns):
                if cell.key in cells:
                    raise ValidationError(_("%(cell)s stands in it twice.") % {"cell": cell.name})
                cells[cell.key] = cell
        except ValidationError as error:
            told = {"number": number, "problem": error.messages[0]}
            errors.append(_("Line %(number)s: %(problem)s") % told)
    return Pasted(list(cells.values()), errors)


def _split(text: str) -> Sequence[list[str]]:
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    sign = next((sign for sign in "\t;" if sign in head), ",")
    return list(csv.reader(io.StringIO(text), delimiter=sign))


def _columns(lines: Sequence[list[str]]) -> tuple[list[str], Sequence[list[str]], int]:
    head = [cell.strip().casefold() for cell in lines[0]]
    if read_month(lines[0][0]) is not None:
        return list(WITHOUT_HEAD), lines, 1
    return [str(HEADS.get(name, "")) for name in head], lines[1:], 2


def _campaigns() -> dict[str, Campaign]:
    rows = list(Campaign.objects.all())
    named = {row.name.casefold(): row for row in rows}
    return named | {row.code.casefold(): row for row in rows}


def _cells(
    line: Mapping[str, str], campaign: Campaign | None, campaigns: Mapping[str, Campaign]
) -> list[CostCell]:
    text = line.get("month", "").strip()
    month = read_month(text)
    if month is None:
        raise ValidationError(_("“%(text)s” is no month such as 2026-10.") % {"text": text})
    name = line.get("campaign", "").strip()
    if name:
        campaign = campaigns.get(name.casefold())
        if campaign is None:
            raise ValidationError(_("There is no campaign “%(name)s”.") % {"name": name})
    key = campaign.pk if campaign else None
    return [CostCell(key, month, kind, amount) for kind, amount in _amounts(line)]


def _amounts(line: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    if "amount" in line:
        kind = line.get("kind", "").strip().casefold()
        if kind not in KINDS and kind not in CostKind.values:
            raise ValidationError(_("“%(kind)s” is no kind of cost.") % {"kind": kind})
        written = {KINDS.get(kind, kind): line["amount"]}
    else:
        written = {kind: line.get(kind, "") for kind in CostKind.values}
    read = [(str(kind), read_amount(text)) for kind, text in written.items()]
    return [(kind, amount) for kind, amount in read if amount is not None]
