"""What a form does not ask for is not set by posting it along: mass assignment.

Each row of the matrix that somebody may post is posted as it stands, and again with columns that
only the system or other pages set; both must leave leads and people alike.
"""

from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.rights import Role
from tests.factories import make_team, make_user
from tests.rights.asking import address_of, filled, send, undone
from tests.rights.rows import Row, rows
from tests.rights.world import World

pytestmark = pytest.mark.django_db

WRITTEN = ("POST", "PUT", "PATCH")
# Who is asked first: whoever has least to say.
CALLERS = ("viewer", "service", "sales_rep", "rep", "sales_manager", "marketer", "admin")
# What matters of every lead and person, without what names the row.
SNAPSHOT = """
    SELECT 'lead', ROW(owner_id, team_id, stage, score, fit, engagement, grade, temperature,
        is_sample, deleted_at IS NULL, created_at < '2001-01-01', stage_at < '2001-01-01')::text
    FROM leads_lead
    UNION ALL
    SELECT 'person', ROW(role, is_active, is_sample, team_id)::text FROM accounts_user
    ORDER BY 1, 2
"""


# Fields that these forms have themselves: of a deal, and of a lead that the API refuses by rule.
OWN_FIELDS = {
    "deal": {"owner", "stage"},
    "deal_create": {"owner", "stage"},
    "api_lead_list": {"owner", "stage"},
}


def extra(other: User) -> dict[str, Any]:
    """Return columns, and fields as forms would call them, with values that no scene has."""
    people = dict.fromkeys(("owner_id", "created_by_id"), other.pk)
    teams = dict.fromkeys(("team_id", "to_team_id"), other.team_id)
    named = {"owner": str(other.public_id), "stage": "customer", "role": Role.ADMIN}
    marks = dict.fromkeys(("is_superuser", "is_staff", "is_sample"), "on")
    points = dict.fromkeys(("score", "fit", "engagement"), 99)
    times = dict.fromkeys(("created_at", "deleted_at", "stage_at"), "2000-01-01T00:00:00Z")
    rest = {"grade": "A1", "temperature": "hot", "pk": 1}
    return people | teams | named | marks | points | times | rest


def left_by(row: Row, world: World, caller: str, more: dict[str, Any]) -> tuple[int, Any]:
    """Return the status, and what is there afterwards; everything is undone."""
    with undone():
        address = address_of(row, world, caller, "own")
        data = more | filled(row.data, world, caller, "own")
        status = send(world.client(caller), row, address, data).status_code
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
            return status, cursor.fetchall()


def asked() -> list[Row]:
    return [
        row
        for row in rows().values()
        if row.method in WRITTEN
        # A form that only shows what forms look like, and asks for a score.
        and row.route != "styleguide_dialog"
        and any(_is_taken(row, caller) for caller in CALLERS)
    ]


def _is_taken(row: Row, caller: str) -> bool:
    status = row.answers.get(caller, (403,))[0]
    return status != "login" and status < 400


@pytest.mark.case("C16")
@pytest.mark.parametrize("row", asked(), ids=lambda row: f"{row.method}-{row.route}")
def test_columns_that_are_not_asked_for_are_not_set(row):
    world = World()
    other = make_user(Role.ADMIN, team=make_team("Somewhere else"))
    caller = next(caller for caller in CALLERS if _is_taken(row, caller))

    plain = left_by(row, world, caller, {})
    more = {k: v for k, v in extra(other).items() if k not in OWN_FIELDS.get(row.route, ())}
    with_more = left_by(row, world, caller, more)

    assert plain[0] < 400
    assert with_more == plain


def test_every_kind_of_page_is_asked():
    routes = {row.route for row in asked()}

    assert len(routes) > 100
    assert {"lead_create", "lead_edit", "profile", "api_lead_list"} <= routes
