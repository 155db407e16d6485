"""How complete a profile is: one definition in SQL, which list, page, API and conditions share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    Expression,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.memo import forget, memo
from ground import days
from leads.customfields import all_fields, definitions
from leads.models import FieldType, Lead, ProfileSettings

CUSTOM = "custom."
_ISO_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
MAX_WEIGHT = 100
# The columns of a lead that a profile may be made of; those that decide nothing are left out.
COLUMNS: dict[str, str | Promise] = {
    "email": _("E-mail"),
    "phone": _("Phone"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "salutation": _("Salutation"),
    "company": _("Company"),
    "job_title": _("Job title"),
    "street": _("Street"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "website": _("Website"),
    "language": _("Language"),
}
# What somebody must be known by to be called, and what says whether they fit.
USUAL = {
    "email": 20,
    "phone": 15,
    "last_name": 10,
    "first_name": 5,
    "company": 15,
    "job_title": 10,
    "city": 5,
    "country": 5,
    "custom.company_size": 10,
    "custom.interests": 10,
    "custom.planned_purchase": 10,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """The fields that count, by weight; and when a planned purchase is too far away."""

    weights: Mapping[str, int] = field(default_factory=dict)
    purchase_field: str = ""
    early_days: int = 0

    def early_after(self, as_of: datetime) -> date:
        """Return the last day of a planned purchase that is not too early at ``as_of``."""
        return days.day_of(as_of) + timedelta(days=self.early_days)

    @property
    def guards(self) -> bool:
        """Whether a planned purchase keeps leads from sales at all."""
        return bool(self.purchase_field and self.early_days)


def stored_profile() -> ProfileSettings:
    """Return the stored row, or one with the defaults; read once in each request."""
    return memo(
        "profile", lambda: ProfileSettings.objects.filter(pk=1).first() or ProfileSettings()
    )


def forget_profile() -> None:
    """Read the settings anew at their next use; whoever changes them calls this."""
    forget("profile")


def current_profile() -> Profile:
    """Return what counts now.

    SECURITY: sensitive fields are left out, so that no number tells whether they are filled in.
    """
    row = stored_profile()
    usable = {f"{CUSTOM}{item.key}" for item in definitions().values() if not item.is_sensitive}
    weights = row.weights or USUAL
    kept = {name: weight for name, weight in weights.items() if name in COLUMNS or name in usable}
    days_only = {item.key for item in all_fields() if item.field_type == FieldType.DATE}
    key = row.purchase_field if row.purchase_field in days_only else ""
    return Profile(kept, key, row.early_days)


def fields_of_profile() -> dict[str, str | Promise]:
    """Return every field that a profile can be made of, with its label."""
    own = {
        f"{CUSTOM}{item.key}": item.label
        for item in definitions().values()
        if not item.is_sensitive
    }
    return {**COLUMNS, **own}


def known_q(name: str) -> Q:
    """Return the condition for the leads of which a field of the profile is known."""
    if name.startswith(CUSTOM):
        return Q(custom__has_key=name.removeprefix(CUSTOM))
    if name == "company":
        return Q(company_id__isnull=False)
    return ~Q(**{name: ""})


def completeness(profile: Profile | None = None) -> Expression:
    """Return the completeness of a lead in whole percent, rounded down: 100 only when whole."""
    weights = (profile or current_profile()).weights
    total = sum(weights.values())
    if not total:
        return Value(100, output_field=IntegerField())
    found: Expression = Value(0, output_field=IntegerField())
    for name, weight in weights.items():
        found = found + Case(
            When(known_q(name), then=Value(weight)), default=Value(0), output_field=IntegerField()
        )
    return found * Value(100) / Value(total)


def missing(profile: Profile | None = None) -> Expression:
    """Return the names of the fields that are missing, in the order of the profile."""
    names = [
        Case(When(known_q(name), then=Value(None)), default=Value(name), output_field=TextField())
        for name in (profile or current_profile()).weights
    ]
    return Func(
        *names,
        template="array_remove(ARRAY[%(expressions)s]::text[], NULL)",
        output_field=ArrayField(TextField()),
    )


def with_completeness(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Return ``leads`` with their ``completeness`` in percent."""
    return leads.annotate(completeness=completeness())


def profile_rows(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Return ``leads`` with ``completeness`` and the names that are ``missing``."""
    profile = current_profile()
    shown = leads.annotate(completeness=completeness(profile))
    return shown.annotate(missing=missing(profile) if profile.weights else Value([]))


def profile_of(lead: Lead) -> tuple[int, list[str]]:
    """Return what ``profile_rows`` found out about a lead: percent, and what is missing."""
    told = lead.__dict__
    return told["completeness"], told["missing"]


def too_early(profile: Profile, *, as_of: datetime) -> Q:
    """Return the condition for the leads whose planned purchase is too far away for sales.

    To be asked where ``profile.guards``. Days are kept as ISO text, which sorts like the day; what
    is no day keeps nobody waiting.
    """
    path = f"custom__{profile.purchase_field}"
    after = profile.early_after(as_of).isoformat()
    return Q(**{f"{path}__gt": after, f"{path}__regex": _ISO_DAY.pattern})


def is_too_early(lead: Lead, *, as_of: datetime) -> date | None:
    """Return the day from which on sales may have ``lead``; None where it may have it now."""
    profile = current_profile()
    planned = lead.custom.get(profile.purchase_field) if profile.guards else None
    if not isinstance(planned, str) or not _ISO_DAY.match(planned):
        return None
    if planned <= profile.early_after(as_of).isoformat():
        return None
    return date.fromisoformat(planned) - timedelta(days=profile.early_days)
