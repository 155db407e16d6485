"""What is a condition and what is not."""

import json
from typing import Any

import pytest

from accounts.rights import ROLE_RIGHTS, Right, Role
from conditions.errors import ConditionError
from conditions.tree import leaves, parse, parse_text, to_json
from leads.conditions import LEADS
from tests.conditions.scene import leaf
from tests.factories import make_field, make_user

pytestmark = pytest.mark.django_db
CITY = leaf("city", "is", "Berlin")


def refusal(where: Any, **options: Any) -> tuple[str, str, str]:
    """Return code, path and message of the refusal of ``where``."""
    with pytest.raises(ConditionError) as caught:
        parse(where, LEADS, **options)
    return caught.value.code, caught.value.field, str(caught.value)


@pytest.mark.parametrize(
    "where",
    [
        {"everyone": True},
        CITY,
        leaf("email", "is_set"),
        leaf("score", "between", [1, 5]),
        leaf("created_at", "before", "2026-11-02T10:00:00+01:00"),
        leaf("created_at", "in_period", "last_month"),
        leaf("activity_count", "at_least", 3, kind="note.added", within_days=14),
        {"all": [CITY, {"any": [CITY, {"not": CITY}]}, {"not": {"all": [CITY]}}]},
    ],
    ids=str,
)
def test_a_condition_survives_reading_and_writing(where: dict[str, Any]) -> None:
    node = parse(where, LEADS)

    assert to_json(node) == where
    assert parse_text(json.dumps(where), LEADS) == node


@pytest.mark.parametrize(
    ("where", "path", "message"),
    [
        ({}, "where", "Must have “field” and “op”, or be “all”, “any”, “not” or “everyone”."),
        ([], "where", "Must be an object."),
        (None, "where", "Must be an object."),
        ({"all": []}, "where.all", "A group must not be empty; say “everyone”."),
        ({"any": []}, "where.any", "A group must not be empty; say “everyone”."),
        ({"all": {}}, "where.all", "Must be a list of conditions."),
        ({"all": [CITY, 1]}, "where.all[1]", "Must be an object."),
        ({"not": [CITY]}, "where.not", "Must be an object."),
        ({"not": {"any": [leaf("x", "is", "y")]}}, "where.not.any[0].field", "no such field"),
        ({"everyone": False}, "where", "Must have “field” and “op”"),
        ({"all": [CITY], "any": [CITY]}, "where", "Must have “field” and “op”"),
        ({"field": "city"}, "where.op", "“City” cannot be asked like this. Possible: is,"),
        (leaf("city", "at_least", 3), "where.op", "“City” cannot be asked like this."),
        (leaf("city", "is"), "where.value", "A value is missing."),
        (leaf("city", "is_set", "x"), "where.value", "This operator takes no value."),
        (leaf("city", "is", ""), "where.value", "Must be a text that is not empty."),
        (leaf("city", "is", "  "), "where.value", "Must be a text that is not empty."),
        (leaf("city", "is", 5), "where.value", "Must be a text that is not empty."),
        (leaf("city", "is", "x" * 201), "where.value", "Must not be longer than 200 characters."),
        (leaf("city", "is", "a\x00b"), "where.value", "Must not contain control characters."),
        (leaf("city", "is", "\ud800"), "where.value", "Must not contain control characters."),
        (leaf("city", "is_one_of", []), "where.value", "a list with at least one value"),
        (leaf("city", "is_one_of", ["a", ""]), "where.value[1]", "Must be a text"),
        (leaf("city", "is_one_of", ["a"] * 201), "where.value", "more than 200 values"),
        (leaf("score", "is", "5"), "where.value", "Must be a number."),
        (leaf("score", "is", True), "where.value", "Must be a number."),
        (leaf("score", "is", float("nan")), "where.value", "Must be a number."),
        (leaf("score", "is", float("inf")), "where.value", "Must be a number."),
        (leaf("score", "is", 10**16), "where.value", "This number is too large."),
        (leaf("score", "is", 2.5), "where.value", "Must be a whole number."),
        (leaf("score", "between", [5]), "where.value", "a list of two values"),
        (leaf("score", "between", [5, 1]), "where.value", "must not be greater than the second"),
        (leaf("email_valid", "is", "true"), "where.value", "Must be true or false."),
        (leaf("stage", "is", "vip"), "where.value", "Is not one of the possible values."),
        (leaf("stage", "is_one_of", ["mql", "x"]), "where.value[1]", "not one of the possible"),
        (leaf("created_at", "on", "02.11.2026"), "where.value", "Must be a date"),
        (leaf("created_at", "on", "2026-02-30"), "where.value", "Must be a date"),
        (leaf("created_at", "before", "2026-11-02T10:00:00"), "where.value", "with its zone"),
        (leaf("created_at", "in_last_days", 0), "where.value", "from 1 to 36500"),
        (leaf("created_at", "in_last_days", 1.5), "where.value", "Must be a whole number"),
        (leaf("created_at", "in_period", "soon"), "where.value", "not one of the possible"),
        ({**CITY, "extra": 1}, "where", "Has a part that is not known here."),
        ({**CITY, "params": {"kind": "x"}}, "where.params", "a part that is not known here"),
        ({**CITY, "params": []}, "where.params", "Must be an object."),
        (leaf("activity_count", "is", 1), "where.params.kind", "A value is missing."),
        (leaf("activity_count", "is", 1, kind="x.y"), "where.params.kind", "not one of the"),
        (
            leaf("activity_count", "is", 1, kind="note.added", within_days=0),
            "where.params.within_days",
            "Must be a whole number from 1 to 3650.",
        ),
        (leaf("owner", "is_me"), "where.op", "A rule must mean the same for everybody"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_with_its_place(where: Any, path: str, message: str) -> None:
    code, field, text = refusal(where)

    assert (code, field) == ("condition_invalid", path)
    assert message in text


@pytest.mark.case("Q02")
@pytest.mark.parametrize(
    "where",
    [
        {"_connector": "OR 1=1 --"},
        {"_negated": True},
        {**CITY, "_connector": "OR 1=1 --"},
        {**CITY, "_negated": True},
        {"all": [CITY], "_connector": "XOR"},
        {"all": [{"_connector": "OR", "children": [CITY]}]},
        {**CITY, "params": {"_connector": "OR"}},
    ],
    ids=str,
)
def test_the_insides_of_a_query_cannot_be_named(where: dict[str, Any]) -> None:
    code, _field, _text = refusal(where)

    assert code == "condition_invalid"


@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    "name",
    [
        "email) or 1=1--",
        "email__regex",
        "city__regex",
        "owner__password__startswith",
        "owner__password",
        "pk",
        "id",
        "deleted_at",
        "custom.x' OR 1=1",
        "custom.",
        "custom.town__regex",
        "",
        None,
        7,
        ["city"],
    ],
    ids=str,
)
def test_only_names_of_the_registry_are_fields(name: Any) -> None:
    make_field("town")

    _code, field, text = refusal({"field": name, "op": "is", "value": "x"})

    assert (field, text) == ("where.field", "There is no such field.")


@pytest.mark.case("Q03")
@pytest.mark.case("Q07")
@pytest.mark.parametrize("op", ["regex", "__regex", "iregex", "matches", "is__regex", "", None, []])
def test_there_are_no_regular_expressions(op: Any) -> None:
    _code, field, _text = refusal({"field": "city", "op": op, "value": "(a+)+$"})

    assert field == "where.op"


def test_six_levels_are_allowed_and_no_more() -> None:
    where: dict[str, Any] = CITY
    for _ in range(6):
        where = {"not": where}

    assert to_json(parse(where, LEADS)) == where
    assert refusal({"not": where})[1:] == (
        "where.not.not.not.not.not.not.not",
        "Must not be nested deeper than 6 levels.",
    )


def test_sixty_leaves_are_allowed_and_no_more() -> None:
    assert len(list(leaves(parse({"all": [CITY] * 60}, LEADS)))) == 60
    assert refusal({"all": [CITY] * 61})[1:] == (
        "where.all[60]",
        "Must not have more than 60 conditions.",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This is not valid JSON."),
        ("{", "This is not valid JSON."),
        ('{"not":' * 5_000 + "1" + "}" * 5_000, "This is not valid JSON."),
        ('{"everyone": true, "everyone": true}', "This is not valid JSON."),
        (" " * 65_537, "This condition is too long."),
    ],
)
def test_a_text_that_is_no_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConditionError, match=message):
        parse_text(text, LEADS)


def test_a_field_that_somebody_may_not_read_does_not_exist_for_them() -> None:
    make_field("health", is_sensitive=True)
    service = LEADS.snapshot(ROLE_RIGHTS[Role.SERVICE])
    marketer = LEADS.snapshot(ROLE_RIGHTS[Role.MARKETER])

    for where in (leaf("score", "at_least", 1), leaf("custom.health", "is", "x")):
        assert to_json(parse(where, marketer)) == where
        with pytest.raises(ConditionError, match="There is no such field"):
            parse(where, service)
    assert "score" not in {field.name for field in service.fields()}
    assert Right.SCORES_READ not in ROLE_RIGHTS[Role.SERVICE]


def test_me_may_be_named_where_somebody_looks() -> None:
    assert to_json(parse(leaf("owner", "is_me"), LEADS, is_personal=True)) == leaf("owner", "is_me")


def test_many_conditions_read_the_database_once(django_assert_num_queries: Any) -> None:
    make_field("town")
    owner = make_user()
    snapshot = LEADS.snapshot()
    wheres = [leaf("custom.town", "is", "x"), leaf("owner", "is", str(owner.public_id))]

    with django_assert_num_queries(2):
        for where in wheres * 10:
            parse(where, snapshot)
