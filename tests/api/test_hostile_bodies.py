"""Whatever stands in a body or an address of the API is answered, and never with a server error."""

import json
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.rights import ApiScope, Role
from tests.api.test_document import SETS
from tests.factories import make_token
from tests.rights.asking import undone
from tests.rights.rows import rows
from tests.rights.world import World
from tests.security.hostile import reading_address

VALUES = {
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "override": "\u202eevil",
    "long": "x" * 100_000,
    "huge": 10**400,
    "minus": -(2**63) - 1,
    "float": 1e308,
    "not_a_number": float("nan"),
    "year_0": "0000-01-01T00:00:00Z",
    "year_9999": "9999-12-31T23:59:59-14:00",
    "null": None,
    "list": [[["x"]]],
    "object": {"$ne": 1, "__class__": "x"},
    "true": True,
}
FIELDS = (
    "email", "phone", "occurred_at", "custom", "identifiers", "consents", "tags", "version",
    "stage", "to", "reason", "amount", "expected_on", "won_on", "probability", "note", "next_step",
    "duration_minutes", "owner", "score", "text", "body", "country", "website", "time_zone",
)  # fmt: skip
WRITES = [row for row in rows().values() if row.is_api and row.method != "GET"]
LISTS = [
    row
    for row in rows().values()
    if row.method == "GET" and row.is_api and row.route.endswith(("list", "timeline"))
]
ASKED = ("q", "where", "stage", "email", "state", "owner", "lead", "form", "cursor", "page_size")


@pytest.fixture
def key(admin, settings):
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    return make_token(admin, *ApiScope.values)[1]


def test_every_operation_of_the_document_is_in_a_set_that_is_tried_out():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    assert [path for path in paths if not any(part in path for part in SETS)] == []
    assert sum(len(operations) for operations in paths.values()) >= 28


@pytest.mark.case("C12")
@pytest.mark.django_db
@pytest.mark.parametrize("row", WRITES, ids=lambda row: f"{row.method}-{row.route}")
def test_no_value_in_a_body_breaks_the_api(row, key):
    world, things = World(), {}
    client = world.client("rep")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    address = reading_address(row, world, things)
    bodies = [
        json.dumps(row.data | dict.fromkeys((*FIELDS, *row.data), value))
        for value in VALUES.values()
    ]
    bodies += [
        json.dumps(row.data | {name: value}) for name in row.data for value in VALUES.values()
    ]
    bodies += ["[" * 100_000, '{"a":' * 100_000, "", "\x00", "null", "[]", '"x"', "1e999999"]

    found = {}
    for body in bodies:
        with undone():
            send = client.generic(row.method, address, body, content_type="application/json")
        refused = send.status_code >= 400
        if send.status_code >= 500 or (refused and "code" not in send.json()):
            found[body[:80]] = send.status_code

    assert found == {}


@pytest.mark.django_db
@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.route)
def test_no_value_in_an_address_breaks_the_api(row, key):
    world = World()
    client = world.client(Role.ADMIN)
    address = reading_address(row, world, {})
    texts = [str(value).encode("utf-8", "surrogatepass") for value in VALUES.values()]

    statuses = {
        client.get(
            f"{address}?{urlencode(dict.fromkeys(ASKED, text) if name == 'all' else {name: text})}",
            headers={"Authorization": f"Bearer {key}"},
        ).status_code
        for text in texts
        for name in ("all", "cursor", "page_size")
    }

    assert statuses <= {200, 400, 404, 422}


@pytest.mark.case("C12")
@pytest.mark.django_db
@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.route)
@pytest.mark.parametrize("place", ["1'", "\x00", "", "x" * 1000, "1.5", "2026-13-01", "2026-02-30"])
def test_a_cursor_that_somebody_made_up_is_not_found(row, place, key):
    world = World()
    address = reading_address(row, world, {})
    cursor = b64encode(urlencode({"p": place}).encode()).decode()

    answer = world.client(Role.ADMIN).get(
        f"{address}?{urlencode({'cursor': cursor})}", headers={"Authorization": f"Bearer {key}"}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
