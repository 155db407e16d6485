"""The chat to begin with, in German and English."""

from typing import Any

from capture.catalogue import BUILT_IN
from capture.definition import Definition

NAMES = {"de": "Chat", "en": "Chat"}
_TEXTS: dict[str, dict[str, str]] = {
    "de": {
        "headline": "Fragen? Wir sind da.",
        "intro": "Guten Tag! Ich stelle Ihnen ein paar kurze Fragen, damit die richtige Person "
        "antwortet.",
        "button": "Chat",
        "success_message": "Vielen Dank! Wir melden uns so bald wie möglich bei Ihnen.",
        "legal_note": "Was Sie hier schreiben, speichern wir, um Ihnen zu antworten.",
        "topic": "Worum geht es?",
        "offer": "Ein Angebot",
        "help": "Hilfe zu einem Produkt",
        "other": "Etwas anderes",
        "last_name": "Wie heißen Sie?",
        "email": "Unter welcher E-Mail-Adresse erreichen wir Sie?",
        "phone": "Und unter welcher Nummer, falls wir Sie anrufen sollen?",
        "last_question": "Was sollten wir noch wissen?",
        "away_text": "Im Moment ist niemand frei. Hinterlassen Sie uns Ihre Adresse oder Nummer, "
        "dann melden wir uns.",
    },
    "en": {
        "headline": "Questions? We are here.",
        "intro": "Hello! I will ask a few short questions, so that the right person answers.",
        "button": "Chat",
        "success_message": "Thank you! We will get back to you as soon as we can.",
        "legal_note": "We keep what you write here in order to answer you.",
        "topic": "What is it about?",
        "offer": "An offer",
        "help": "Help with a product",
        "other": "Something else",
        "last_name": "What is your name?",
        "email": "At which e-mail address can we reach you?",
        "phone": "And at which number, should we call you?",
        "last_question": "What else should we know?",
        "away_text": "Nobody is free at the moment. Leave us your address or number, and we will "
        "get back to you.",
    },
}
_SHOWN = ("headline", "intro", "button", "success_message", "legal_note")


def chat_definition(spoken: str) -> Definition:
    """Return what the chat to begin with asks in ``de`` or ``en``."""
    texts = _TEXTS[spoken]
    fields: list[dict[str, Any]] = [
        {
            "name": "q_1",
            "kind": "radio",
            "label": texts["topic"],
            "required": True,
            "choices": [
                {"value": name, "label": texts[name]} for name in ("offer", "help", "other")
            ],
        }
    ]
    fields += [
        {
            "name": name,
            "kind": BUILT_IN[name].kind,
            "label": texts[name],
            "required": name != "phone",
        }
        for name in ("last_name", "email", "phone")
    ]
    return Definition.from_json(
        {
            **{part: texts[part] for part in _SHOWN},
            "fields": fields,
            "chat": {part: texts[part] for part in ("last_question", "away_text")},
        }
    )
