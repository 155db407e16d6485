"""A model to begin with: sensible for most firms, to be looked through before it is signed."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.action import action
from accounts.actor import Actor
from scoring.actions.exchange import load_model
from scoring.models import ModelVersion

FREE_MAIL = ("gmail.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "outlook.com", "yahoo.com")
DECIDERS = (
    "geschäftsführ",
    "leiter",
    "leitung",
    "inhaber",
    "head of",
    "director",
    "owner",
    "chief",
)


def _fit(points: int, german: str, english: str, where: dict[str, Any]) -> dict[str, Any]:
    names = {"name_de": german, "name_en": english}
    return {"axis": "fit", "points": points, **names, "where": where}


def _did(points: int, german: str, english: str, kind: str, **more: Any) -> dict[str, Any]:
    names = {"name_de": german, "name_en": english}
    return {"axis": "engagement", "points": points, **names, "activity_kind": kind, **more}


def _leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    asked = {"field": field, "op": op}
    return asked if value is None else {**asked, "value": value}


def _titles() -> dict[str, Any]:
    return {"any": [_leaf("job_title", "contains", word) for word in DECIDERS]}


RULES: list[dict[str, Any]] = [
    _fit(10, "Firma ist bekannt", "Company is known", _leaf("company_name", "is_set")),
    _fit(
        15,
        "Firma ab 50 Mitarbeitenden",
        "Company of 50 people or more",
        _leaf("company_employees", "at_least", 50),
    ),
    _fit(15, "Entscheidet mit", "Has a say in decisions", _titles()),
    _fit(5, "Telefonnummer ist bekannt", "Phone number is known", _leaf("phone", "is_set")),
    _fit(
        10,
        "Kommt auf Empfehlung",
        "Was recommended to us",
        {"any": [_leaf("first_channel", "is", "referral"), _leaf("referred", "is", True)]},
    ),
    _fit(
        -10,
        "Private E-Mail-Adresse",
        "Private e-mail address",
        _leaf("email_domain", "is_one_of", [*FREE_MAIL]),
    ),
    _did(
        25,
        "Kontakt oder Rückruf gewünscht",
        "Asked for contact or a call",
        "form.submitted",
        detail="form_kind",
        detail_value="callback",
        half_life_days=30,
        cap=30,
    ),
    _did(
        15,
        "Inhalt heruntergeladen",
        "Downloaded content",
        "form.submitted",
        detail="form_kind",
        detail_value="download",
        counting="distinct",
        distinct_by="form",
        half_life_days=45,
        cap=30,
    ),
    _did(
        20,
        "Zum Webinar angemeldet",
        "Registered for a webinar",
        "form.submitted",
        detail="form_kind",
        detail_value="webinar",
        half_life_days=45,
        cap=30,
    ),
    _did(
        20,
        "Beim Webinar oder Event gewesen",
        "Attended a webinar or event",
        "event.attended",
        half_life_days=60,
        cap=40,
    ),
    _did(
        -5,
        "Angemeldet und nicht gekommen",
        "Registered and did not come",
        "event.missed",
        half_life_days=60,
        cap=10,
    ),
    _did(
        10,
        "Formular gesendet",
        "Sent a form",
        "form.submitted",
        half_life_days=45,
        cap=20,
    ),
    _did(
        8,
        "Preise angesehen",
        "Looked at prices",
        "page.visited",
        detail="page_path",
        detail_value="/preise",
        half_life_days=21,
        cap=24,
    ),
    _did(1, "Seite besucht", "Visited a page", "page.visited", half_life_days=14, cap=10),
    _did(3, "Link in Mail gefolgt", "Followed a link", "email.clicked", half_life_days=30, cap=15),
    _did(10, "Auf Mail geantwortet", "Answered a mail", "email.replied", half_life_days=30, cap=20),
    _did(
        5,
        "Adresse bestätigt",
        "Confirmed the address",
        "optin.confirmed",
        counting="first",
        half_life_days=90,
    ),
    _did(-15, "Abgemeldet", "Unsubscribed", "email.unsubscribed", counting="first"),
]


@action
def create_starter_model(
    *, by: Actor, as_of: datetime, name: str = "", is_sample: bool = False
) -> ModelVersion:
    """Create the ready-made model as a draft; marketing and sales still have to sign it."""
    data = {"name": name or _("Lead score"), "rules": RULES}
    return load_model(data, by=by, as_of=as_of, is_sample=is_sample)
