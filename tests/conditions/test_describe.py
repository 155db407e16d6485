"""Conditions as sentences, word for word."""

from typing import Any

import pytest
from django.utils import translation

from conditions.describe import describe
from conditions.tree import parse
from leads.conditions import LEADS
from tests.conditions.scene import COLOURS, leaf, segment_id
from tests.factories import make_field, make_user

pytestmark = pytest.mark.django_db
STAGE, SCORE, CITY = (
    leaf("stage", "is", "mql"),
    leaf("score", "at_least", 1500),
    leaf("city", "is", "Berlin"),
)

LEAVES = [
    (STAGE, "Stage is “MQL”", "Stufe ist „MQL“"),
    (leaf("stage", "is_not", "mql"), "Stage is not “MQL”", "Stufe ist nicht „MQL“"),
    (
        leaf("stage", "is_one_of", ["lead", "mql", "sql"]),
        "Stage is “Lead”, “MQL” or “SQL”",
        "Stufe ist „Lead“, „MQL“ oder „SQL“",
    ),
    (leaf("stage", "is_one_of", ["mql"]), "Stage is “MQL”", "Stufe ist „MQL“"),
    (
        leaf("stage", "is_none_of", ["mql", "sql"]),
        "Stage is neither “MQL” nor “SQL”",
        "Stufe ist weder „MQL“ noch „SQL“",
    ),
    (SCORE, "Score is at least 1,500", "Score beträgt mindestens 1.500"),
    (
        leaf("score", "between", [10, 50]),
        "Score is between 10 and 50",
        "Score: zwischen 10 und 50",
    ),
    (leaf("city", "is_empty"), "City is empty", "Ort ist leer"),
    (leaf("city", "is_set"), "City is filled in", "Ort ist ausgefüllt"),
    (
        leaf("city", "does_not_contain", "x"),
        "City does not contain “x”",
        "Ort enthält nicht „x“",
    ),
    (
        leaf("postal_code", "starts_with", "10"),
        "Postal code starts with “10”",
        "Postleitzahl beginnt mit „10“",
    ),
    (leaf("email_valid", "is", True), "E-mail is valid: yes", "E-Mail ist gültig: ja"),
    (
        leaf("created_at", "in_last_days", 14),
        "Created is in the last 14 days",
        "Angelegt: in den letzten 14 Tagen",
    ),
    (
        leaf("created_at", "in_last_days", 1),
        "Created is in the last 24 hours",
        "Angelegt: in den letzten 24 Stunden",
    ),
    (
        leaf("created_at", "before", "2026-03-01"),
        "Created is before March 1, 2026",
        "Angelegt: vor dem 1. März 2026",
    ),
    (
        leaf("created_at", "in_period", "last_month"),
        "Created: last month",
        "Angelegt: letzter Monat",
    ),
    (leaf("tags", "has", "VIP"), "Tags: “VIP”", "Tags: „VIP“"),
    (
        leaf("tags", "has_all_of", ["VIP", "Fair"]),
        "Tags: “VIP” and “Fair”",
        "Tags: „VIP“ und „Fair“",
    ),
    (
        leaf("tags", "has_none_of", ["VIP", "Fair"]),
        "Tags: neither “VIP” nor “Fair”",
        "Tags: weder „VIP“ noch „Fair“",
    ),
    (leaf("owner", "is_me"), "Owner is me", "Zuständig bin ich"),
    (leaf("owner", "is_empty"), "nobody is responsible", "niemand ist zuständig"),
    (
        leaf("activity_count", "at_least", 3, kind="note.added", within_days=14),
        "“Note written” at least 3 times in the last 14 days",
        "„Notiz geschrieben“ mindestens 3-mal in den letzten 14 Tagen",
    ),
    (
        leaf("activity_count", "is", 0, kind="note.added", since="2026-03-01"),
        "“Note written” never since March 1, 2026",
        "„Notiz geschrieben“ nie seit dem 1. März 2026",
    ),
    (
        leaf("activity_count", "at_least", 1, kind="lead.stage_changed", to_stage="sql"),
        "“Stage changed” (New stage: “SQL”) at least once",
        "„Stufe geändert“ (Neue Stufe: „SQL“) mindestens einmal",
    ),
    (
        leaf("last_activity_of", "more_than_days_ago", 30, kind="note.added"),
        "Last “Note written” is more than 30 days ago",
        "Zuletzt „Notiz geschrieben“: vor mehr als 30 Tagen",
    ),
    (
        leaf("last_activity_of", "is_empty", kind="note.added"),
        "“Note written” never",
        "„Notiz geschrieben“ nie",
    ),
    (
        leaf("days_without_activity", "at_least", 30),
        "no activity for 30 days",
        "seit 30 Tagen keine Aktivität",
    ),
    (
        leaf("consent", "is", "granted", purpose="newsletter", channel="email"),
        "Consent to Newsletter by E-mail is “Granted”",
        "Einwilligung zu Newsletter per E-Mail ist „Erteilt“",
    ),
]

GROUPS = [
    ({"everyone": True}, "everyone", "alle"),
    ({"not": {"everyone": True}}, "nobody", "niemand"),
    ({"not": STAGE}, "Stage is not “MQL”", "Stufe ist nicht „MQL“"),
    ({"not": {"not": STAGE}}, "Stage is “MQL”", "Stufe ist „MQL“"),
    ({"all": [STAGE]}, "Stage is “MQL”", "Stufe ist „MQL“"),
    (
        {"all": [STAGE, SCORE, CITY]},
        "Stage is “MQL” and Score is at least 1,500 and City is “Berlin”",
        "Stufe ist „MQL“ und Score beträgt mindestens 1.500 und Ort ist „Berlin“",
    ),
    (
        {"all": [STAGE, {"any": [SCORE, CITY]}]},
        "Stage is “MQL” and (Score is at least 1,500 or City is “Berlin”)",
        "Stufe ist „MQL“ und (Score beträgt mindestens 1.500 oder Ort ist „Berlin“)",
    ),
    (
        {"any": [{"all": [STAGE, SCORE]}, CITY]},
        "(Stage is “MQL” and Score is at least 1,500) or City is “Berlin”",
        "(Stufe ist „MQL“ und Score beträgt mindestens 1.500) oder Ort ist „Berlin“",
    ),
    (
        {"all": [CITY, {"not": {"any": [STAGE, SCORE]}}]},
        "City is “Berlin” and not (Stage is “MQL” or Score is at least 1,500)",
        "Ort ist „Berlin“ und nicht (Stufe ist „MQL“ oder Score beträgt mindestens 1.500)",
    ),
    (
        {"any": [CITY, {"not": {"not": {"all": [STAGE, SCORE]}}}]},
        "City is “Berlin” or (Stage is “MQL” and Score is at least 1,500)",
        "Ort ist „Berlin“ oder (Stufe ist „MQL“ und Score beträgt mindestens 1.500)",
    ),
    (
        {"not": leaf("activity_count", "at_least", 2, kind="note.added")},
        "“Note written” less than 2 times",
        "„Notiz geschrieben“ weniger als 2-mal",
    ),
    (
        {"not": leaf("days_without_activity", "at_least", 30)},
        "some activity in the last 30 days",
        "Aktivität in den letzten 30 Tagen",
    ),
    (
        {"not": leaf("email_valid", "is", True)},
        "E-mail is valid: no",
        "E-Mail ist gültig: nein",
    ),
]
EVERY = [*LEAVES, *GROUPS]


def sentence(where: dict[str, Any], language: str) -> str:
    with translation.override(language):
        return describe(parse(where, LEADS, is_personal=True))


@pytest.mark.parametrize(("where", "english"), [(where, en) for where, en, _de in EVERY], ids=str)
def test_a_condition_reads_well_in_english(where: dict[str, Any], english: str) -> None:
    assert sentence(where, "en") == english


def test_values_are_shown_by_their_names(scene: Any) -> None:
    make_field("hue", "choice", choices=COLOURS, label_de="Farbe", label_en="Colour")
    owner = make_user(name="Rita Vertrieb")
    where = {
        "all": [
            leaf("owner", "is", str(owner.public_id)),
            leaf("custom.hue", "is", "red"),
            leaf("segment", "is", segment_id("Berlin")),
        ]
    }

    english = "Owner is “Rita Vertrieb” and Colour is “Red” and Segment is “Berlin”"
    assert sentence(where, "en") == english


def test_an_own_field_follows_the_language_of_the_reader() -> None:
    make_field("hue", "choice", choices=COLOURS, label_de="Farbe", label_en="Colour")
    node = parse(leaf("custom.hue", "is", "red"), LEADS)

    with translation.override("en"):
        assert describe(node) == "Colour is “Red”"
    with translation.override("de"):
        assert describe(node).startswith("Farbe ")
        assert "Rot" in describe(node)


def test_braces_in_a_value_are_only_braces() -> None:
    assert sentence(leaf("city", "is", "{field.name} {0}"), "en") == "City is “{field.name} {0}”"


def test_a_sentence_asks_the_database_nothing(django_assert_num_queries: Any) -> None:
    make_field("hue", "choice", choices=COLOURS)
    node = parse({"all": [leaf("custom.hue", "is", "red"), STAGE]}, LEADS)

    with django_assert_num_queries(0):
        describe(node)
