"""What the verdict on a mail rests on, as one value that is another when any of it changes.

Mails are judged many at a time, a moment before the turn of each comes. Whoever hands one over
compares this value again, in the statement that says so, and sends nothing on an old verdict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from nurturing.addresses import address_hash

# The rows as they are, by the transaction that wrote them: whatever changed counts.
STATE = """ROW(
    (SELECT xmin FROM accounts_organisation),
    (SELECT xmin FROM leads_lead WHERE id = about.lead_id),
    (SELECT xmin FROM nurturing_enrolment WHERE id = about.enrolment_id),
    (SELECT xmin FROM nurturing_sequence WHERE id = about.sequence_id),
    (SELECT string_agg(id || ':' || xmin, ',' ORDER BY id) FROM leads_consent
        WHERE lead_id = about.lead_id AND channel = 'email'),
    (SELECT string_agg(id::text, ',' ORDER BY id) FROM nurturing_suppression
        WHERE address_hash = about.address_hash AND lifted_at IS NULL)
)::text"""
_TYPES = {
    "message_id": "bigint",
    "lead_id": "bigint",
    "enrolment_id": "bigint",
    "sequence_id": "bigint",
    "address_hash": "text",
}
# One row to be put in front of ``STATE``; its parameters are ``About.row``.
ABOUT = ", ".join(f"%s::{kind} AS {name}" for name, kind in _TYPES.items())


@dataclass(frozen=True, slots=True)
class About:
    """Which rows decide on one mail; none of this changes but the address, with its lead."""

    message_id: int
    lead_id: int | None
    enrolment_id: int | None
    sequence_id: int | None
    address: str

    @property
    def row(self) -> Sequence[Any]:
        """The columns of ``ABOUT``."""
        hashed = address_hash(self.address) if self.address else ""
        return (self.message_id, self.lead_id, self.enrolment_id, self.sequence_id, hashed)


@dataclass(frozen=True, slots=True)
class Grounds:
    """The grounds of one verdict: the columns of ``ABOUT``, and what ``STATE`` said then."""

    row: Sequence[Any]
    state: str


def grounds_of(mails: Iterable[About]) -> Mapping[int, Grounds]:
    """Return the grounds of each mail by its message, in one query.

    To be read before the facts themselves: what changes in between is noticed later.
    """
    rows = {mail.message_id: mail.row for mail in mails}
    arrays = ", ".join(f"%s::{kind}[]" for kind in _TYPES.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT message_id, {STATE} FROM unnest({arrays}) AS about({', '.join(_TYPES)})",  # noqa: S608
            [list(column) for column in zip(*rows.values(), strict=True)] if rows else [[]] * 5,
        )
        return {key: Grounds(rows[key], state) for key, state in cursor.fetchall()}
