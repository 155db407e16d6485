"""The forms that are there from the start, in German and English."""

from dataclasses import dataclass
from typing import Any

from django.utils import translation

from capture.catalogue import BUILT_IN
from capture.chat.readymade import NAMES as CHAT_NAMES
from capture.chat.readymade import chat_definition
from capture.definition import ConsentSpec, Definition
from capture.models import FormKind
from leads.models import ConsentChannel, ConsentPurpose


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One form to begin with: its name, kind and definition."""

    key: str
    name: str
    kind: str
    definition: Definition


_TEXTS: dict[str, dict[str, dict[str, str]]] = {
    "de": {
        "contact": {
            "name": "Kontakt",
            "headline": "Wie können wir Ihnen helfen?",
            "intro": "Schreiben Sie uns. Wir melden uns innerhalb eines Werktags.",
            "button": "Nachricht senden",
            "success_message": "Vielen Dank! Wir haben Ihre Nachricht erhalten und melden uns "
            "bald.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "newsletter": {
            "name": "Newsletter",
            "headline": "Newsletter abonnieren",
            "intro": "Neues aus der Praxis, höchstens zweimal im Monat.",
            "button": "Jetzt anmelden",
            "success_message": "Fast geschafft! Bitte bestätigen Sie Ihre Anmeldung mit dem Link "
            "in der E-Mail, die wir Ihnen gerade geschickt haben.",
            "consent": "Ja, ich möchte den Newsletter per E-Mail erhalten. Das kann ich jederzeit "
            "widerrufen, zum Beispiel über den Abmeldelink in jeder Ausgabe.",
        },
        "whitepaper": {
            "name": "Whitepaper",
            "headline": "Whitepaper kostenlos anfordern",
            "intro": "Wir schicken es an Ihre E-Mail-Adresse; mehr brauchen wir dafür nicht.",
            "button": "Whitepaper anfordern",
            "success_message": "Vielen Dank! Das Whitepaper ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "callback": {
            "name": "Rückruf",
            "headline": "Wir rufen Sie kostenlos zurück",
            "intro": "Sagen Sie uns, unter welcher Nummer und wann es Ihnen passt.",
            "button": "Rückruf anfordern",
            "success_message": "Vielen Dank! Wir rufen Sie zu unseren Geschäftszeiten an.",
            "consent": "",
        },
        "quote": {
            "name": "Angebotsrechner",
            "headline": "Was kostet es?",
            "intro": "Ihr Angebot steht gleich hier und kommt auch als PDF per E-Mail.",
            "button": "Preis berechnen",
            "success_message": "Vielen Dank für Ihr Interesse!",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "feedback": {
            "name": "Feedback",
            "headline": "Wie zufrieden sind Sie?",
            "intro": "Ihre Meinung hilft uns, besser zu werden.",
            "button": "Feedback senden",
            "success_message": "Vielen Dank für Ihr Feedback!",
            "consent": "",
        },
        "meeting": {
            "name": "Termin",
            "headline": "Termin buchen",
            "intro": "Wählen Sie eine Zeit. Die Bestätigung kommt per E-Mail.",
            "button": "Termin verbindlich buchen",
            "success_message": "Vielen Dank! Die Bestätigung mit allen Angaben ist per E-Mail "
            "unterwegs zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "webinar": {
            "name": "Webinar",
            "headline": "Jetzt zum Webinar anmelden",
            "intro": "Kostenlos und von Ihrem Platz aus. Den Zugang erhalten Sie per E-Mail.",
            "button": "Verbindlich anmelden",
            "success_message": "Vielen Dank für Ihre Anmeldung! Ihre Bestätigung mit "
            "Kalendereintrag ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "event": {
            "name": "Veranstaltung",
            "headline": "Seien Sie dabei",
            "intro": "Wir freuen uns darauf, Sie persönlich kennenzulernen.",
            "button": "Platz reservieren",
            "success_message": "Vielen Dank für Ihre Anmeldung! Ihre Bestätigung mit "
            "Kalendereintrag ist auf dem Weg zu Ihnen.",
            "consent": "Ja, ich möchte per E-Mail über Angebote und Neuigkeiten informiert werden. "
            "Das kann ich jederzeit widerrufen, zum Beispiel über den Link in jeder E-Mail.",
        },
        "referral": {
            "name": "Weiterempfehlen",
            "headline": "Empfehlen Sie uns weiter",
            "intro": "Sie erhalten Ihren persönlichen Link und geben ihn selbst weiter. Wir "
            "schreiben niemanden an, der uns nicht darum gebeten hat.",
            "button": "Persönlichen Link erhalten",
            "success_message": "Vielen Dank, dass Sie uns empfehlen!",
            "consent": "",
        },
    },
    "en": {
        "contact": {
            "name": "Contact",
            "headline": "How can we help you?",
            "intro": "Write to us. We will get back to you within one working day.",
            "button": "Send message",
            "success_message": "Thank you! We have received your message and will be in touch "
            "soon.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "newsletter": {
            "name": "Newsletter",
            "headline": "Subscribe to our newsletter",
            "intro": "News from practice, at most twice a month.",
            "button": "Subscribe",
            "success_message": "Almost done! Please confirm your subscription with the link in the "
            "e-mail that we have just sent you.",
            "consent": "Yes, I would like to receive the newsletter by e-mail. I can withdraw this "
            "at any time, for example with the link in every issue.",
        },
        "whitepaper": {
            "name": "Whitepaper",
            "headline": "Get the whitepaper for free",
            "intro": "We send it to your e-mail address; that is all we need for it.",
            "button": "Get the whitepaper",
            "success_message": "Thank you! The whitepaper is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "callback": {
            "name": "Callback",
            "headline": "We call you back for free",
            "intro": "Tell us at which number, and when it suits you.",
            "button": "Ask for a call",
            "success_message": "Thank you! We will call you during our business hours.",
            "consent": "",
        },
        "quote": {
            "name": "Quote calculator",
            "headline": "What does it cost?",
            "intro": "Your quote appears right here, and comes as a PDF by e-mail too.",
            "button": "Calculate the price",
            "success_message": "Thank you for your interest!",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "feedback": {
            "name": "Feedback",
            "headline": "How satisfied are you?",
            "intro": "Your opinion helps us to get better.",
            "button": "Send feedback",
            "success_message": "Thank you for your feedback!",
            "consent": "",
        },
        "meeting": {
            "name": "Meeting",
            "headline": "Book a meeting",
            "intro": "Choose a time. The confirmation comes by e-mail.",
            "button": "Book this meeting",
            "success_message": "Thank you! The confirmation with all details is on its way to you "
            "by e-mail.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "webinar": {
            "name": "Webinar",
            "headline": "Register for the webinar",
            "intro": "Free, and from wherever you are. You get the access by e-mail.",
            "button": "Register",
            "success_message": "Thank you for registering! Your confirmation with an entry for "
            "your calendar is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "event": {
            "name": "Event",
            "headline": "Be there",
            "intro": "We look forward to meeting you in person.",
            "button": "Reserve a place",
            "success_message": "Thank you for registering! Your confirmation with an entry for "
            "your calendar is on its way to you.",
            "consent": "Yes, please tell me about offers and news by e-mail. I can withdraw this "
            "at any time, for example with the link in every e-mail.",
        },
        "referral": {
            "name": "Recommend us",
            "headline": "Recommend us",
            "intro": "You get your personal link and pass it on yourself. We write to nobody who "
            "has not asked us to.",
            "button": "Get my personal link",
            "success_message": "Thank you for recommending us!",
            "consent": "",
        },
    },
}
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
    texts = _TEXTS[spoken][key]
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
        return _TEXTS[spoken]["newsletter"]["consent"]
    if (purpose, channel) == (ConsentPurpose.MARKETING, ConsentChannel.EMAIL):
        return _TEXTS[spoken]["contact"]["consent"]
    return _CONSENT_TEXTS[spoken].get((purpose, channel), "")


def blank(language: str) -> Definition:
    """Return what a new form begins with: the address, and nothing that must be deleted."""
    spoken = "de" if language.startswith("de") else "en"
    with translation.override(spoken):
        email = {"name": "email", "label": str(BUILT_IN["email"].label), "kind": "email"}
    return Definition.from_json({"fields": [{**email, "required": True}]})
