"""Forms that open over the website, give something away or calculate."""

from datetime import datetime
from typing import Any

from django.utils import translation

from accounts.actor import Actor
from capture.actions.forms import NewForm, change_form, create_forms, publish_forms
from capture.actions.trials import start_test
from capture.content.actions import save_content
from capture.readymade import ready_made
from capture.tongues import with_second_language

_FIELDS = (
    {"name": "q_1", "kind": "number", "label": "Dachfläche in m²", "minimum": "10"},
    {
        "name": "q_2",
        "kind": "radio",
        "label": "Dach",
        "choices": [
            {"value": "210", "label": "Ziegel"},
            {"value": "245", "label": "Blech"},
            {"value": "190", "label": "Flachdach"},
        ],
    },
    {"name": "q_3", "kind": "checkbox", "label": "Mit Speicher"},
    {
        "name": "q_4",
        "kind": "select",
        "label": "Größe des Speichers",
        "choices": [{"value": "6900", "label": "10 kWh"}, {"value": "9800", "label": "15 kWh"}],
        "show_if": {"field": "q_3", "values": []},
    },
    {"name": "q_5", "kind": "page", "label": "Wohin dürfen wir es schicken?"},
)


# The window of the paper opens on leaving.
_OPENING: dict[str, dict[str, Any]] = {
    "callback": {"shape": "slide", "trigger": "scroll", "percent": 30},
    "newsletter": {"shape": "bar", "trigger": "time", "seconds": 5, "pause_days": 14},
    "feedback": {"shape": "button", "opener_text": "Feedback geben"},
}


def _opening(key: str, display: dict[str, Any]) -> NewForm:
    made = ready_made(key, "de")
    definition = made.definition.with_parts(display=display)
    return NewForm(made.name, made.kind, definition, language="de", is_sample=True)


def add_more_forms(*, by: Actor, as_of: datetime) -> None:
    """Make a paper with its form, a calculator, and forms of every shape that opens."""
    with translation.override("de"):
        paper = save_content(
            None,
            by=by,
            as_of=as_of,
            is_sample=True,
            name="Förderung für Solaranlagen 2027",
            kind="whitepaper",
            phase="interest",
            topics=["Förderung", "Solar"],
            language="de",
            summary="Welche Zuschüsse es gibt, und wie man sie bekommt.",
            url="https://nordlicht.example/foerderung-2027.pdf",
        )
    given = ready_made("whitepaper", "de")
    quote = ready_made("quote", "de")
    email = [spec for spec in quote.definition.to_json()["fields"] if spec["name"] == "email"]
    formula = "q_1 * q_2 * if(q_1 >= 100; 0,92; 1) + q_3 * q_4"
    forms = create_forms(
        [
            NewForm(
                "Whitepaper Förderung",
                given.kind,
                given.definition.with_parts(
                    content=str(paper.public_id),
                    display={"shape": "popup", "trigger": "exit", "pause_days": 30},
                ),
                language="de",
                is_sample=True,
            ),
            NewForm(
                "Solarrechner",
                quote.kind,
                quote.definition.with_parts(
                    headline="Was kostet meine Anlage?",
                    fields=[*_FIELDS, *email],
                    quote={"formula": formula, "step": "50", "note": "Ohne Mehrwertsteuer."},
                ),
                language="de",
                is_sample=True,
            ),
            *(_opening(key, display) for key, display in _OPENING.items()),
        ],
        by=by,
        as_of=as_of,
    )
    publish_forms([form.pk for form in forms], by=by, as_of=as_of)
    _add_consultation(by=by, as_of=as_of)


# Asked of a known lead, on the link in a mail.
_LATER = (
    ("custom_employees", "number", "Wie viele Menschen arbeiten bei Ihnen?", "How many people?"),
    ("custom_planned_purchase", "date", "Wann soll gebaut werden?", "When is it to be built?"),
    ("job_title", "text", "Was ist Ihre Rolle?", "What is your role?"),
)


def _add_consultation(*, by: Actor, as_of: datetime) -> None:
    """Make a form in two languages that asks more later, and try another headline against it."""
    made = ready_made("contact", "de")
    later = [
        {"name": name, "kind": kind, "label": german, "later": True}
        for name, kind, german, _english in _LATER
    ]
    definition = with_second_language(
        made.definition.with_parts(
            headline="Beratung zu Ihrer Anlage",
            fields=[*made.definition.to_json()["fields"], *later],
            theme={"font": "humanist", "corners": "round"},
        ),
        "de",
    )
    english = {f"label.{name}": words for name, _kind, _german, words in _LATER}
    english["headline"] = "Advice on your system"
    definition = definition.with_parts(other={**definition.other, **english})
    new = NewForm("Beratung", made.kind, definition, language="de", is_sample=True)
    (form,) = create_forms([new], by=by, as_of=as_of)
    publish_forms([form.pk], by=by, as_of=as_of)
    changed = definition.with_parts(headline="In zehn Minuten zu Ihrer Anlage")
    change_form(form.pk, definition=changed, by=by, as_of=as_of)
    start_test(form.pk, by=by, as_of=as_of)
