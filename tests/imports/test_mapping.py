from datetime import UTC, datetime

import pytest

from capture.imports.columns import guess_targets
from capture.imports.mapping import (
    Mapping,
    RowReader,
    country_code,
    has_contact,
    phone_from_number,
    split_name,
)
from capture.imports.reader import read_table
from ground.errors import DomainError
from leads.stages import Stage
from tests.factories import NOW


def read(mapping, **cells):
    header = list(mapping["columns"])
    return RowReader(Mapping.parse(mapping, header), as_of=NOW, file_name="f.csv").entry(cells)


def test_german_and_english_column_names_are_recognised():
    header = ["Vorname", "Nachname", "E-Mail", "Telefon", "Firma", "PLZ", "Ort", "Mobil", "Zeug"]

    assert guess_targets(header, {}) == {
        "Vorname": "first_name",
        "Nachname": "last_name",
        "E-Mail": "email",
        "Telefon": "phone",
        "Firma": "company",
        "PLZ": "postal_code",
        "Ort": "city",
        "Mobil": "ignore",
        "Zeug": "ignore",
    }


def test_a_hubspot_export_is_recognised_by_its_columns():
    table = read_table(b"Record ID,Email,Lifecycle Stage,Original Source\n1,a@b.de,Customer,X\n")

    mapping = Mapping.guess(table, {})

    assert {name: column[0].to for name, column in mapping.columns.items()} == {
        "Record ID": "external",
        "Email": "email",
        "Lifecycle Stage": "stage",
        "Original Source": "channel",
    }
    assert mapping.columns["Record ID"][0].system == "hubspot"


def test_a_mapping_survives_being_stored():
    data = {
        "columns": {"A": [{"to": "stage", "values": {"x": "customer"}}], "B": ["email"]},
        "channel": "trade_fair",
        "blank": ["Select"],
    }

    mapping = Mapping.parse(data, ["A", "B"])

    assert Mapping.parse(mapping.to_json(), ["A", "B"]) == mapping


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "columns"),
        ({"columns": {"X": "email"}}, "X"),
        ({"columns": {"A": "owner__password"}}, "owner__password"),
        ({"columns": {"A": "email"}, "channel": "fax"}, "fax"),
        ({"columns": {"A": "email"}, "colour": 1}, "colour"),
        ({"columns": {"A": 7}}, "A"),
    ],
)
def test_a_wrong_mapping_is_refused_and_says_what_is_wrong(data, named):
    with pytest.raises(DomainError) as refusal:
        Mapping.parse(data, ["A"])

    assert refusal.value.code == "mapping_invalid"
    assert named in str(refusal.value)


def test_one_column_can_become_two_things():
    mapping = {"columns": {"Src": ["custom.src", {"to": "channel", "values": {"Fb": "facebook"}}]}}

    entry = read(mapping, Src="Fb")

    assert (entry.custom, entry.channel) == ({"src": "Fb"}, "facebook")


def test_a_customer_comes_in_with_a_history():
    entry = read(
        {"columns": {"S": "stage", "D": "occurred_at"}}, S="Customer", D="2026-01-10 00:15"
    )

    created = datetime(2026, 1, 9, 23, 15, tzinfo=UTC)
    assert entry.stage == Stage.CUSTOMER
    assert entry.history == [(Stage.LEAD, created), (Stage.CUSTOMER, NOW)]


@pytest.mark.case("E13")
@pytest.mark.parametrize(("proof", "state"), [("", "pending"), ("Ordner 7", "granted")])
def test_a_consent_in_a_list_counts_only_with_its_proof(proof, state):
    mapping = {"columns": {"W": "consent_email"}, "consent_proof": proof}

    (consent,) = read(mapping, W="ja").consents

    assert (consent.purpose, consent.channel, consent.state) == ("marketing", "email", state)
    assert read(mapping, W="nein").consents == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jürgen Müller-Lüdenscheidt", ("Jürgen", "Müller-Lüdenscheidt")),
        ("Maria de la Cruz", ("Maria de la", "Cruz")),
        ("Cruz, Maria de la", ("Maria de la", "Cruz")),
        ("Yılmaz", ("", "Yılmaz")),
    ],
)
def test_a_full_name_is_split(text, names):
    assert split_name(text) == names


@pytest.mark.parametrize(
    ("digits", "number"),
    [("4930901820", "+4930901820"), ("30901820", "030901820"), ("12", "12")],
)
def test_a_number_that_lost_its_plus_or_zero_gets_it_back(digits, number):
    assert phone_from_number(digits) == number


@pytest.mark.parametrize(
    ("name", "code"),
    [("DE", "DE"), ("Deutschland", "DE"), ("india", "IN"), ("Schweiz", "CH"), ("Nirgendwo", "")],
)
def test_countries_are_known_by_name_and_code(name, code):
    assert country_code(name) == code


def test_a_row_without_anything_to_find_somebody_by_has_no_contact():
    mapping = {"columns": {"N": "last_name", "M": "email"}}

    assert not has_contact(read(mapping, N="Muster"))
    assert has_contact(read(mapping, M="a@b.de"))
