"""How the columns of one file become leads: read from JSON, checked, applied row by row."""

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Self

import phonenumbers
from babel import Locale
from dateutil import parser as dates
from django.utils.translation import gettext_lazy as _

from capture.imports.columns import SPECIAL_TARGETS, exporter_of, guess_targets
from capture.imports.reader import Line, Table, text_of
from ground import days
from ground.errors import DomainError
from leads.entries import ENTRY_FIELDS, ConsentEntry, IdentifierEntry, LeadEntry
from leads.models import (
    ConsentChannel,
    ConsentPurpose,
    ConsentState,
    FieldDefinition,
    FieldType,
    IdentifierKind,
)
from leads.normalise import (
    normalise_email,
    normalise_name,
    normalise_phone,
    normalise_postal,
)
from leads.stages import RANK, Channel, OtherReason, Stage

_STAGES = {
    "abonnent": Stage.SUBSCRIBER,
    "marketing qualified lead": Stage.MQL,
    "marketingqualifiedlead": Stage.MQL,
    "sales qualified lead": Stage.SQL,
    "salesqualifiedlead": Stage.SQL,
    "kunde": Stage.CUSTOMER,
    "evangelist": Stage.PROMOTER,
    "sonstiges": Stage.OTHER,
}
_CHANNELS = {
    "organic search": Channel.ORGANIC_SEARCH,
    "paid search": Channel.PAID_SEARCH,
    "paid social": Channel.FACEBOOK,
    "organic social": Channel.FACEBOOK,
    "social media": Channel.FACEBOOK,
    "referrals": Channel.REFERRAL,
    "direct traffic": Channel.WEBSITE,
    "email marketing": Channel.EMAIL,
    "offline sources": Channel.OTHER,
    "other campaigns": Channel.OTHER,
    "fb": Channel.FACEBOOK,
    "ig": Channel.INSTAGRAM,
    "messe": Channel.TRADE_FAIR,
    "telefon": Channel.PHONE,
    "persönlich": Channel.PERSONAL,
    "papier": Channel.PAPER,
    "empfehlung": Channel.REFERRAL,
}
_STAGE_WORDS = {value: Stage(value) for value in Stage.values} | _STAGES
# What stays of anything that is written where a phone number should be.
_KEPT = re.compile(r"[0-9a-z]")
_YES = frozenset({"1", "ja", "j", "yes", "y", "true", "wahr", "x", "on"})


@dataclass(frozen=True, slots=True)
class Column:
    """What one column becomes; ``values`` translates its cells, ``system`` names foreign ids."""

    to: str
    values: MappingType[str, str] = field(default_factory=dict)
    system: str = ""
    default: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the column in the shape that a mapping file has."""
        shown = {"to": self.to, "system": self.system, "default": self.default}
        values = {"values": dict(self.values)} if self.values else {}
        return {name: value for name, value in shown.items() if value} | values


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file is read.

    ``columns`` maps names of columns to what they become, which may be several things; columns
    that are not named are left out. ``channel`` is the first channel of rows that name none.
    ``blank`` lists cells that mean "not answered". ``fields`` are custom fields to be made.
    ``consent_proof`` says where the proof of consents in the file is kept; without it they wait
    for confirmation.
    """

    columns: MappingType[str, tuple[Column, ...]]
    channel: str = Channel.SPREADSHEET
    source_detail: str = ""
    blank: frozenset[str] = frozenset()
    fields: Sequence[MappingType[str, Any]] = ()
    overwrite: bool = False
    consent_proof: str = ""

    @classmethod
    def guess(cls, table: Table, known: MappingType[str, FieldDefinition]) -> Self:
        """Return the most likely mapping of a file."""
        system = exporter_of(table.header) or "import"
        targets = guess_targets(table.header, known)
        columns = {
            name: (Column(to, system=system if to == "external" else ""),)
            for name, to in targets.items()
        }
        channel = Channel.FACEBOOK if system == "meta" else Channel.SPREADSHEET
        return cls(columns, channel=channel)

    @classmethod
    def parse(cls, data: Any, header: Sequence[str]) -> Self:
        """Read a mapping from JSON.

        Raises ``DomainError`` with code ``mapping_invalid`` that names what is wrong: a column
        that the file lacks, an unknown target, an unknown channel.
        """
        if not isinstance(data, dict) or not isinstance(data.get("columns"), dict):
            raise _wrong(_("A mapping is an object with “columns”."))
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown:
            raise _wrong(_("Unknown entry: %(name)s"), name=", ".join(sorted(map(str, unknown))))
        channel = data.get("channel", Channel.SPREADSHEET)
        if channel not in Channel.values:
            raise _wrong(_("Unknown channel: %(name)s"), name=channel)
        fields = [_check_field(item) for item in data.get("fields", [])]
        columns = {name: _columns(name, value, header) for name, value in data["columns"].items()}
        return cls(
            columns,
            channel=channel,
            source_detail=str(data.get("source_detail", "")),
            blank=frozenset(str(word) for word in data.get("blank", [])),
            fields=fields,
            overwrite=bool(data.get("overwrite", False)),
            consent_proof=str(data.get("consent_proof", "")),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the mapping in the shape that ``parse`` reads."""
        return {
            "columns": {
                name: [column.to_json() for column in columns]
                for name, columns in self.columns.items()
            },
            "channel": str(self.channel),
            "source_detail": self.source_detail,
            "blank": sorted(self.blank),
            "fields": [dict(item) for item in self.fields],
            "overwrite": self.overwrite,
            "consent_proof": self.consent_proof,
        }

    def cells_of(self, table: Table, line: Line) -> dict[str, Any]:
        """Return the filled cells of a row by column name, as JSON."""
        blank = self.blank
        return {
            name: cell if isinstance(cell, bool | int | float) else text
            for name, cell in zip(table.header, line.cells, strict=True)
            if (text := text_of(cell)) and text not in blank
        }


def _wrong(message: Any, **values: Any) -> DomainError:
    return DomainError("mapping_invalid", message % values, field="mapping")


def _check_field(item: Any) -> MappingType[str, Any]:
    if not isinstance(item, dict) or item.get("field_type") not in FieldType.values:
        raise _wrong(_("A new field needs a key, a type and labels."))
    return item


def _columns(name: str, value: Any, header: Sequence[str]) -> tuple[Column, ...]:
    if name not in header:
        raise _wrong(_("The file has no column “%(name)s”."), name=name)
    return tuple(_column(name, item) for item in (value if isinstance(value, list) else [value]))


def _column(name: str, value: Any) -> Column:
    raw = {"to": value} if isinstance(value, str) else value
    if not isinstance(raw, dict) or set(raw) - {"to", "values", "system", "default"}:
        raise _wrong(_("The entry for the column “%(name)s” is not readable."), name=name)
    target = str(raw.get("to", ""))
    if target not in (*ENTRY_FIELDS, *SPECIAL_TARGETS) and not target.startswith("custom."):
        raise _wrong(_("Unknown target: %(name)s"), name=target)
    return Column(
        target,
        {str(k).casefold(): str(v) for k, v in raw.get("values", {}).items()},
        str(raw.get("system", "")),
        str(raw.get("default", "")),
    )


class RowReader:
    """Turns the cells of rows into entries under one mapping.

    ``as_of`` is the time of rows that carry none, in UTC.
    """

    def __init__(self, mapping: Mapping, *, as_of: datetime, file_name: str = "") -> None:
        self.mapping = mapping
        self.as_of = as_of
        self.file_name = file_name
        self._channels = _channel_words()
        self._targets = [
            (name, column) for name, columns in mapping.columns.items() for column in columns
        ]

    def entry(self, cells: MappingType[str, Any]) -> LeadEntry:
        """Return what one row says about a person."""
        found: dict[str, str] = {}
        custom: dict[str, Any] = {}
        identifiers: list[IdentifierEntry] = []
        tags: list[str] = []
        for name, column in self._targets:
            text = self._text(column, cells.get(name))
            if not text or column.to == "ignore":
                continue
            if column.to.startswith("custom."):
                cell = cells.get(name)
                # A fraction stays a number: as text 1.234 would be read as a thousand and more.
                is_fraction = isinstance(cell, float) and not cell.is_integer()
                as_number = is_fraction and not column.values
                custom[column.to.removeprefix("custom.")] = cell if as_number else text
            elif column.to in {"external", "chat", "social"}:
                value = f"{column.system}:{text}" if column.system else text
                identifiers.append(IdentifierEntry(IdentifierKind(column.to), value))
            elif column.to == "tag":
                tags += [tag.strip()[:60] for tag in text.split(",") if tag.strip()]
            else:
                found.setdefault(column.to, text)
        return self._build(found, custom, identifiers, tags)

    def _text(self, column: Column, cell: Any) -> str:
        text = text_of(cell)
        if column.to == "phone" and isinstance(cell, int | float) and not isinstance(cell, bool):
            text = phone_from_number(text)
        if column.values:
            return column.values.get(text.casefold(), column.default)
        return text or column.default

    def _build(
        self,
        found: dict[str, str],
        custom: dict[str, Any],
        identifiers: list[IdentifierEntry],
        tags: list[str],
    ) -> LeadEntry:
        at = _moment(found.get("occurred_at", "")) or self.as_of
        at = min(at, self.as_of)
        stage, other_reason = _stage(found.get("stage", ""))
        values = {name: found[name] for name in ENTRY_FIELDS if name in found}
        if "full_name" in found and not values.get("last_name"):
            values["first_name"], values["last_name"] = split_name(found["full_name"])
        if "country" in values:
            values["country"] = country_code(values["country"])
        return LeadEntry(
            channel=self._channels.get(found.get("channel", "").casefold(), self.mapping.channel),
            occurred_at=at,
            values=values,
            custom=custom,
            company=found.get("company", ""),
            identifiers=identifiers,
            consents=self._consents(found),
            tags=tags,
            source_detail=found.get("source_detail", "") or self.mapping.source_detail,
            stage=stage,
            other_reason=other_reason,
            history=_history(stage, at, self.as_of),
            overwrite=self.mapping.overwrite,
        )

    def _consents(self, found: MappingType[str, str]) -> list[ConsentEntry]:
        """Without a stated proof a consent in a list is only a reason to ask (UWG §7).

        A list is old news: it says nothing about who has been asked since it was written.
        """
        proof = self.mapping.consent_proof
        return [
            ConsentEntry(
                ConsentPurpose.MARKETING,
                channel,
                ConsentState.GRANTED if proof else ConsentState.PENDING,
                {"file": self.file_name, "cell": found[target], "proof": proof},
                only_new=True,
            )
            for target, channel in (
                ("consent_email", ConsentChannel.EMAIL),
                ("consent_phone", ConsentChannel.PHONE),
            )
            if found.get(target, "").casefold() in _YES
        ]


def has_contact(entry: LeadEntry) -> bool:
    """Say whether a row names anything by which a person can be found again.

    What counts is the key that is left when it is normalised: ``-`` is no phone number.
    """
    values = entry.values
    return bool(
        normalise_email(values.get("email", "")).key
        or _has_number(values.get("phone", ""))
        or any(normalise_name(item.value) for item in entry.identifiers)
        or normalise_postal(*(values.get(name, "") for name in ("street", "postal_code", "city")))
    )


def _has_number(text: str) -> bool:
    """Say whether a number leaves a key; reading it costs 35 µs and comes later anyway."""
    return bool(_KEPT.search(text) or (text and normalise_phone(text).key))


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name: ``Last, First`` or everything but the last word first."""
    if "," in name:
        last, _comma, first = name.partition(",")
        return first.strip(), last.strip()
    first, _space, last = name.strip().rpartition(" ")
    return first, last


def phone_from_number(digits: str) -> str:
    """Return a number that a spreadsheet has robbed of its plus or its leading zero."""
    for candidate in (f"+{digits}", f"0{digits}"):
        try:
            number = phonenumbers.parse(candidate, "DE")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return candidate
    return digits


def _stage(text: str) -> tuple[Stage, str]:
    stage = _STAGE_WORDS.get(text.casefold(), Stage.LEAD)
    return stage, OtherReason.NO_INTEREST if stage == Stage.OTHER else ""


def _history(stage: Stage, at: datetime, as_of: datetime) -> list[tuple[str, datetime]]:
    """A lead that comes in further down the funnel was a lead first; when it rose is not known."""
    if RANK.get(stage, 0) > RANK[Stage.LEAD]:
        return [(Stage.LEAD, at), (stage, as_of)]
    return [(stage, at)]


def _channel_words() -> dict[str, str]:
    """Return what files call the channels: our values, their labels, the words of exporters."""
    labels = {str(label).casefold(): value for value, label in Channel.choices}
    return labels | {value: value for value in Channel.values} | _CHANNELS


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    german = text[:3].count(".") == 1
    try:
        found = dates.parse(
            text, dayfirst=german, default=datetime.combine(date(2000, 1, 1), time())
        )
    except (ValueError, OverflowError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=days.zone())
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


@cache
def _countries() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in ("en", "de", "fr", "es"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(name.casefold(), code)
                codes[code.casefold()] = code
    return codes | {"usa": "US", "uk": "GB", "england": "GB"}


def country_code(text: str) -> str:
    """Return the ISO 3166 code of a country named in English, German, French or Spanish, or ""."""
    return _countries().get(text.strip().casefold(), "")
