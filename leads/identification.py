"""From an entry to the person it is about, before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from ground.bulk import maker
from ground.errors import DomainError
from leads.acquisition import usual_type
from leads.customfields import clean_custom
from leads.entries import ENTRY_FIELDS, Entered, LeadEntry, Warned
from leads.models import FieldDefinition, IdentifierKind, Lead
from leads.normalise import (
    Normalised,
    clean_text,
    normalise_email,
    normalise_name,
    normalise_phone,
    normalise_postal,
)

# Identity is decided by the first of these that is known.
PRIORITY = (
    IdentifierKind.EXTERNAL,
    IdentifierKind.EMAIL,
    IdentifierKind.PHONE,
    IdentifierKind.CHAT,
    IdentifierKind.SOCIAL,
    IdentifierKind.POSTAL,
)
# The longest text that each column takes.
LIMITS = {
    field.name: field.max_length
    for field in Lead._meta.local_concrete_fields
    if field.name in ENTRY_FIELDS
}
# The columns that reach a person, and what is said about a value that cannot be read.
CONTACTS = {
    "email": _("This is not an e-mail address."),
    "phone": _("This is not a phone number."),
}
IDENTIFIER_TAKEN = _("This belongs to another lead already.")
Key = tuple[str, str]
_new_lead = maker(Lead)


def read_contact(name: str, text: str, country: str) -> Normalised:
    """Return the e-mail address or phone number in ``text``; ``name`` is one of ``CONTACTS``."""
    return normalise_email(text) if name == "email" else normalise_phone(text, region=country)


def is_readable(name: str, text: str, country: str) -> bool:
    """Say whether ``text`` is an address or a number, and no placeholder such as ``n/a``."""
    return bool(text) and read_contact(name, text, country).decides


class Person:
    """One entry on its way to its lead: cleaned values, identifiers, and what will be written."""

    def __init__(self, entry: LeadEntry, known: Mapping[str, FieldDefinition]) -> None:
        self.entry = entry
        given = entry.values
        self.values = {
            name: clean_text(str(given.get(name) or ""), limit=limit)
            for name, limit in LIMITS.items()
        }
        self.custom, errors = clean_custom(entry.custom, known)
        self.warnings = [Warned(e.code, e.message, e.field, e.details) for e in errors.values()]
        self.contacts = {
            name: read_contact(name, self.values[name], self.values["country"])
            for name in CONTACTS
            if self.values[name]
        }
        for name, contact in self.contacts.items():
            self._take(name, contact)
        self.identifiers = list(self._identifiers())
        self.keys = [(kind, found.key) for kind, found in self.identifiers]
        self.new_identifiers: list[tuple[str, Normalised]] = []
        self.changed: dict[str, tuple[Any, Any]] = {}
        self.is_new = self.is_restored = False
        self.lead: Lead
        if not self.identifiers and not self.contacts and not entry.lead_id:
            raise DomainError(
                "contact_missing",
                _("Give at least an e-mail address, a phone number, a handle or an address."),
            )

    def _take(self, name: str, contact: Normalised) -> None:
        self.values[name] = contact.value[: LIMITS[name]]
        if not contact.is_valid:
            self.warnings.append(Warned(f"{name}_invalid", CONTACTS[name], name))

    def _identifiers(self) -> Iterable[tuple[str, Normalised]]:
        found: dict[Key, Normalised] = {}
        for item in self.entry.identifiers:
            key = normalise_name(item.value)
            found[(item.kind, key)] = Normalised(item.value, key, is_valid=True)
        for name, contact in self.contacts.items():
            if contact.decides:
                found[(name, contact.key)] = contact
        # An address can house many people: it decides only when nothing else is known.
        if not found:
            postal = normalise_postal(*(self.values[n] for n in ("street", "postal_code", "city")))
            if postal:
                found[(IdentifierKind.POSTAL, postal)] = Normalised(postal, postal, is_valid=True)
        if all(kind == IdentifierKind.EXTERNAL for kind, _key in found):
            found |= self._vague_identifiers()
        by_priority = sorted(found.items(), key=lambda item: PRIORITY.index(item[0][0]))  # type: ignore[arg-type]
        return ((kind, value) for (kind, key), value in by_priority if key)

    def _vague_identifiers(self) -> dict[Key, Normalised]:
        """Return what stands in place of an address or number, each together with the name.

        Many people write ``n/a``: it decides only for somebody who cannot be reached otherwise, and
        only with the name, so that the same person in several files is one lead. No other key has
        a line break.
        """
        name = normalise_name(f"{self.values['first_name']} {self.values['last_name']}")
        return {
            (kind, key): Normalised(contact.value, key, is_valid=False, decides=False)
            for kind, contact in self.contacts.items()
            if name and contact.key
            for key in [f"{contact.key}\n{name}"[:400]]
        }

    def attach(self, owners: dict[Key, Lead], proven: Lead | None = None) -> None:
        """Take the lead that was proven, that the first known identifier belongs to, or a new one.

        ``owners`` maps every known identifier to its lead and learns the new ones, so that later
        entries about the same person find them. A number does not decide between two addresses.
        """
        known = proven or next(
            (
                owners[(kind, key)]
                for kind, key in self.keys
                if (kind, key) in owners and not self._shares(kind, owners[(kind, key)])
            ),
            None,
        )
        self.is_new = known is None
        self.lead = known or _new_lead()
        for kind, found in self.identifiers:
            holder = owners.setdefault((kind, found.key), self.lead)
            if holder is not self.lead:
                self.warnings.append(Warned("identifier_taken", IDENTIFIER_TAKEN, kind))
            elif (kind, found.key) not in self.lead.__dict__.setdefault("known_keys", set()):
                self.lead.__dict__["known_keys"].add((kind, found.key))
                self.new_identifiers.append((kind, found))

    def _shares(self, kind: str, lead: Lead) -> bool:
        """Say whether ``lead`` has the number but another address: colleagues at a switchboard.

        An address is asked before the number, so the one of this entry is not the lead's.
        """
        if kind != IdentifierKind.PHONE or not self._has(IdentifierKind.EMAIL):
            return False
        known: set[Key] = lead.__dict__.get("known_keys", set())
        return any(other == IdentifierKind.EMAIL for other, _key in known) or is_readable(
            "email", lead.email, lead.country
        )

    def _has(self, kind: str) -> bool:
        return any(known == kind for known, _key in self.keys)

    def fill(self, companies: Mapping[str, int], *, by: Actor, as_of: datetime) -> None:
        """Write the cleaned values into the lead object and note what changed."""
        if self.is_new:
            self._begin(by, as_of)
        for name, value in self._incoming(companies).items():
            old = getattr(self.lead, name)
            if not value or old == value or self._stays(name, old):
                continue
            setattr(self.lead, name, value)
            self.changed[name] = (old, value)
        if self.is_new and not self.lead.acquisition_type:
            self.lead.acquisition_type = usual_type(
                self.entry.channel, is_sales_sourced=self.entry.is_sales_sourced
            )
        self._fill_custom()
        for name, column in (("email", "is_email_valid"), ("phone", "is_phone_valid")):
            if name in self.changed:
                setattr(self.lead, column, self.contacts[name].is_valid)
        self.is_restored = self.lead.deleted_at is not None
        self.lead.deleted_at = self.lead.deleted_by_id = None
        if self.is_changed:
            self.lead.updated_at = as_of
            self.lead.version += 0 if self.is_new else 1

    def _stays(self, name: str, old: Any) -> bool:
        """Keep what is known, except that an address or number replaces what is none."""
        if not old or self.entry.overwrite:
            return False
        contact = self.contacts.get(name)
        if contact is None or not contact.decides:
            return True
        return is_readable(name, old, self.lead.country)

    def _begin(self, by: Actor, as_of: datetime) -> None:
        entry, lead = self.entry, self.lead
        lead.first_channel, lead.first_channel_at = entry.channel, entry.occurred_at
        lead.stage, lead.other_reason = entry.stage, entry.other_reason
        lead.stage_at = entry.history[-1][1] if entry.history else entry.occurred_at
        lead.owner_id, lead.team_id = entry.owner_id, entry.team_id
        lead.owner_since = as_of if entry.owner_id else None
        lead.is_sales_sourced, lead.is_sample = entry.is_sales_sourced, entry.is_sample
        lead.created_by_id = by.user_id
        lead.created_at = lead.updated_at = as_of

    def _incoming(self, companies: Mapping[str, int]) -> dict[str, Any]:
        return {
            **self.values,
            "company_id": companies.get(self.entry.company),
            "source_detail": clean_text(self.entry.source_detail, limit=200),
            # Nobody recommends themselves.
            "referrer_id": self.entry.referrer_id
            if self.entry.referrer_id != self.lead.pk
            else None,
        }

    def _fill_custom(self) -> None:
        for key, value in self.custom.items():
            old = self.lead.custom.get(key)
            if old == value or (old is not None and not self.entry.overwrite):
                continue
            self.lead.custom[key] = value
            self.changed[f"custom.{key}"] = (old, value)

    @property
    def is_changed(self) -> bool:
        """Whether the row of the lead must be written."""
        return bool(self.changed) or self.is_restored

    @staticmethod
    def written_columns() -> list[str]:
        """Return the columns of a known lead that an entry can change."""
        return [
            *ENTRY_FIELDS,
            *("is_email_valid", "is_phone_valid", "company", "source_detail", "referrer"),
            *("custom", "updated_at", "version", "deleted_at", "deleted_by"),
        ]

    def changed_json(self) -> dict[str, list[Any]]:
        """Return the changes as JSON: old and new value by column."""
        return {name: [old, new] for name, (old, new) in self.changed.items()}

    def result(self) -> Entered:
        """Return what became of the entry."""
        return Entered(self.lead.pk, self.is_new, self.changed, self.warnings)


def lock_identifiers(keys: Iterable[Key]) -> None:
    """Take the advisory locks of identifiers, in one order; always before leads are locked.

    Whoever is about to look up or add an identifier holds its lock to the end of the transaction.
    """
    names = sorted({f"{kind}:{key}" for kind, key in keys})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))"
            " FROM unnest(%s::text[]) AS name",
            [names],
        )


def identify(entries: Sequence[LeadEntry], known: Mapping[str, FieldDefinition]) -> list[Person]:
    """Return one person an entry, cleaned and with the identifiers that decide who it is.

    Raises ``DomainError`` with code ``contact_missing`` for an entry without any.
    """
    return [Person(entry, known) for entry in entries]
