"""The list of leads narrowed by a condition."""

import json
from typing import Any

import pytest

from accounts.models import User
from tests.conditions.scene import leaf
from tests.factories import make_lead

BERLIN = json.dumps(leaf("city", "is", "Berlin"))


@pytest.mark.requirement("S88")
def test_the_list_shows_the_leads_of_a_condition_and_says_it(as_user: Any, marketer: User) -> None:
    inside = make_lead(city="Berlin")
    make_lead(city="Hamburg")

    response = as_user(marketer).get("/leads/", {"where": BERLIN})

    page = response.context["page"]
    assert page.rows == [inside]
    assert [str(chip.value) for chip in page.chips] == ["City is “Berlin”"]


def test_me_may_be_asked_for_in_a_list(as_user: Any, rep: User) -> None:
    mine = make_lead(owner=rep, team=rep.team)
    make_lead()

    response = as_user(rep).get("/leads/", {"where": json.dumps(leaf("owner", "is_me"))})

    assert response.context["page"].rows == [mine]


@pytest.mark.case("Q02")
@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    "where",
    [
        "{",
        json.dumps({"_connector": "OR 1=1 --"}),
        json.dumps(leaf("email) or 1=1--", "is", "x")),
        json.dumps(leaf("owner__password__startswith", "is", "x")),
    ],
)
def test_a_list_with_a_wrong_condition_shows_nobody(
    where: str, as_user: Any, marketer: User
) -> None:
    make_lead()

    page = as_user(marketer).get("/leads/", {"where": where}).context["page"]

    assert page.rows == []
    assert list(page.filter_form.errors) == ["where"]


def test_a_condition_over_a_hidden_field_shows_nobody(as_user: Any, service: User) -> None:
    make_lead(score=50)
    where = json.dumps(leaf("score", "at_least", 50))

    page = as_user(service).get("/leads/", {"where": where}).context["page"]

    assert page.rows == []
    assert page.filter_form.errors["where"] == ["There is no such field."]


def test_the_builder_keeps_the_other_filters(as_user: Any, marketer: User) -> None:
    response = as_user(marketer).get(
        "/leads/refine/", {"where": BERLIN, "stage": ["mql", "sql"], "page": "2"}
    )

    assert response.context["kept"] == [("stage", "mql"), ("stage", "sql")]
    assert response.context["form"]["where"].value() == BERLIN


def test_a_segment_begins_with_the_condition_of_the_list(as_user: Any, marketer: User) -> None:
    response = as_user(marketer).get("/segments/new/", {"where": BERLIN})

    assert response.context["form"]["where"].value() == BERLIN
