from datetime import timedelta
from typing import Any

import pytest

from conditions.explain import Explained, explain
from conditions.tree import parse
from leads.conditions import LEADS
from leads.models import Lead
from tests.conditions.scene import leaf
from tests.factories import NOW

WHERE = {
    "all": [
        leaf("stage", "is", "mql"),
        {"any": [leaf("city", "is", "Berlin"), leaf("score", "at_least", 90)]},
        {"not": leaf("tags", "has", "VIP")},
    ]
}


def why(where: dict[str, Any], lead: Lead, **options: Any) -> Explained:
    options = {"as_of": NOW, **options}
    return explain(
        parse(where, LEADS, is_personal=True), Lead.objects.filter(pk=lead.pk), **options
    )


def test_each_part_says_whether_it_holds(scene: dict[str, Lead]) -> None:
    explained = why(WHERE, scene["full"])

    assert [(part.holds, part.sentence) for part in explained.parts] == [
        (True, "Stage is “MQL”"),
        (True, "City is “Berlin” or Score is at least 90"),
        (False, "Tags: not “VIP”"),
    ]
    assert [part.holds for part in explained.parts[1].parts] == [True, False]
    assert explained.holds is False


def test_the_innermost_parts_that_fail_are_named(scene: dict[str, Lead]) -> None:
    failing = [part.sentence for part in why(WHERE, scene["other"]).failing()]

    assert failing == [
        "Stage is “MQL”",
        "City is “Berlin”",
        "Score is at least 90",
        "Tags: not “VIP”",
    ]
    assert list(why({"everyone": True}, scene["other"]).failing()) == []


def test_one_query_explains_everything(
    scene: dict[str, Lead], django_assert_num_queries: Any
) -> None:
    node = parse(WHERE, LEADS)

    with django_assert_num_queries(1):
        explain(node, Lead.objects.filter(pk=scene["full"].pk), as_of=NOW)


def test_the_explanation_is_as_of_its_time(scene: dict[str, Lead]) -> None:
    where = leaf("activity_count", "at_least", 4, kind="note.added")

    assert why(where, scene["full"]).holds is False
    assert why(where, scene["full"], as_of=NOW + timedelta(days=1)).holds is True


def test_me_is_who_asks(scene: dict[str, Lead]) -> None:
    mine = leaf("owner", "is_me")

    assert why(mine, scene["full"], user_id=scene["full"].owner_id).holds is True
    assert why(mine, scene["bare"], user_id=scene["full"].owner_id).holds is False
    assert why(mine, scene["full"]).holds is False
    assert why(leaf("owner", "is_not_me"), scene["full"]).holds is True


def test_a_lead_that_is_not_there_is_not_explained(scene: dict[str, Lead]) -> None:
    with pytest.raises(Lead.DoesNotExist):
        explain(parse(WHERE, LEADS), Lead.objects.none(), as_of=NOW)
