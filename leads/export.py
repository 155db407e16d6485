"""Writing leads, and what people typed, into spreadsheets, so that nothing in it is run."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.actor import Actor
from leads.customfields import definitions, hidden_keys
from leads.fields.custom import PREFIX
from leads.models import Consent, ConsentChannel, ConsentPurpose, FieldDefinition, Lead

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
# What spreadsheets pass over before they look for a formula.
_INVISIBLE = re.compile(r"^[\s\u00a0\ufeff\u200b-\u200f\u2060\x00-\x1f]+")
_PHONE = re.compile(r"^\+[0-9][0-9 ()/.-]{5,24}$")


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula.

    Text that starts with ``= + - @`` gets an apostrophe in front, also where white space, a byte
    order mark, control characters or full-width signs come first (OWASP, "CSV Injection"; looking
    at the first byte alone misses these). Phone numbers stay as they are.
    """
    bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if bare[:1] in {"=", "+", "-", "@"} and not _PHONE.match(text):
        return "'" + text
    return text


def lead_table(leads: QuerySet[Lead], *, actor: Actor) -> Iterator[list[str]]:
    """Yield the header and one row for each of ``leads``, in which no cell is a formula.

    Custom fields stand under ``custom.<key>``, those that ``actor`` may not read left out, consents
    under ``consent.<purpose>.<channel>`` where any lead has one. Five queries, and two more for
    every further 2,000 leads.
    """
    own = _readable_fields(actor)
    consents = _consent_columns(leads)
    yield [
        *("id", *_COLUMNS, "company", "owner", "tags"),
        *(f"{PREFIX}{field.key}" for field in own),
        *(f"consent.{purpose}.{channel}" for purpose, channel in consents),
        "created_at",
    ]
    rows = leads.select_related("company", "owner").prefetch_related("tags", "consents")
    for lead in rows.order_by("pk").iterator(chunk_size=2000):
        states = {(item.purpose, item.channel): item.state for item in lead.consents.all()}
        cells = [
            lead.public_id,
            *(getattr(lead, name) for name in _COLUMNS),
            *(lead.company, lead.owner, [tag.name for tag in lead.tags.all()]),
            *(lead.custom.get(field.key) for field in own),
            *(states.get(column) for column in consents),
            lead.created_at.isoformat(),
        ]
        yield [_cell(cell) for cell in cells]


def _readable_fields(actor: Actor) -> list[FieldDefinition]:
    hidden = hidden_keys(actor)
    return [field for field in definitions().values() if field.key not in hidden]


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
        return str(value)
    if isinstance(value, list):
        return harmless(", ".join(map(str, value)))
    return harmless(str(value))
