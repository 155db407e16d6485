"""What belongs to a complete profile, and the fields that most organisations ask for."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.actions.fields import save_field
from leads.customfields import all_fields
from leads.models import FieldDefinition, FieldType, ProfileSettings
from leads.profile import MAX_WEIGHT, fields_of_profile, forget_profile

MAX_DAYS = 3650
_SIZES = (
    ("1-9", "1–9"),
    ("10-49", "10–49"),
    ("50-249", "50–249"),
    ("250+", "250+"),
)
# Key, type, label in German and in English, choices as value, German, English.
USUAL_FIELDS = (
    (
        "company_size",
        FieldType.CHOICE,
        "Unternehmensgröße",
        "Company size",
        tuple((value, shown, shown) for value, shown in _SIZES),
    ),
    (
        "interests",
        FieldType.MULTI_CHOICE,
        "Interessenschwerpunkte",
        "Topics of interest",
        (
            ("product", "Produkte", "Products"),
            ("price", "Preise", "Prices"),
            ("advice", "Beratung", "Advice"),
            ("service", "Service", "Service"),
        ),
    ),
    ("planned_purchase", FieldType.DATE, "Geplanter Kauf", "Planned purchase", ()),
    (
        "only_information",
        FieldType.BOOLEAN,
        "Ich möchte mich vorerst nur informieren",
        "I only want to gather information for now",
        (),
    ),
)


@action
def change_profile(
    weights: Mapping[str, int],
    *,
    purchase_field: str,
    early_days: int,
    by: Actor,
    as_of: datetime,
) -> ProfileSettings:
    """Say what belongs to a profile; a weight of 0 leaves a field out, none at all the usual ones.

    Raises ``DomainError`` (``field_unknown`` also for a sensitive field, ``weight_wrong``,
    ``days_wrong``, ``not_a_date``).
    """
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    known = fields_of_profile()
    for name, weight in weights.items():
        if name not in known:
            raise DomainError("field_unknown", _("This field cannot be part of a profile."), name)
        if not 0 <= weight <= MAX_WEIGHT:
            raise DomainError("weight_wrong", _("Choose a weight between 0 and 100."), name)
    if not 0 <= early_days <= MAX_DAYS:
        raise DomainError("days_wrong", _("Choose between 0 and 3,650 days."), "early_days")
    dates = {item.key for item in all_fields() if item.field_type == FieldType.DATE}
    if purchase_field and purchase_field not in dates:
        raise DomainError("not_a_date", _("Choose a field that holds a day."), "purchase_field")
    row = ProfileSettings(
        weights={name: weight for name, weight in weights.items() if weight},
        purchase_field=purchase_field,
        early_days=early_days,
    )
    ProfileSettings.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["weights", "purchase_field", "early_days"],
    )
    forget_profile()
    return row


@action
def add_usual_fields(*, by: Actor, as_of: datetime) -> list[FieldDefinition]:
    """Make the usual fields that are not there yet: size, topics, purchase, information only."""
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    there = set(FieldDefinition.objects.values_list("key", flat=True))
    return [
        save_field(
            None,
            {
                "key": key,
                "field_type": field_type,
                "label_de": german,
                "label_en": english,
                "choices": [{"value": v, "de": de, "en": en} for v, de, en in choices],
            },
            by=by,
            as_of=as_of,
        )
        for key, field_type, german, english, choices in USUAL_FIELDS
        if key not in there
    ]
