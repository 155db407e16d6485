"""Changing what is known about leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import ConflictError, DomainError
from leads.actions.companies import company_ids
from leads.actions.consent import lapse_consents
from leads.actions.information import follow_answers
from leads.actions.lifecycle import lock_leads
from leads.actions.timeline import NewActivity, record
from leads.activities import (
    LEAD_DELETED,
    LEAD_PAUSED,
    LEAD_RESTORED,
    LEAD_TAGGED,
    LEAD_UPDATED,
)
from leads.customfields import clean_value, definitions
from leads.entries import ENTRY_FIELDS
from leads.identification import CONTACTS, LIMITS, lock_identifiers, read_contact
from leads.information import stored_information
from leads.models import Identifier, IdentifierKind, Lead, Tag
from leads.normalise import Normalised, clean_text

EDITABLE = (*ENTRY_FIELDS, "company", "source_detail")
_VALIDITY = {"email": "is_email_valid", "phone": "is_phone_valid"}


@action
def edit_lead(
    lead_id: int,
    changes: Mapping[str, Any],
    *,
    by: Actor,
    as_of: datetime,
    version: int | None = None,
) -> dict[str, list[Any]]:
    """Set fields of one lead; names are those of ``EDITABLE`` and ``custom.<key>``.

    An address or number gets its identifier; the old one stays as another way to find the lead. A
    placeholder such as ``n/a`` is kept without one. Consents to e-mail do not pass to another
    address. Returns old and new value by field; nothing is
    written when nothing differs. Raises ``ConflictError`` (``edited_meanwhile``, with the present
    values in ``details``) when ``version`` is not the present one, ``DomainError`` for a value that
    does not fit and (``identifier_taken``) for an address of another lead.
    """
    by.require(Right.LEADS_EDIT)
    contacts = _read_contacts(lead_id, changes)
    lock_identifiers((name, found.key) for name, found in contacts.items() if found.decides)
    lead = lock_leads([lead_id]).select_related(None).first()
    if lead is None or not Lead.objects.visible_to(by).filter(pk=lead_id).exists():
        raise DomainError("lead_missing", _("This lead is not there any more."))
    if version is not None and version != lead.version:
        present = {name: _shown(lead, name) for name in changes}
        raise ConflictError(
            "edited_meanwhile",
            _("Somebody else changed this lead in the meantime."),
            details={"present": present, "version": lead.version},
        )
    changed = _apply(lead, changes, contacts, as_of)
    if not changed:
        return {}
    lead.updated_at = as_of
    lead.version += 1
    lead.save(update_fields=[*_columns(changed), "updated_at", "version"])
    record([NewActivity(lead.pk, LEAD_UPDATED, as_of, {"changes": changed})], by=by, as_of=as_of)
    if any(isinstance(value, bool) for pair in changed.values() for value in pair):
        key = f"custom.{stored_information().field}"
        answers = {lead.pk: changed[key][1]} if key in changed else {}
        follow_answers(answers, at={}, by=by, as_of=as_of)
    if "email" in changed:
        old, new = changed["email"]
        lapse_consents({lead.pk: (old, new)}, by=by, as_of=as_of)
    return changed


def _read_contacts(lead_id: int, changes: Mapping[str, Any]) -> dict[str, Normalised]:
    """Return the new address and number, which are read before the lead is locked.

    A number belongs to the country that the lead has after the edit.
    """
    texts = {name: _text(changes[name], limit=320) for name in CONTACTS if changes.get(name)}
    if not any(texts.values()):
        return {}
    country = Lead.objects.filter(pk=lead_id).values_list("country", flat=True).first() or ""
    if "country" in changes:
        country = _text(changes["country"], limit=LIMITS["country"])
    return {name: read_contact(name, text, country) for name, text in texts.items() if text}


def _text(raw: Any, *, limit: int | None) -> str:
    return clean_text(str(raw or ""), limit=limit)


def _shown(lead: Lead, name: str) -> Any:
    if name.startswith("custom."):
        return lead.custom.get(name.removeprefix("custom."))
    return str(lead.company or "") if name == "company" else getattr(lead, name)


def _apply(
    lead: Lead,
    changes: Mapping[str, Any],
    contacts: Mapping[str, Normalised],
    as_of: datetime,
) -> dict[str, list[Any]]:
    known = definitions()
    changed: dict[str, list[Any]] = {}
    for name, raw in changes.items():
        old = _shown(lead, name) if name in EDITABLE or name.startswith("custom.") else None
        if name.startswith("custom."):
            new = _set_custom(lead, name.removeprefix("custom."), raw, known)
        elif name in _VALIDITY:
            new = _set_contact(lead, name, contacts.get(name), as_of)
        elif name == "company":
            new = _set_company(lead, str(raw or ""))
        elif name == "source_detail":
            new = lead.source_detail = _text(raw, limit=200)
        elif name in EDITABLE:
            new = _text(raw, limit=LIMITS[name])
            setattr(lead, name, new)
        else:
            raise DomainError("field_unknown", _("This field cannot be changed."), field=name)
        if new != old:
            changed[name] = [old, new]
    return changed


def _set_custom(lead: Lead, key: str, raw: Any, known: Mapping[str, Any]) -> Any:
    if key not in known:
        raise DomainError("field_unknown", _("This field cannot be changed."), field=key)
    if raw in ("", None, []):
        lead.custom.pop(key, None)
        return None
    lead.custom[key] = clean_value(known[key], raw)
    return lead.custom[key]


def _set_company(lead: Lead, name: str) -> str:
    lead.company_id = company_ids([name]).get(name)
    lead._state.fields_cache.pop("company", None)
    return str(lead.company or "")


def _set_contact(lead: Lead, name: str, found: Normalised | None, as_of: datetime) -> str:
    """Set address or number and make sure that the lead is found by it, and nobody else is."""
    if found is not None and found.decides:
        _claim_identifier(lead, IdentifierKind(name), found, as_of)
    text = found.value if found is not None else ""
    setattr(lead, name, text)
    setattr(lead, _VALIDITY[name], found is None or found.is_valid)
    return text


def _claim_identifier(lead: Lead, kind: IdentifierKind, found: Normalised, as_of: datetime) -> None:
    row, is_new = Identifier.objects.get_or_create(
        kind=kind,
        normalised=found.key,
        defaults={
            "lead": lead,
            "value": found.value[:400],
            "is_valid": found.is_valid,
            "created_at": as_of,
        },
    )
    if not is_new and row.lead_id != lead.pk:
        raise DomainError("identifier_taken", _("Another lead has this already."), field=kind.value)


def _columns(changed: Mapping[str, Any]) -> set[str]:
    columns = {"custom" if name.startswith("custom.") else name for name in changed}
    return columns | {_VALIDITY[name] for name in changed if name in _VALIDITY}


def _seen(lead_ids: Sequence[int], by: Actor) -> list[Lead]:
    seen = Lead.objects.visible_to(by).filter(pk__in=lead_ids).values_list("pk", flat=True)
    return list(lock_leads(list(seen)))


@action
def tag_leads(
    lead_ids: Sequence[int],
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    by: Actor,
    as_of: datetime,
) -> int:
    """Add and remove tags, made where they are new; returns how many leads the actor could see."""
    by.require(Right.LEADS_EDIT)
    leads = _seen(lead_ids, by)
    names = sorted({clean_text(name, limit=60) for name in add} - {""})
    Tag.objects.bulk_create((Tag(name=name) for name in names), ignore_conflicts=True)
    tags = Tag.objects.in_bulk([*names, *remove], field_name="name")
    through = Lead.tags.through
    links = through.objects.filter(lead__in=leads, tag__in=tags.values())
    before = set(links.values_list("lead_id", "tag__name"))
    links.filter(tag__name__in=remove).delete()
    through.objects.bulk_create(
        (through(lead_id=lead.pk, tag_id=tags[name].pk) for lead in leads for name in names),
        ignore_conflicts=True,
    )
    events = []
    for lead in leads:
        added = [name for name in names if (lead.pk, name) not in before]
        removed = [name for name in remove if (lead.pk, name) in before]
        if added or removed:
            data = {"added": added, "removed": removed}
            events.append(NewActivity(lead.pk, LEAD_TAGGED, as_of, data))
    record(events, by=by, as_of=as_of)
    return len(leads)


@action
def pause_leads(
    lead_ids: Sequence[int], *, until: datetime | None, by: Actor, as_of: datetime
) -> int:
    """Leave leads in peace until a moment, or end that with None; returns how many changed."""
    by.require(Right.LEADS_EDIT, Right.CONSENT_WITHDRAW)
    leads = [lead for lead in _seen(lead_ids, by) if lead.paused_until != until]
    Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
        paused_until=until, updated_at=as_of
    )
    data = {"until": until.isoformat() if until else None}
    record([NewActivity(x.pk, LEAD_PAUSED, as_of, data) for x in leads], by=by, as_of=as_of)
    return len(leads)


@action
def delete_leads(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Move leads to the bin, where they stay for 30 days; returns how many."""
    by.require(Right.LEADS_DELETE)
    leads = _seen(lead_ids, by)
    record([NewActivity(lead.pk, LEAD_DELETED, as_of) for lead in leads], by=by, as_of=as_of)
    return Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
        deleted_at=as_of, deleted_by_id=by.user_id
    )


@action
def restore_leads(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> int:
    """Take leads out of the bin; returns how many were in it."""
    by.require(Right.LEADS_DELETE)
    binned = Lead.objects.filter(pk__in=lead_ids, deleted_at__isnull=False)
    ids = list(binned.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    Lead.objects.filter(pk__in=ids).update(deleted_at=None, deleted_by=None)
    record([NewActivity(pk, LEAD_RESTORED, as_of) for pk in ids], by=by, as_of=as_of)
    return len(ids)
