"""Costs from a spreadsheet."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capture.costs.months import read_month
from capture.costs.pasted import MOST_LINES, read_pasted
from capture.models import Cost, CostChange
from tests.capture.cost_scene import OCTOBER, make_campaign, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def read(text, campaign=None):
    pasted = read_pasted(text, campaign=campaign)
    return [(f"{c.month:%Y-%m}", c.kind, c.amount) for c in pasted.cells], pasted.errors


def test_lines_without_a_head_are_month_and_kinds_in_their_order():
    cells, errors = read("2026-10\t600,50\t\t49\n11/2026\t1.200,00\t180\t49\t700\t5\n")

    assert errors == []
    assert cells == [
        ("2026-10", "media", Decimal("600.50")),
        ("2026-10", "tools", Decimal(49)),
        ("2026-11", "media", Decimal(1200)),
        ("2026-11", "creation", Decimal(180)),
        ("2026-11", "tools", Decimal(49)),
        ("2026-11", "staff", Decimal(700)),
        ("2026-11", "other", Decimal(5)),
    ]


def test_a_german_head_with_campaigns_by_name_or_code():
    autumn = make_campaign("Herbst, groß", code="herbst")
    head = "Monat;Kampagne;Personal;Anzeigen"
    text = f"{head}\n10.2026;HERBST;1;2\n01.11.2026;Herbst, groß;3;\n12.2026;;;4"

    pasted = read_pasted(text, campaign=None)

    assert pasted.errors == []
    assert [(c.campaign_id, c.month.month, c.kind) for c in pasted.cells] == [
        (autumn.pk, 10, "media"),
        (autumn.pk, 10, "staff"),
        (autumn.pk, 11, "staff"),
        (None, 12, "media"),
    ]


def test_one_amount_a_line_with_its_kind():
    cells, errors = read('month,kind,amount\n2026-10,ads,"1,250.50"\n2026-10,staff,70')

    assert errors == []
    assert cells == [
        ("2026-10", "media", Decimal("1250.50")),
        ("2026-10", "staff", Decimal(70)),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "There is nothing in it."),
        ("ads;tools\n1;2", "No column is called “month”."),
        ("month;ads\nbald;2", "Line 2: “bald” is no month such as 2026-10."),
        ("2026-13;5", "No column is called “month”."),
        ("2026-10;-5", "Line 1: A cost cannot be negative."),
        ("2026-10;5\n2026-10;6", "Line 2: October 2026, Ads stands in it twice."),
        ("month;campaign;ads\n2026-10;Nie;2", "Line 2: There is no campaign “Nie”."),
        ("month;kind;amount\n2026-10;beer;2", "Line 2: “beer” is no kind of cost."),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, error):
    assert read(text)[1] == [error]


def test_too_many_lines_are_refused():
    assert len(read("2026-10;1\n" * (MOST_LINES + 1))[1]) == 1


@pytest.mark.parametrize("text", ["", "10", "2026-10-11-12", "20-10", "x-2026", "1٢/2026"])
def test_no_month(text):
    assert read_month(text) is None or text == "1٢/2026"


def test_a_file_of_excel_is_saved_in_one_go_and_taken_back(client):
    campaign = make_campaign()
    spend(campaign, "1", month=OCTOBER)
    data = "Monat;Anzeigen;Personal\n10.2026;600;700\n09.2026;500;\n".encode("cp1252")
    url = reverse("import_campaign_costs", args=[campaign.public_id])

    answer = client.post(url, {"file": SimpleUploadedFile("kosten.csv", data)})
    saved = sorted(Cost.objects.values_list("kind", "amount"))
    change = CostChange.objects.order_by("pk").last()
    client.post(reverse("undo_costs", args=[change.public_id]))

    assert answer["Location"] == reverse("campaign_detail", args=[campaign.public_id])
    assert saved == [("media", 500), ("media", 600), ("staff", 700)]
    assert list(Cost.objects.values_list("kind", "amount")) == [("media", 1)]


@pytest.mark.parametrize(
    "data",
    [
        {"lines": "2026-10;5\n2026-11;viel"},
        {"lines": ""},
        {"file": SimpleUploadedFile("a.csv", b"\x00\xff\xfe")},
        {"file": SimpleUploadedFile("a.csv", b"2026-10;1\n" * 200_000)},
    ],
)
def test_a_wrong_line_keeps_all_of_them_out(client, data):
    answer = client.post(reverse("import_costs"), data)

    assert answer.status_code == 422
    assert Cost.objects.count() == 0
