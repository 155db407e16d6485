import pytest

from accounts.rights import Role
from tests.rights.asking import ask, problems_of, suggestion
from tests.rights.routes import METHODS, routes
from tests.rights.rows import Row, rows
from tests.rights.world import OBJECTS

# Doors for scripts of other websites answer their preflight, the document of the API says OPTIONS.
_ASKED_FIRST = ("public_form", "public_form_bare", "track", "api_schema", "hubspot_submit")
_ASKED_FIRST += ("public_chat_say", "public_chat_look")
OPEN = {key: {200, 204} for key in _ASKED_FIRST}
ROUTES = {route.name: route for route in routes()}


@pytest.mark.case("Z00")
def test_every_route_has_a_name_of_its_own():
    names = [route.name for route in routes()]

    assert [route.pattern for route in routes() if not route.name] == []
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.case("Z00")
@pytest.mark.django_db
def test_every_route_has_a_row_in_the_matrix():
    known = {route for route, _method in rows()}
    missing = [route for name, route in ROUTES.items() if name not in known]

    told = "".join(suggestion(route) for route in missing)
    assert missing == [], f"Read CONTRIBUTING.md, then add rows:\n{told}"


@pytest.mark.case("Z00")
def test_no_row_is_left_of_a_route_that_is_gone():
    assert sorted({route for route, _method in rows()} - set(ROUTES)) == []


def test_a_row_says_what_stands_in_each_part_of_the_address():
    wrong = [
        row.route
        for row in rows().values()
        if set(row.objects) != set(ROUTES[row.route].kwargs)
        or not set(row.objects.values()) <= set(OBJECTS)
    ]

    assert wrong == []


@pytest.mark.case("Z00")
@pytest.mark.case("Z08")
@pytest.mark.django_db
@pytest.mark.parametrize("row", rows().values(), ids=lambda row: f"{row.method}-{row.route}")
def test_each_role_gets_what_the_matrix_says_and_a_refusal_changes_nothing(row, world):
    assert problems_of(row, world) == []


@pytest.mark.case("Z00")
@pytest.mark.case("Z08")
@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted({route for route, _method in rows()}))
def test_a_method_without_a_row_is_refused_and_changes_nothing(name, world):
    listed = {method: row for (route, method), row in rows().items() if route == name}
    known = next(iter(listed.values()))
    caller = "leads:read" if known.is_api else Role.ADMIN
    client = world.client(caller)
    # A page that is read answers HEAD as well; test_safe_methods holds it to writing nothing.
    listed |= {"HEAD": known} if "GET" in listed else {}
    others = [method for method in METHODS if method not in listed]

    answers = {
        method: ask(Row(name, method, known.answers, known.objects), world, client, caller, "own")
        for method in others
    }

    told = {status for status, _written in answers.values()}
    assert told <= {403, 404, 405} | OPEN.get(name, set())
    assert [written for _status, written in answers.values() if written] == []
