"""Asking one lead for what is not known yet, on a link that proves who it is.

The link is signed for one lead and one form and ends after ``LIFE``; when the e-mail address of the
lead has changed since, it proves nothing. The form behind it carries a second proof of what it
asks, so that the answer is read the same way at the door, later, and while the database is away.
Nothing of this needs a database.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

from capture.catalogue import MESSAGE
from capture.definition import Definition, FieldSpec
from capture.questions import FILE, HIDDEN
from leads.models import Lead

LIFE = timedelta(days=60)
# So long a page with questions may stay open.
OPEN_FOR = timedelta(days=7)
# The field of a submission that says what was asked of whom.
PROFILE = "profile"
_LINK, _ASKED = "capture.profile.link", "capture.profile.asked"
# SECURITY: whoever holds a forwarded link must not become the address of somebody else's lead.
NEVER_ASKED = frozenset({"email", MESSAGE})


@dataclass(frozen=True, slots=True)
class Proof:
    """Who is meant: the public id of a lead, and a mark of the address that it had then."""

    lead: UUID
    mark: str

    def fits(self, lead: Lead) -> bool:
        """Say whether ``lead`` is still the one that the link was given to."""
        return lead.public_id == self.lead and _mark(lead) == self.mark


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked, of whom: the names of fields and consents."""

    proof: Proof
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a lead: names of fields and consents, and given values of choices."""

    names: Collection[str] = frozenset()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _mark(lead: Lead) -> str:
    told = f"{lead.public_id}|{lead.email.casefold()}"
    return salted_hmac("capture.profile", told, algorithm="sha256").hexdigest()[:16]


def proof_for(lead: Lead) -> Proof:
    """Return the proof for ``lead`` as it is now."""
    return Proof(lead.public_id, _mark(lead))


def profile_link(lead: Lead, form_id: UUID, *, as_of: datetime) -> str:
    """Return the absolute address under which ``lead`` is asked for more by a form."""
    proof = proof_for(lead)
    value = [proof.lead.hex, proof.mark, form_id.hex, int(as_of.timestamp())]
    token = signing.dumps(value, salt=_LINK, compress=False)
    return f"{settings.BASE_URL}{reverse('profile_form', args=[form_id, token])}"


def read_profile_link(token: str, form_id: UUID, *, as_of: datetime) -> Proof | None:
    """Return whom ``token`` proves to this form; None for one that is foreign, changed or old."""
    value = _signed(token, _LINK, form_id, as_of, LIFE, 4)
    return _proof(value) if value else None


def asked_token(asked: Asked, form_id: UUID, *, as_of: datetime) -> str:
    """Return the proof of what a page asks, which its form sends along."""
    proof = asked.proof
    names = sorted(asked.names)
    value = [proof.lead.hex, proof.mark, form_id.hex, int(as_of.timestamp()), names]
    return signing.dumps(value, salt=_ASKED, compress=True)


def read_asked(token: str, form_id: UUID, *, as_of: datetime) -> Asked | None:
    """Return what ``token`` says was asked; None for one that is foreign, changed or old."""
    value = _signed(token, _ASKED, form_id, as_of, OPEN_FOR, 5) if token else None
    proof = _proof(value) if value else None
    return Asked(proof, frozenset(map(str, value[4]))) if value and proof else None


def _signed(
    token: str, salt: str, form_id: UUID, as_of: datetime, life: timedelta, length: int
) -> list[Any] | None:
    try:
        value = signing.loads(token, salt=salt)
    except (signing.BadSignature, ValueError):
        return None
    if not isinstance(value, list) or len(value) != length or value[2] != form_id.hex:
        return None
    age = as_of.timestamp() - value[3]
    # A second of grace: the clocks of two processes.
    return value if -1 <= age <= life.total_seconds() else None


def _proof(value: list[Any]) -> Proof | None:
    try:
        return Proof(UUID(hex=value[0]), str(value[1]))
    except (ValueError, TypeError, AttributeError):
        return None


def next_questions(definition: Definition, known: Known) -> list[FieldSpec]:
    """Return what to ask next: the first fields of the form that are not known.

    A field that depends on an answer is asked with it, or where the answer that is known calls for
    it. Files, hidden values and the e-mail address are never asked for.
    """
    left: list[FieldSpec] = []
    for spec in definition.fields:
        if len(left) == definition.at_once:
            break
        may = spec.is_answered and spec.kind not in {HIDDEN, FILE} and spec.name not in NEVER_ASKED
        if may and spec.name not in known.names and _is_called_for(spec, left, known):
            left.append(spec)
    return left


def _is_called_for(spec: FieldSpec, left: Sequence[FieldSpec], known: Known) -> bool:
    condition = spec.show_if
    if condition is None or condition.field in {item.name for item in left}:
        return True
    given = known.values.get(condition.field, ())
    if condition.values:
        return any(value in condition.values for value in given)
    return bool(given)


def what_to_ask(definition: Definition, known: Known) -> frozenset[str]:
    """Return the names of what a page asks: the next questions, else the message alone.

    With the questions go the consents that were not answered yet. Empty where nothing is left.
    """
    names = {spec.name for spec in next_questions(definition, known)}
    if not names:
        return frozenset({MESSAGE} & set(definition.field_names))
    consents = {item.name for item in definition.consents if item.name not in known.names}
    return frozenset(names | consents)
