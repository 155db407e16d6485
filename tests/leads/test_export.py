import csv
import io
from time import perf_counter

import pytest
from django.urls import reverse

from accounts.actor import system_actor
from accounts.models import AuditEntry
from accounts.rights import Right
from leads.entries import ConsentEntry
from leads.export import csv_line, harmless, lead_table
from leads.models import Lead
from tests.factories import make_field, make_lead

pytestmark = pytest.mark.django_db


def export(client, query=""):
    response = client.get(reverse("lead_export") + query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1+1",
        " =1+1",
        "\r=1+1",
        "\n=1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "＝1+1",
    ],
)
def test_a_formula_is_harmless_whatever_stands_before_it(formula):
    missed_by_its_first_byte = formula[0] not in "=+-@"

    assert harmless(formula).replace("'", "") == formula
    assert harmless(formula)[0] == "'"
    assert missed_by_its_first_byte == (formula not in ("=1+1", "+1", "-1+1", "@SUM(A1)"))


@pytest.mark.case("I10")
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize(
    "text",
    [
        "Ulm,=cmd|'/C calc'!A0,",
        "Ulm, \u00a0=1+1",
        'Ulm "x",=1+1',
        "Ulm\n=1+1",
        "\n=1+1",
        "Ulm; x\n-cmd|'/C calc'!A0",
        "Ulm\t@SUM(A1)",
        "Ulm,＝1+1",
        "Ulm,+HYPERLINK(1)",
        ",,,=1+1",
    ],
)
def test_a_formula_begins_no_cell_however_the_file_is_divided(text, delimiter):
    line = csv_line(["1", harmless(text), "2"])

    cells = [cell for row in csv.reader(io.StringIO(line), delimiter=delimiter) for cell in row]

    formulas = [cell for cell in cells if cell.strip(" \u00a0\r\n").startswith(("=", "@", "＝"))]
    assert formulas == []
    assert not any("(" in cell or "|" in cell for cell in cells if cell.startswith(("+", "-")))


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "text",
    ["Preis: 10,-", "Ulm, -5 Grad", "+49 30 901820, +49 170 1234567", "a\n- eins\n- zwei", "a = b"],
)
def test_what_is_no_formula_is_exported_as_it_is(text):
    assert harmless(text).removeprefix("'") == text


def test_a_text_of_line_breaks_is_read_once():
    begun = perf_counter()

    harmless("\n" * 100_000 + "x")

    assert perf_counter() - begun < 1


@pytest.mark.case("I10")
@pytest.mark.parametrize("number", ["+49 30 901820", "+4930901820", "030 901820"])
def test_a_phone_number_is_exported_as_it_is(number):
    assert harmless(number) == number


@pytest.mark.case("I10")
@pytest.mark.parametrize("text", ["+49 30 X(1)", "+1+HYPERLINK(A1)", "+12", f"+{'1' * 26}"])
def test_what_only_begins_like_a_phone_number_is_marked(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.case("I10")
def test_an_export_opens_harmlessly_and_is_logged(as_user, marketer):
    make_field("remark")
    make_lead(
        first_name="=cmd|'/C calc'!A0",
        phone="+49 30 901820",
        tags=["@SUM(A1)"],
        custom={"remark": "\u200b=1+1"},
    )

    (row,) = export(as_user(marketer))

    assert row["first_name"] == "'=cmd|'/C calc'!A0"
    assert (row["tags"], row["custom.remark"]) == ("'@SUM(A1)", "'\u200b=1+1")
    assert row["phone"] == "+49 30 901820"
    assert AuditEntry.objects.get().event == "leads.exported"


def test_custom_fields_tags_and_consents_are_exported(as_user, marketer):
    choices = [{"value": "s", "de": "Klein", "en": "Small"}, {"value": "l", "de": "G", "en": "L"}]
    for key, kind in (("budget", "number"), ("is_new", "boolean"), ("day", "date")):
        make_field(key, kind)
    make_field("sizes", "multi_choice", choices=choices)
    make_field("old", is_active=False)
    make_lead(
        email="a@b.de",
        tags=["Messe", "Süd"],
        consents=[
            ConsentEntry("newsletter", "email"),
            ConsentEntry("marketing", "phone", "withdrawn"),
        ],
        custom={"budget": -9.5, "is_new": False, "day": "2026-11-02", "sizes": ["l", "s"]},
    )
    make_lead(email="c@d.de", custom={"old": "x"})

    first, second = export(as_user(marketer))

    assert list(first)[-8:] == [
        "tags",
        "custom.budget",
        "custom.day",
        "custom.is_new",
        "custom.sizes",
        "consent.marketing.phone",
        "consent.newsletter.email",
        "created_at",
    ]
    assert list(first.values())[-8:-1] == [
        "Messe, Süd",
        "-9.5",
        "2026-11-02",
        "no",
        "l, s",
        "withdrawn",
        "granted",
    ]
    assert list(second.values())[-8:-1] == [""] * 7


def test_a_sensitive_field_is_exported_for_those_who_may_read_it():
    make_field("health", is_sensitive=True)
    make_field("shoe_size")
    make_lead(custom={"health": "gut", "shoe_size": "43"})
    readers = [
        system_actor("looks on", Right.LEADS_READ, Right.LEADS_EXPORT),
        system_actor("works", Right.LEADS_READ, Right.LEADS_EXPORT, Right.LEADS_EDIT),
    ]

    headers = [next(lead_table(Lead.objects.all(), actor=reader)) for reader in readers]

    assert ["custom.health" in header for header in headers] == [False, True]
    assert ["custom.shoe_size" in header for header in headers] == [True, True]


def test_an_export_of_many_leads_takes_six_queries(marketer, actor, django_assert_num_queries):
    for _number in range(3):
        make_lead(company="Uhr AG", tags=["a", "b"])

    with django_assert_num_queries(6):
        rows = list(lead_table(Lead.objects.all(), actor=actor(marketer)))

    assert len(rows) == 4
