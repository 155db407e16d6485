"""What may stand in a form: the fields of a lead that a visitor may fill in, and the custom ones.

The catalogue is closed: a name that is not in it is kept in the raw submission and read by nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from capture.definition import FieldSpec
from capture.questions import QUESTION_KINDS
from leads.customfields import definitions
from leads.models import FieldDefinition, FieldType

CUSTOM_PREFIX = "custom_"
MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Offer:
    """A field that can be put on a form.

    ``kind`` is how it is shown and read: ``text``, ``email``, ``tel``, ``url``, ``textarea``,
    ``select``, ``multi``, ``checkbox``, ``number`` or ``date``. ``limit`` is in characters,
    ``autocomplete`` the word of the HTML standard.
    """

    name: str
    label: str | Promise
    kind: str = "text"
    limit: int = 200
    autocomplete: str = "off"
    choices: tuple[Mapping[str, str], ...] = ()

    def spec(self, *, required: bool = False, label: str = "") -> FieldSpec:
        """Return the field as it is put on a form."""
        return FieldSpec(
            name=self.name,
            label=label or str(self.label),
            kind=self.kind,
            required=required,
            choices=self.choices,
        )


_BUILT_IN = (
    Offer("email", _("E-mail"), "email", 320, "email"),
    Offer("salutation", _("Salutation"), "text", 20, "honorific-prefix"),
    Offer("first_name", _("First name"), "text", 150, "given-name"),
    Offer("last_name", _("Last name"), "text", 150, "family-name"),
    Offer("phone", _("Phone"), "tel", 60, "tel"),
    Offer("company", _("Company"), "text", 200, "organization"),
    Offer("job_title", _("Job title"), "text", 150, "organization-title"),
    Offer("street", _("Street and number"), "text", 200, "street-address"),
    Offer("postal_code", _("Postal code"), "text", 20, "postal-code"),
    Offer("city", _("City"), "text", 120, "address-level2"),
    Offer("country", _("Country (two letters)"), "text", 2, "country"),
    Offer("website", _("Website"), "url", 300, "url"),
    Offer(MESSAGE, _("Message"), "textarea", 5000),
)
BUILT_IN: dict[str, Offer] = {offer.name: offer for offer in _BUILT_IN}

_KIND_OF_TYPE = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "textarea",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "checkbox",
    FieldType.DATE: "date",
    FieldType.CHOICE: "select",
    FieldType.MULTI_CHOICE: "multi",
    FieldType.URL: "url",
}
_TYPE_OF_KIND = {kind: field_type for field_type, kind in _KIND_OF_TYPE.items()}
_TYPE_OF_KIND |= {
    "text": FieldType.TEXT,
    "radio": FieldType.CHOICE,
    "rating": FieldType.NUMBER,
    "scale": FieldType.NUMBER,
}


def offers() -> dict[str, Offer]:
    """Return everything that can be put on a form now, by name, in the reader's language."""
    custom = (_offer(item) for item in definitions().values())
    return {**BUILT_IN, **{offer.name: offer for offer in custom}}


def _offer(item: FieldDefinition) -> Offer:
    language = (get_language() or "en")[:2]
    choices = tuple(
        {
            "value": str(choice["value"]),
            "label": str(choice.get(language) or choice.get("en") or choice["value"]),
        }
        for choice in item.choices
    )
    kind = _KIND_OF_TYPE[FieldType(item.field_type)]
    limit = 5000 if kind == "textarea" else 500
    return Offer(f"{CUSTOM_PREFIX}{item.key}", item.label, kind, limit, choices=choices)


def limit_of(spec: FieldSpec) -> int:
    """Return how many characters a field takes."""
    offer = BUILT_IN.get(spec.name)
    if offer is not None:
        return offer.limit
    question = QUESTION_KINDS.get(spec.kind)
    return question.limit if question else 500


def custom_key(spec: FieldSpec) -> str:
    """Return the key of the custom field behind ``spec``, or ""."""
    return spec.name.removeprefix(CUSTOM_PREFIX) if spec.name.startswith(CUSTOM_PREFIX) else ""


def typed(spec: FieldSpec) -> FieldDefinition:
    """Return an unsaved definition by which the value of a custom field can be read.

    Made from the form alone, so that a submission can be checked without the database.
    """
    return FieldDefinition(
        key=custom_key(spec),
        field_type=_TYPE_OF_KIND.get(spec.kind, FieldType.TEXT),
        label_de=spec.label,
        label_en=spec.label,
        choices=[{"value": item["value"], "en": item["label"]} for item in spec.choices],
    )
