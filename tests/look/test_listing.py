import uuid

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import SuspiciousOperation
from django.db.models import Q
from django.test import RequestFactory
from django_filters import ChoiceFilter, FilterSet

from accounts.models import Team
from ground import listing as listing_module
from ground.listing import Column, Empty, Listing, Page
from tests.factories import make_team


class TeamFilter(FilterSet):
    size = ChoiceFilter(
        choices=(("big", "Big"), ("small", "Small")), method="by_size", label="Size"
    )

    class Meta:
        model = Team
        fields = {"name": ["icontains"]}

    def by_size(self, rows, name, value):
        return rows.filter(name__startswith=value[0].upper())


TEAMS: Listing[Team] = Listing(
    key="teams",
    columns=(
        Column("name", "Name", order="name", is_main=True),
        Column("key", "Key", order="public_id"),
        Column("extra", "Extra", is_optional=True),
    ),
    ordering="name",
    row="teams.html#row",
    search=lambda rows, text: rows.filter(Q(name__icontains=text)),
    filters=TeamFilter,
    empty=Empty("No teams"),
)


def page_of(query: str) -> Page[Team]:
    return TEAMS.page(RequestFactory().get(f"/teams/?{query}"), Team.objects.all())


def names(page: Page[Team]) -> list[str]:
    return [team.name for team in page.rows]


@pytest.fixture
def teams(db):
    return [make_team(name) for name in ("Bern", "Arosa", "Chur")]


def test_rows_come_in_the_order_of_the_list(teams):
    assert names(page_of("")) == ["Arosa", "Bern", "Chur"]


def test_a_minus_turns_the_order_round(teams):
    assert names(page_of("ordering=-name")) == ["Chur", "Bern", "Arosa"]


@pytest.mark.case("Q01")
@pytest.mark.parametrize(
    "ordering",
    ["name;drop", "(select 1)", "owner__password", "-api_key", "extra", "--name", "name,key", "?"],
)
def test_an_order_that_the_list_does_not_have_is_a_bad_request(db, ordering):
    with pytest.raises(SuspiciousOperation):
        page_of(f"ordering={ordering}")


@pytest.mark.case("Q01")
def test_a_bad_order_is_answered_with_400(as_user, admin):
    answer = as_user(admin).get("/styleguide/listing/?ordering=name;drop")

    assert answer.status_code == 400


@pytest.mark.case("Q07")
@pytest.mark.parametrize(
    ("query", "number", "per_page"),
    [
        ("page=999999999&per_page=2", 2, 2),
        ("page=0&per_page=999999999", 1, 100),
        ("per_page=0", 1, 1),
    ],
)
def test_page_and_size_are_kept_in_bounds(teams, query, number, per_page):
    page = page_of(query)

    assert (page.number, page.per_page) == (number, per_page)


@pytest.mark.case("Q07")
@pytest.mark.parametrize("query", ["page=1e9", "page=-1", "per_page=1000000000000", "page=١"])
def test_a_page_that_is_no_number_is_a_bad_request(db, query):
    with pytest.raises(SuspiciousOperation):
        _ = page_of(query).number


def test_pages_follow_each_other_without_gap(teams):
    first, second = page_of("per_page=2"), page_of("per_page=2&page=2")

    assert names(first) + names(second) == ["Arosa", "Bern", "Chur"]
    assert (first.first, first.last, second.first, second.last) == (1, 2, 3, 3)


def test_equal_values_are_ordered_by_the_key(teams):
    terms = TEAMS.order_by("-name")

    assert [str(term) for term in terms] == [
        "OrderBy(F(name), descending=True)",
        "OrderBy(F(pk), descending=True)",
    ]


def test_a_search_narrows_the_rows(teams):
    assert names(page_of("q=%20aro%20")) == ["Arosa"]


def test_a_search_is_cut_and_freed_of_what_postgresql_refuses(teams):
    page = page_of(f"q=%00{'x' * 100_000}")

    assert page.search == "x" * 200
    assert page.rows == []


def test_a_filter_narrows_the_rows_and_shows_as_a_chip(teams):
    page = page_of("size=big&ordering=-name&page=1")

    assert names(page) == ["Bern"]
    assert [(c.label, c.value, c.url) for c in page.chips] == [
        ("Size", "Big", "/teams/?ordering=-name")
    ]


def test_a_filter_that_cannot_be_read_shows_no_rows(teams):
    page = page_of("size=huge")

    assert (page.is_valid, names(page), page.count) == (False, [], 0)


def test_the_count_stops_at_its_cap(teams, monkeypatch):
    monkeypatch.setattr(listing_module, "COUNT_CAP", 2)
    page = page_of("per_page=1")

    assert (page.count, page.is_capped, page.pages) == (2, True, 2)


def test_the_count_is_limited_in_the_database(teams, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        assert page_of("").count == 3

    assert "LIMIT 10001" in queries[0]["sql"]


def test_a_page_takes_two_queries(teams, django_assert_num_queries):
    page = page_of("q=a&size=small")

    with django_assert_num_queries(2):
        assert (page.rows, page.count, page.pages) == ([], 0, 1)


def test_columns_can_be_chosen_and_the_main_one_stays(db):
    assert [column.key for column in page_of("").columns] == ["name", "key"]
    assert [column.key for column in page_of("columns=extra").columns] == ["name", "extra"]


def test_a_column_that_the_list_does_not_have_is_a_bad_request(db):
    with pytest.raises(SuspiciousOperation):
        page_of("columns=name,password")


def test_the_address_keeps_everything_but_the_page(db):
    page = page_of("q=a&size=big&page=3")

    assert page.url(ordering="-name") == "/teams/?q=a&size=big&ordering=-name"
    assert page.url(page=4) == "/teams/?q=a&size=big&page=4"
    assert page.query == "q=a&size=big"
    assert page.clear_url == "/teams/"


def test_a_list_with_an_unknown_order_cannot_be_declared():
    with pytest.raises(SuspiciousOperation):
        Listing(key="x", columns=(), ordering="name", row="x", empty=Empty("x"))


def chosen(data: str) -> list[str]:
    form = "application/x-www-form-urlencoded"
    request = RequestFactory().post("/teams/", data, content_type=form)
    return [team.name for team in TEAMS.narrow(request, Team.objects.all()).rows]


def test_a_selection_is_what_was_ticked(teams):
    bern, arosa, _chur = teams

    assert chosen(f"ids={bern.public_id}&ids={arosa.public_id}") == ["Bern", "Arosa"]


def test_a_selection_of_all_is_what_matches_on_every_page(teams):
    assert chosen("scope=all&query=name__icontains%3Dr%26per_page%3D1") == ["Bern", "Arosa", "Chur"]
    assert chosen("scope=all&query=q%3Daro") == ["Arosa"]


def test_nothing_ticked_is_nothing(teams):
    assert chosen("") == []


def test_a_selection_never_leaves_the_rows_it_may_choose_from(teams):
    bern = teams[0]
    request = RequestFactory().post("/teams/", {"ids": [bern.public_id]})

    selection = TEAMS.narrow(request, Team.objects.exclude(pk=bern.pk))

    assert list(selection.rows) == []


@pytest.mark.parametrize(
    "data", ["ids=x", "scope=all&query=size%3Dhuge", "scope=all&query=columns%3Dx"]
)
def test_a_selection_that_cannot_be_read_is_a_bad_request(teams, data):
    with pytest.raises(SuspiciousOperation):
        chosen(data)


def test_an_unknown_key_chooses_nothing(teams):
    assert chosen(f"ids={uuid.uuid4()}") == []


def test_htmx_gets_the_list_alone(as_user, admin):
    client = as_user(admin)

    whole = client.get("/styleguide/listing/")
    part = client.get(
        "/styleguide/listing/", headers={"HX-Request": "true", "HX-Target": "div#listing-samples"}
    )

    assert b"<html" in whole.content
    assert part.content.strip().startswith(b'<div class="listing" id="listing-samples"')
    assert "HX-Target" in part["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(as_user, admin):
    answer = as_user(admin).get(
        "/styleguide/listing/",
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Target": "body"},
    )

    assert b"<html" in answer.content


def test_a_wrong_filter_is_answered_with_422_and_says_why(as_user, admin):
    answer = as_user(admin).get("/styleguide/listing/?content_type=0")

    assert answer.status_code == 422
    assert b"Select a valid choice" in answer.content
    assert Permission.objects.first().name.encode() not in answer.content


def test_a_list_without_rows_offers_exactly_one_thing_to_do(as_user, admin):
    Permission.objects.all().delete()

    content = as_user(admin).get("/styleguide/listing/").content.decode()

    assert content.count("btn-primary") == 3  # the empty state, the filters, the dialog
    assert "No samples yet" in content


def test_a_list_narrowed_to_nothing_offers_to_show_all(as_user, admin):
    content = as_user(admin).get("/styleguide/listing/?q=nothing+like+it").content.decode()

    assert "Nothing matches" in content
    assert 'href="/styleguide/listing/"' in content
