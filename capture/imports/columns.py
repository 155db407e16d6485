"""What a column of a file can become, and what its name usually means."""

import re
from collections.abc import Mapping, Sequence

from leads.models import FieldDefinition

# What a column can become beside the fields of a lead and the custom fields.
SPECIAL_TARGETS = (
    "full_name",
    "company",
    "external",
    "chat",
    "social",
    "tag",
    "stage",
    "channel",
    "source_detail",
    "occurred_at",
    "note",
    "consent_email",
    "consent_phone",
    "ignore",
)

# Words of column names, compared without case, accents of spelling and signs.
ALIASES: dict[str, tuple[str, ...]] = {
    "salutation": ("anrede", "salutation", "title"),
    "first_name": ("vorname", "first name", "firstname", "given name", "rufname"),
    "last_name": ("nachname", "last name", "lastname", "surname", "family name", "familienname"),
    "full_name": ("name", "full name", "fullname", "kontakt", "ansprechpartner", "contact name"),
    "email": (
        "e mail",
        "email",
        "mail",
        "e mail adresse",
        "email address",
        "emailadresse",
        "mailadresse",
        "e mail address",
        "work email",
    ),
    "phone": (
        "telefon",
        "phone",
        "phone number",
        "telefonnummer",
        "tel",
        "mobil",
        "mobile",
        "mobile phone",
        "handy",
        "mobilnummer",
        "rufnummer",
    ),
    "company": (
        "firma",
        "company",
        "company name",
        "unternehmen",
        "organisation",
        "organization",
        "firmenname",
        "account name",
        "arbeitgeber",
    ),
    "job_title": ("position", "job title", "jobtitle", "funktion", "berufsbezeichnung", "rolle"),
    "street": ("strasse", "straße", "street", "street address", "adresse", "address"),
    "postal_code": ("plz", "postleitzahl", "postal code", "zip", "zip code", "postcode"),
    "city": ("ort", "stadt", "city", "town", "wohnort"),
    "country": ("land", "country", "country region", "country code", "staat"),
    "language": ("sprache", "language", "preferred language"),
    "website": ("website", "webseite", "homepage", "url", "website url"),
    "source_detail": (
        "original source",
        "quelle",
        "source",
        "lead source",
        "herkunft",
        "campaign name",
        "kampagne",
    ),
    "occurred_at": (
        "create date",
        "created time",
        "created at",
        "created",
        "erstellt am",
        "erstellt",
        "datum",
        "gespraechsdatum",
        "gesprächsdatum",
        "date",
    ),
    "stage": ("lifecycle stage", "lebenszyklusphase", "stufe", "phase"),
    "note": ("bemerkung", "bemerkungen", "notiz", "notizen", "note", "notes", "kommentar"),
    "consent_email": (
        "werbeeinwilligung",
        "werbeeinwilligung ja nein",
        "einwilligung",
        "opt in",
        "newsletter",
        "marketing consent",
        "email opt in",
    ),
    "channel": ("kanal", "channel", "platform"),
    "tag": ("tag", "tags", "schlagwort", "schlagworte", "label"),
}

# The names of one exporter's columns that say where a row comes from.
EXPORTERS: dict[str, dict[str, str]] = {
    "hubspot": {"Record ID": "external", "Lifecycle Stage": "stage", "Original Source": "channel"},
    "meta": {"id": "external", "created_time": "occurred_at", "platform": "channel"},
}
_SIGNATURES: dict[str, frozenset[str]] = {
    "hubspot": frozenset({"Record ID", "Lifecycle Stage", "Email"}),
    "meta": frozenset({"id", "created_time", "form_id", "platform"}),
}


def column_key(name: str) -> str:
    """Return the words of a column name, without case and signs."""
    return re.sub(r"[^a-z0-9äöüß]+", " ", name.casefold()).strip()


def exporter_of(header: Sequence[str]) -> str:
    """Return which system wrote a file with this header, or ""."""
    names = set(header)
    return next((name for name, signs in _SIGNATURES.items() if signs <= names), "")


def guess_targets(header: Sequence[str], known: Mapping[str, FieldDefinition]) -> dict[str, str]:
    """Return the most likely target of each column; ``ignore`` where nothing is known.

    Each target but tags is given once, to the first column that fits. Custom fields are found by
    key and by both labels.
    """
    words = {alias: target for target, names in ALIASES.items() for alias in names}
    for key, definition in known.items():
        for name in (key, definition.label_de, definition.label_en):
            words.setdefault(column_key(name), f"custom.{key}")
    special = EXPORTERS.get(exporter_of(header), {})
    targets: dict[str, str] = {}
    taken = set(special.values())
    for name in header:
        target = special.get(name) or words.get(column_key(name), "ignore")
        if target in taken and name not in special and target != "tag":
            target = "ignore"
        taken.add(target)
        targets[name] = target
    return targets
