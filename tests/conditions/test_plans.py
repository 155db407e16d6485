"""A leaf on an indexed column lets the planner use the index, and so does its opposite."""

from typing import Any

import pytest
from django.db import connection

from accounts.action import writing
from conditions.compile import compile_q
from conditions.tree import parse
from leads.conditions import LEADS
from leads.models import Lead
from leads.stages import Channel, Stage
from tests.conditions.indexes import hide_other_indexes, searched
from tests.conditions.scene import DAY, leaf
from tests.factories import NOW, make_field, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def _many_leads() -> None:
    """A thousand leads that differ, known to the planner, which must not read them all."""
    make_field("town")
    make_field("budget", "number")
    make_field("colours", "multi_choice", choices=[{"value": "a"}, {"value": "b"}])
    numbers = range(1_000)
    with writing("scene"):
        Lead.objects.bulk_create(
            Lead(
                first_channel=Channel.values[number % 20],
                first_channel_at=NOW,
                stage=Stage.values[number % 7],
                stage_at=NOW,
                score=number,
                country=f"{chr(65 + number % 26)}A",
                created_at=NOW - number * DAY,
                updated_at=NOW,
                last_activity_at=NOW - number * DAY,
                custom={"town": f"Town {number}", "budget": number},
            )
            for number in numbers
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")


@pytest.mark.parametrize(
    ("where", "index"),
    [
        (leaf("country", "is", "DE"), "lead_country"),
        (leaf("country", "is_one_of", ["DE", "AT"]), "lead_country"),
        (leaf("stage", "is", "mql"), "lead_stage_created"),
        (leaf("first_channel", "is_one_of", ["website", "email"]), "lead_alive_channel"),
        (leaf("temperature", "is", "hot"), "lead_alive_temperature"),
        (leaf("score", "at_least", 990), "lead_score"),
        ({"not": leaf("score", "at_least", 10)}, "lead_score"),
        (leaf("score", "between", [10, 50]), "lead_score"),
        (leaf("created_at", "in_last_days", 7), "lead_created"),
        ({"not": leaf("created_at", "before", "2026-11-01")}, "lead_created"),
        (leaf("last_activity", "in_last_days", 7), "lead_last_activity"),
        (leaf("owner", "is_me"), "lead_owner_stage"),
        (leaf("custom.town", "is", "x"), "lead_custom"),
        (leaf("custom.budget", "is", 5), "lead_custom"),
        (leaf("custom.colours", "has_all_of", ["a", "b"]), "lead_custom"),
        (leaf("email", "is", "ada@example.org"), "identifier_unique"),
        (leaf("company_domain", "is", "example.org"), "leads_company_domain_"),
        (
            leaf("activity_count", "at_least", 3, kind="note.added", within_days=14),
            "activity_kind_at",
        ),
    ],
    ids=str,
)
@pytest.mark.usefixtures("_many_leads")
def test_a_leaf_uses_its_index(where: dict[str, Any], index: str) -> None:
    node = parse(where, LEADS, is_personal=True)
    found = Lead.objects.alive().filter(compile_q(node, as_of=NOW, user_id=make_user().pk))
    hide_other_indexes(index)

    assert [name for name in searched(found) if name.startswith(index)]


def test_a_lead_with_many_rows_is_not_joined() -> None:
    where = {"all": [leaf("tags", "has", "VIP"), leaf("email", "is", "ada@example.org")]}

    sql = str(Lead.objects.filter(compile_q(parse(where, LEADS), as_of=NOW)).query)

    assert " JOIN " not in sql.split(" WHERE ")[0]
    assert "COALESCE" not in sql
