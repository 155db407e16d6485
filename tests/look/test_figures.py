from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from accounts.action import writing
from accounts.models import Organisation
from leadcrm.templatetags.figures import (
    GRADE_TONES,
    STAGE_TONES,
    TEMPERATURES,
    money,
    number,
    percent,
    sparkline,
    spoken_distance,
)
from leads.stages import Stage, Temperature

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def render(source: str, **values) -> str:
    return Template(source).render(Context(values)).strip()


@pytest.mark.parametrize(
    ("value", "places", "english", "german"),
    [
        (1234567, 0, "1,234,567", "1.234.567"),
        (Decimal("0.5"), 2, "0.50", "0,50"),
        (-1200, 0, "-1,200", "-1.200"),
        (1234.5, 0, "1,235", "1.235"),
        (-0.25, 1, "-0.3", "-0,3"),
        (Decimal("2.345"), 2, "2.35", "2,35"),
        (None, 0, "–", "–"),
    ],
)
def test_a_number_is_written_as_the_reader_does(value, places, english, german):
    assert number(value, places) == english
    with translation.override("de"):
        assert number(value, places) == german


@pytest.mark.parametrize(
    ("value", "currency", "english", "german"),
    [
        (1999.5, "EUR", "€1,999.50", "1.999,50\u00a0€"),
        (1200, "EUR", "€1,200", "1.200\u00a0€"),
        (-5, "USD", "-$5", "-5\u00a0$"),
        (7, "CHF", "7\u00a0CHF", "7\u00a0CHF"),
        (None, "EUR", "–", "–"),
    ],
)
def test_money_stands_where_the_reader_looks_for_it(value, currency, english, german):
    assert money(value, currency) == english
    with translation.override("de"):
        assert money(value, currency) == german


def test_money_is_in_the_currency_of_the_organisation(db):
    with writing("scene"):
        Organisation.objects.update_or_create(pk=1, defaults={"currency": "GBP"})

    assert money(3) == "£3"


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "25 %"), (0.1234, "12 %"), (0.999, "100 %"), (None, "–")]
)
def test_a_share_is_written_as_per_cent(value, text):
    assert percent(value) == text


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=2, minutes=59), "2 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=61), "2 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(hours=-5), "in 5 hours"),
        (timedelta(days=-1), "in 1 day"),
    ],
)
def test_a_distance_is_told_in_one_unit(distance, text):
    assert spoken_distance(NOW - distance, NOW) == text


def test_a_time_is_shown_in_the_zone_of_the_reader():
    with timezone.override("America/New_York"):
        shown = render("{% moment at %}", at=NOW)

    assert 'datetime="2026-11-02T10:00:00+00:00"' in shown
    assert "5 a.m." in shown


def test_a_date_has_no_time():
    assert ">11/02/2026<" in render("{% moment on %}", on=date(2026, 11, 2))


def test_no_time_is_a_dash():
    assert render("{% moment at %}{% ago at %}", at=None) == "––"


def test_every_stage_and_temperature_has_its_tone():
    assert set(STAGE_TONES) == set(Stage)
    assert set(TEMPERATURES) == set(Temperature)
    assert set(GRADE_TONES) == set("ABCD")


def test_a_stage_is_told_in_the_language_of_the_reader():
    assert "Opportunity" in render("{% stage 'opportunity' %}")
    assert 'class="lc-badge tone-amber lc-badge-dot"' in render("{% stage 'opportunity' %}")


def test_a_temperature_is_not_told_by_colour_alone():
    shown = render("{% temperature 'hot' %}")

    assert "ti-flame" in shown
    assert "Hot" in shown


def test_a_line_touches_top_and_bottom():
    assert sparkline((0, 10))["line"] == "M0.0 28.0 L100.0 2.0"
    assert sparkline(())["line"] == ""


def test_progress_says_how_far():
    shown = render("{% progress 640 1000 'Importing' %}")

    assert "640 of 1,000" in shown
    assert 'aria-valuenow="64"' in shown


@pytest.mark.parametrize(
    ("change", "is_less_better", "css"),
    [(12, False, "delta-up"), (-8, False, "delta-down"), (-8, True, "delta-up")],
)
def test_a_change_for_the_better_is_green(change, is_less_better, css):
    source = "{% stat 'Cost' 5 change=change is_less_better=less %}"

    assert f'class="{css}"' in render(source, change=change, less=is_less_better)
