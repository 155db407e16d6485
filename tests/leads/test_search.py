"""Searching among leads: every word, anywhere, and never out of date."""

import pytest
from django.db import connection

from accounts.action import writing
from leads import listing
from leads.listing import find_leads, search_leads
from leads.models import Company, Identifier, Lead, SearchText
from tests.conditions.indexes import hide_other_indexes, searched
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


def found(text: str) -> set[str]:
    return set(search_leads(Lead.objects.all(), text).values_list("last_name", flat=True))


@pytest.fixture
def _people():
    make_lead(
        first_name="Ada", last_name="Lovelace", email="ada@engine.example", company="Analytical"
    )
    make_lead(
        first_name="Jürgen", last_name="Großmann", email="jg@firma.example", phone="030 901820"
    )


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("love", {"Lovelace"}),
        ("LOVELACE", {"Lovelace"}),
        ("ovela", {"Lovelace"}),
        ("lace ada", {"Lovelace"}),
        ("engine", {"Lovelace"}),
        ("nalytic", {"Lovelace"}),
        ("jürg", {"Großmann"}),
        ("GROSS", {"Großmann"}),
        ("groß", {"Großmann"}),
        ("example", {"Lovelace", "Großmann"}),
        ("ada großmann", set()),
        ("030 901820", {"Großmann"}),
        ("JG@Firma.example", {"Großmann"}),
        ("g", {"Großmann"}),
        ("lo", {"Lovelace"}),
        ("ve", set()),
        ("100%", set()),
        ("a_a", set()),
    ],
)
def test_every_word_must_occur_and_short_ones_begin_a_word(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    ("told", "grams"),
    [
        (" ada li", {" a", " ad", "ada", " l", " li"}),
        ("da li", {" l", " li"}),
        (" ü  x", {" ü", " x"}),
        (" ", None),
        ("ab", None),
    ],
)
def test_the_index_holds_three_letters_in_a_row_and_how_words_begin(told, grams):
    with connection.cursor() as cursor:
        cursor.execute("SELECT leadcrm_grams(%s)", [told])
        (held,) = cursor.fetchone()

    assert (held and set(held)) == grams


def test_a_search_follows_a_change_of_the_lead():
    lead = make_lead(last_name="Alt")
    with writing("scene"):
        Lead.objects.filter(pk=lead.pk).update(last_name="Neuling", city="Bremen")

    hits = [found(word) for word in ("neuling", "bremen", "alt")]

    assert hits == [{"Neuling"}, {"Neuling"}, set()]


def test_a_search_follows_a_change_of_the_company():
    lead = make_lead(last_name="Muster", company="Vorher GmbH")
    with writing("scene"):
        Company.objects.filter(pk=lead.company_id).update(name="Nachher AG")

    assert (found("nachher"), found("vorher")) == ({"Muster"}, set())


def test_an_identifier_that_moves_or_goes_is_searched_where_it_is():
    here, there = make_lead(last_name="Here"), make_lead(last_name="There")
    with writing("scene"):
        known = Identifier.objects.create(
            lead=here,
            kind="chat",
            value="x",
            normalised="signal:wanderer",
            created_at=here.created_at,
        )
        before = found("wanderer")
        Identifier.objects.filter(pk=known.pk).update(lead=there)
        moved = found("wanderer")
        known.delete()

    assert (before, moved, found("wanderer")) == ({"Here"}, {"There"}, set())


def test_what_is_looked_for_is_gone_with_its_lead():
    lead = make_lead(last_name="Vanishing")
    with writing("scene"), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadcrm.rewrite', 'erase', true)")
        lead.delete()

    assert not SearchText.objects.filter(told__contains="vanishing").exists()


def test_a_new_score_leaves_what_is_looked_for_alone():
    lead = make_lead()
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin, ctid FROM leads_searchtext WHERE lead_id = %s", [lead.pk])
        before = cursor.fetchall()
        with writing("scene"):
            Lead.objects.filter(pk=lead.pk).update(score=7, last_name=lead.last_name)
        cursor.execute("SELECT xmin, ctid FROM leads_searchtext WHERE lead_id = %s", [lead.pk])

        assert cursor.fetchall() == before


@pytest.mark.parametrize("text", ["muster", "mu", "muster ada"])
def test_a_search_reads_the_index_and_not_all_leads(text):
    make_lead()

    hide_other_indexes("searchtext_grams")

    assert searched(find_leads(Lead.objects.all(), text)) >= {"searchtext_grams"}


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize("text", ["example", "exam ada", "g", "großmann"])
def test_more_hits_than_are_counted_are_found_all_the_same(text, monkeypatch):
    few = found(text)
    monkeypatch.setattr(listing, "SEARCH_CAP", 0)

    assert found(text) == few
    assert set(find_leads(Lead.objects.all(), text).values_list("last_name", flat=True)) == few
