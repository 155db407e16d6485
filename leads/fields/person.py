"""Who somebody is, how they are reached, and for whom they work."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conditions import columns
from conditions.halves import Halves, exists
from conditions.operators import Kind
from conditions.registry import Ask, Field, Test
from leads.fields.choices import closed
from leads.models import Company, Identifier, IdentifierKind
from leads.normalise import normalise_email, normalise_phone
from leads.stages import Channel

PERSON = _("Person")
COMPANY = _("Company")
_PARTLY = ("is", "is_not", "is_one_of", "is_none_of", "ends_with", "does_not_end_with")
_SET = ("is_set", "is_empty")


def _text(name: str, label: Promise, exact: Callable[[str], str] | None = None) -> Field:
    test = columns.text(name, exact=exact)
    return Field(name=name, label=label, group=PERSON, kind=Kind.TEXT, test=test)


def _yes_no(name: str, label: Promise, column: str) -> Field:
    test = columns.boolean(column)
    return Field(name=name, label=label, group=PERSON, kind=Kind.BOOLEAN, test=test)


def _company(name: str, label: Promise, test: Test, kind: Kind = Kind.TEXT) -> Field:
    return Field(
        name=name,
        label=label,
        group=COMPANY,
        kind=kind,
        is_whole=kind is Kind.NUMBER,
        test=columns.related(lambda: Company.objects.filter(pk=OuterRef("company_id")), test),
    )


def _identifiers(kind: IdentifierKind) -> QuerySet[Identifier]:
    return Identifier.objects.filter(lead=OuterRef("pk"), kind=kind)


def _values(ask: Ask) -> tuple[Any, ...]:
    return ask.value if isinstance(ask.value, tuple) else (ask.value,)


def _email_domain(ask: Ask) -> Halves:
    """Answer for the part behind the @ of any address of the lead."""
    rows = _identifiers(IdentifierKind.EMAIL)
    if ask.op == "is_set":
        return exists(rows)
    sign = "" if ask.op == "ends_with" else "@"
    domains = (normalise_email(f"x@{value.lstrip('@')}").key[2:] for value in _values(ask))
    ends = (Q(normalised__endswith=f"{sign}{domain}") for domain in domains)
    return exists(rows.filter(reduce(or_, ends)))


def _external_system(ask: Ask) -> Halves:
    """Answer for the system in front of an external id, ``hubspot`` in ``hubspot:151000``."""
    rows = _identifiers(IdentifierKind.EXTERNAL)
    if ask.op == "is_set":
        return exists(rows)
    starts = (Q(normalised__startswith=f"{value.casefold()}:") for value in _values(ask))
    return exists(rows.filter(reduce(or_, starts)))


def _identified_by(ask: Ask) -> Halves:
    rows = Identifier.objects.filter(lead=OuterRef("pk"))
    return columns.members(lambda: rows, "kind")(ask)


FIELDS = [
    _text("first_name", _("First name")),
    _text("last_name", _("Last name")),
    _text("salutation", _("Salutation")),
    Field(
        name="email",
        label=_("E-mail"),
        group=PERSON,
        kind=Kind.TEXT,
        hint=_("Any address of the lead."),
        test=columns.related(
            lambda: _identifiers(IdentifierKind.EMAIL),
            columns.text("normalised", exact=lambda value: normalise_email(value).key),
        ),
    ),
    Field(
        name="email_domain",
        label=_("E-mail domain"),
        group=PERSON,
        kind=Kind.TEXT,
        ops=(*_PARTLY, *_SET),
        hint=_("What stands behind the @, such as example.com."),
        test=_email_domain,
    ),
    _yes_no("email_valid", _("E-mail is valid"), "is_email_valid"),
    Field(
        name="phone",
        label=_("Phone"),
        group=PERSON,
        kind=Kind.TEXT,
        hint=_("With country code, such as +49301234."),
        test=columns.related(
            lambda: _identifiers(IdentifierKind.PHONE),
            columns.text("normalised", exact=lambda value: normalise_phone(value).key),
        ),
    ),
    _yes_no("phone_valid", _("Phone is valid"), "is_phone_valid"),
    _text("job_title", _("Job title")),
    _text("street", _("Street")),
    _text("postal_code", _("Postal code")),
    _text("city", _("City")),
    _text("country", _("Country"), exact=str.upper),
    _text("language", _("Language"), exact=str.lower),
    _text("website", _("Website")),
    Field(
        name="preferred_channel",
        label=_("Preferred channel"),
        group=PERSON,
        kind=Kind.CHOICE,
        choices=closed(Channel),
        test=columns.choice("preferred_channel", blank=True),
    ),
    Field(
        name="identified_by",
        label=_("Known by"),
        group=PERSON,
        kind=Kind.CHOICES,
        choices=closed(IdentifierKind),
        test=_identified_by,
    ),
    Field(
        name="external_system",
        label=_("External id of system"),
        group=PERSON,
        kind=Kind.TEXT,
        ops=("is", "is_not", "is_one_of", "is_none_of", *_SET),
        test=_external_system,
    ),
    _company("company_name", _("Company name"), columns.text("name")),
    _company("company_domain", _("Company domain"), columns.text("domain", exact=str.lower)),
    _company("company_industry", _("Industry"), columns.text("industry")),
    _company("company_country", _("Country of company"), columns.text("country", exact=str.upper)),
    _company(
        "company_employees",
        _("Number of employees"),
        columns.number("employees", nullable=True),
        Kind.NUMBER,
    ),
]
