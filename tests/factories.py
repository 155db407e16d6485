"""Typed makers of test data; everything goes through the real actions where there is one."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.action import writing
from accounts.actor import Actor, system_actor
from accounts.models import ApiToken, Team, User
from accounts.rights import Right, Role
from accounts.tokens import key_hash, new_key
from leads.actions.entry import enter_leads
from leads.actions.timeline import NewActivity, record
from leads.entries import LeadEntry
from leads.models import Activity, Company, FieldDefinition, Lead
from leads.stages import Channel, Stage

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
_numbers = itertools.count(1)

EVERYTHING = system_actor("tests", *Right)


def make_team(name: str = "") -> Team:
    with writing("scene"):
        return Team.objects.create(name=name or f"Team {next(_numbers)}")


def make_user(role: str = Role.SALES_REP, **overrides: Any) -> User:
    number = next(_numbers)
    values = {"email": f"person{number}@example.org", "name": f"Person {number}", **overrides}
    password = values.pop("password", None)
    with writing("scene"):
        return User.objects.create_user(password=password, role=role, **values)


def make_token(owner: User, *scopes: str, **overrides: Any) -> tuple[ApiToken, str]:
    """Return a token with ``scopes`` and its key."""
    key = new_key()
    values = {
        "name": "Test",
        "prefix": key[:12],
        "expires_at": datetime.now(UTC) + timedelta(days=30),
        **overrides,
    }
    with writing("scene"):
        token = ApiToken.objects.create(
            owner=owner, key_hash=key_hash(key), scopes=list(scopes), **values
        )
    return token, key


def make_lead(by: Actor = EVERYTHING, as_of: datetime = NOW, **overrides: Any) -> Lead:
    """Create a lead through ``enter_leads``; columns of the row can be overridden directly.

    ``company`` is a name; ``custom`` is stored as given.
    """
    number = next(_numbers)
    values: dict[str, str] = {
        "first_name": "Ada",
        "last_name": f"Muster{number}",
        "email": f"ada{number}@example.org",
    }
    entry_values = {
        key: overrides.pop(key) for key in list(overrides) if key in (*values, "phone", "country")
    }
    entry = LeadEntry(
        channel=overrides.pop("channel", Channel.WEBSITE),
        occurred_at=overrides.pop("occurred_at", as_of),
        values=values | entry_values,
        company=overrides.pop("company", ""),
        identifiers=overrides.pop("identifiers", ()),
        consents=overrides.pop("consents", ()),
        tags=overrides.pop("tags", ()),
        stage=overrides.pop("stage", Stage.LEAD),
        other_reason=overrides.pop("other_reason", ""),
    )
    (entered,) = enter_leads([entry], by=by, as_of=as_of)
    if overrides:
        with writing("scene"):
            Lead.objects.filter(pk=entered.lead_id).update(**overrides)
    return Lead.objects.get(pk=entered.lead_id)


def make_company(name: str = "", **overrides: Any) -> Company:
    name = name or f"Firma {next(_numbers)} GmbH"
    with writing("scene"):
        return Company.objects.create(name=name, name_key=name.casefold(), **overrides)


def make_field(key: str, field_type: str = "text", **overrides: Any) -> FieldDefinition:
    values = {"label_de": key.title(), "label_en": key.title(), **overrides}
    with writing("scene"):
        return FieldDefinition.objects.create(key=key, field_type=field_type, **values)


def make_activity(lead: Lead, kind: str, at: datetime = NOW, **overrides: Any) -> Activity:
    """Record one activity; ``overrides`` are fields of ``NewActivity``."""
    (activity,) = record([NewActivity(lead.pk, kind, at, **overrides)], by=EVERYTHING, as_of=at)
    return activity
