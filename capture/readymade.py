"""The forms that are there from the start, in German and English."""

from dataclasses import dataclass
from typing import Any

from django.utils import translation

from capture.catalogue import BUILT_IN
from capture.chat.readymade import NAMES as CHAT_NAMES
from capture.chat.readymade import chat_definition
from capture.definition import ConsentSpec, Definition
from capture.models import FormKind
from capture.readymade_texts import TEXTS
from leads.models import ConsentChannel, ConsentPurpose


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One form to begin with: its name, kind and definition."""

    key: str
    name: str
    kind: str
    definition: Definition


# Name, whether it must be filled in, width.
_FIELDS: dict[str, tuple[tuple[str, bool, str], ...]] = {
    "contact": (
        ("first_name", False, "half"),
        ("last_name", False, "half"),
        ("email", True, "half"),
        ("phone", False, "half"),
        ("company", False, "full"),
        ("message", False, "full"),
    ),
    "newsletter": (("first_name", False, "full"), ("email", True, "full")),
    "whitepaper": (("email", True, "full"),),
    "callback": (
        ("first_name", False, "half"),
        ("last_name", True, "half"),
        ("phone", True, "half"),
    ),
    "quote": (("email", True, "full"),),
    "feedback": (("email", True, "full"), ("message", True, "full")),
    "meeting": (
        ("first_name", False, "half"),
        ("last_name", True, "half"),
        ("email", True, "half"),
        ("phone", False, "half"),
        ("message", False, "full"),
    ),
    "webinar": (
        ("first_name", True, "half"),
        ("last_name", True, "half"),
        ("email", True, "full"),
        ("company", False, "full"),
    ),
    "event": (
        ("first_name", True, "half"),
        ("last_name", True, "half"),
        ("email", True, "half"),
        ("phone", False, "half"),
        ("company", False, "full"),
    ),
    "referral": (
        ("first_name", True, "half"),
        ("last_name", True, "half"),
        ("email", True, "full"),
    ),
}
# Own questions, in front of the fields where they come first: kind, German and English label.
_QUESTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "callback": ({"kind": "time", "de": "Am liebsten um", "en": "Preferably at", "width": "half"},),
    "quote": (
        {"kind": "number", "de": "Wie viele?", "en": "How many?", "width": "half"},
        {
            "kind": "select",
            "de": "Ausführung",
            "en": "Version",
            "width": "half",
            "choices": (("100", "Standard", "Standard"), ("150", "Premium", "Premium")),
        },
    ),
    "feedback": ({"kind": "rating", "de": "Ihre Bewertung", "en": "Your rating"},),
}
_ASK_FIRST = frozenset({"quote", "feedback"})
_FORMULAS = {"quote": "q_1 * q_2"}
_CONSENTS = {
    "contact": (ConsentPurpose.MARKETING, False),
    "newsletter": (ConsentPurpose.NEWSLETTER, True),
    "whitepaper": (ConsentPurpose.MARKETING, False),
    "quote": (ConsentPurpose.MARKETING, False),
    "meeting": (ConsentPurpose.MARKETING, False),
    "webinar": (ConsentPurpose.MARKETING, False),
    "event": (ConsentPurpose.MARKETING, False),
}
_KINDS = {
    "contact": FormKind.CONTACT,
    "newsletter": FormKind.NEWSLETTER,
    "whitepaper": FormKind.DOWNLOAD,
    "callback": FormKind.CALLBACK,
    "quote": FormKind.QUOTE,
    "feedback": FormKind.FEEDBACK,
    "meeting": FormKind.MEETING,
    "chat": FormKind.CHAT,
    "webinar": FormKind.WEBINAR,
    "event": FormKind.EVENT,
    "referral": FormKind.REFERRAL,
}
# Those that a marketer begins with; a meeting type brings its own along.
KEYS = tuple(key for key in _KINDS if key != "meeting")


def ready_made(key: str, language: str) -> ReadyMade:
    """Return the ready-made form ``key`` in ``language``; other languages than German are English.

    Raises ``KeyError`` for a key that is not in ``KEYS``.
    """
    spoken = "de" if language.startswith("de") else "en"
    if key == "chat":
        return ReadyMade(key, CHAT_NAMES[spoken], _KINDS[key], chat_definition(spoken))
    texts = TEXTS[spoken][key]
    with translation.override(spoken):
        fields: list[dict[str, Any]] = [
            {
                "name": name,
                "label": str(BUILT_IN[name].label),
                "kind": BUILT_IN[name].kind,
                "required": required,
                "width": width,
            }
            for name, required, width in _FIELDS[key]
        ]
    asked = _questions(key, spoken)
    fields = [*asked, *fields] if key in _ASK_FIRST else [*fields, *asked]
    consents = [_consent(*_CONSENTS[key], texts["consent"])] if key in _CONSENTS else []
    parts = ("headline", "intro", "button", "success_message")
    definition = Definition.from_json(
        {
            **{part: texts[part] for part in parts},
            "fields": fields,
            "consents": consents,
            "quote": {"formula": _FORMULAS.get(key, "")},
        }
    )
    return ReadyMade(key, texts["name"], _KINDS[key], definition)


def _questions(key: str, spoken: str) -> list[dict[str, Any]]:
    found = []
    for number, question in enumerate(_QUESTIONS.get(key, ()), start=1):
        choices = [
            {"value": value, "label": german if spoken == "de" else english}
            for value, german, english in question.get("choices", ())
        ]
        made = {**question, "label": question[spoken], "choices": choices}
        found.append({**made, "name": f"q_{number}", "required": key == "quote"})
    return found


def _consent(purpose: str, required: bool, text: str) -> dict[str, Any]:
    spec = ConsentSpec(purpose, ConsentChannel.EMAIL, text, required=required)
    return {
        "purpose": spec.purpose,
        "channel": spec.channel,
        "text": spec.text,
        "required": spec.required,
        "double_opt_in": spec.double_opt_in,
    }


_CONSENT_TEXTS: dict[str, dict[tuple[str, str], str]] = {
    "de": {
        (ConsentPurpose.MARKETING, ConsentChannel.PHONE): "Ja, Sie dürfen mich zu Ihren Angeboten "
        "anrufen. Das kann ich jederzeit widerrufen.",
        (ConsentPurpose.MARKETING, ConsentChannel.SMS): "Ja, ich möchte Angebote und Neuigkeiten "
        "per SMS erhalten. Das kann ich jederzeit widerrufen.",
        (ConsentPurpose.MARKETING, ConsentChannel.POST): "Ja, ich möchte Angebote und Neuigkeiten "
        "per Post erhalten. Das kann ich jederzeit widerrufen.",
        (ConsentPurpose.TRACKING, ConsentChannel.EMAIL): "Ja, Sie dürfen messen, ob ich Ihre "
        "E-Mails öffne und welche Links ich anklicke. Das kann ich jederzeit widerrufen.",
        (ConsentPurpose.PROFILING, ConsentChannel.WEB): "Ja, Sie dürfen aus meinen Angaben und "
        "Besuchen ableiten, was mich interessiert. Das kann ich jederzeit widerrufen.",
    },
    "en": {
        (ConsentPurpose.MARKETING, ConsentChannel.PHONE): "Yes, you may call me about your offers. "
        "I can withdraw this at any time.",
        (ConsentPurpose.MARKETING, ConsentChannel.SMS): "Yes, please send me offers and news by "
        "text message. I can withdraw this at any time.",
        (ConsentPurpose.MARKETING, ConsentChannel.POST): "Yes, please send me offers and news by "
        "post. I can withdraw this at any time.",
        (ConsentPurpose.TRACKING, ConsentChannel.EMAIL): "Yes, you may measure whether I open your "
        "e-mails and which links I click. I can withdraw this at any time.",
        (ConsentPurpose.PROFILING, ConsentChannel.WEB): "Yes, you may conclude from my details and "
        "visits what interests me. I can withdraw this at any time.",
    },
}


def consent_text(purpose: str, channel: str, language: str) -> str:
    """Return a text to begin with for a consent, "" for one that has none."""
    spoken = "de" if language.startswith("de") else "en"
    if (purpose, channel) == (ConsentPurpose.NEWSLETTER, ConsentChannel.EMAIL):
        return TEXTS[spoken]["newsletter"]["consent"]
    if (purpose, channel) == (ConsentPurpose.MARKETING, ConsentChannel.EMAIL):
        return TEXTS[spoken]["contact"]["consent"]
    return _CONSENT_TEXTS[spoken].get((purpose, channel), "")


def blank(language: str) -> Definition:
    """Return what a new form begins with: the address, and nothing that must be deleted."""
    spoken = "de" if language.startswith("de") else "en"
    with translation.override(spoken):
        email = {"name": "email", "label": str(BUILT_IN["email"].label), "kind": "email"}
    return Definition.from_json({"fields": [{**email, "required": True}]})
