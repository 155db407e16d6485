"""What is known of a lead already, so that no form asks for it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.memo import memo
from capture.activities import FORM_SUBMITTED
from capture.catalogue import BUILT_IN, CUSTOM_PREFIX, MESSAGE
from capture.definition import Definition
from capture.models import Form, FormState
from capture.profiling import (
    Asked,
    Known,
    next_questions,
    profile_link,
    read_profile_link,
    what_to_ask,
)
from leads.models import Activity, Consent, ConsentState, Lead

# A consent that was answered is not asked for again; one that waits for its click may be.
_ANSWERED = (ConsentState.GRANTED, ConsentState.WITHDRAWN, ConsentState.OBJECTED)
_COLUMNS = tuple(name for name in BUILT_IN if name not in {"company", MESSAGE})


def known_of(lead: Lead, form_id: UUID) -> Known:
    """Return what is known of ``lead`` to the form; two queries.

    Fields of the lead count whoever filled them in, own questions when they were answered in this
    form, consents when they were given, withdrawn or objected to.
    """
    values: dict[str, list[str]] = {}
    for name in _COLUMNS:
        if text := str(getattr(lead, name) or ""):
            values[name] = [text]
    if lead.company_id:
        values["company"] = [str(lead.company)]
    for key, value in lead.custom.items():
        values[f"{CUSTOM_PREFIX}{key}"] = _as_sent(value)
    sent = Activity.objects.filter(
        lead=lead, kind=FORM_SUBMITTED, data__form=str(form_id), data__has_key="answers"
    )
    for data in sent.order_by("pk").values_list("data", flat=True):
        values |= {str(a["name"]): list(a.get("given") or [a["value"]]) for a in data["answers"]}
    rows = Consent.objects.filter(lead=lead, state__in=_ANSWERED)
    consents = {f"consent_{p}_{c}" for p, c in rows.values_list("purpose", "channel")}
    return Known(frozenset(values) | consents, values)


def _as_sent(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["on"] if value else []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def lead_behind(token: str, form_id: UUID, *, as_of: datetime) -> Lead | None:
    """Return the lead that a link proves to a form, None where it proves nothing (any more)."""
    proof = read_profile_link(token, form_id, as_of=as_of)
    if proof is None:
        return None
    lead = Lead.objects.alive().select_related("company").filter(public_id=proof.lead).first()
    return lead if lead is not None and proof.fits(lead) else None


def proven_leads(asked: Iterable[Asked]) -> dict[Asked, Lead]:
    """Return the lead of each proof that still holds; no query where nothing was proven."""
    items = set(asked)
    if not items:
        return {}
    rows = Lead.objects.alive().filter(public_id__in={item.proof.lead for item in items})
    leads = {lead.public_id: lead for lead in rows}
    found = ((item, leads.get(item.proof.lead)) for item in items)
    return {item: lead for item, lead in found if lead is not None and item.proof.fits(lead)}


def questions_for(lead: Lead, form_id: UUID, definition: Definition) -> frozenset[str]:
    """Return the names of what the form asks ``lead`` next."""
    return what_to_ask(definition, known_of(lead, form_id))


@dataclass(frozen=True, slots=True)
class Asker:
    """A published form that asks for more, with its definition."""

    form: Form
    definition: Definition

    @property
    def token(self) -> str:
        """The name of its placeholder in mails."""
        return f"profile_link.{code_of(self.form.public_id)}"

    @property
    def names(self) -> list[str]:
        """The fields that it asks for, by name."""
        return [spec.name for spec in self.definition.fields if spec.is_answered]

    def link(self, lead: Lead, *, as_of: datetime) -> str:
        """Return the link for ``lead``."""
        return profile_link(lead, self.form.public_id, as_of=as_of)

    def asks_next(self, known: Known) -> list[str]:
        """Return the names of the next questions."""
        return [spec.name for spec in next_questions(self.definition, known)]


def code_of(public_id: UUID) -> str:
    """Return the part of a placeholder that names a form."""
    return f"f{public_id.hex[:10]}"


def asking_forms() -> QuerySet[Form]:
    """Return the published forms that ask for something later, the oldest first."""
    rows = Form.objects.filter(
        state=FormState.PUBLISHED, published__definition__fields__contains=[{"later": True}]
    )
    return rows.select_related("published").order_by("pk")


def askers() -> list[Asker]:
    """Return what ``asking_forms`` does with the definitions; read once in each request."""
    return memo("asking forms", lambda: [as_asker(form) for form in asking_forms()])


def as_asker(form: Form) -> Asker:
    """Return a form that is published as one that asks."""
    assert form.published is not None
    return Asker(form, Definition.from_json(form.published.definition))


def asker_of(name: str, found: Sequence[Asker]) -> Asker | None:
    """Return the form behind a placeholder; ``profile_link`` alone is the oldest one."""
    if name == "profile_link":
        return found[0] if found else None
    return next((asker for asker in found if asker.token == name), None)
