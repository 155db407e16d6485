from typing import Any

import pytest

from accounts.action import writing
from conditions.errors import ConditionError
from conditions.refs import Usage, refs, refs_of_json, register_usages, used_by
from conditions.registry import MAX_INSIDE, Ref
from conditions.tree import parse
from leads.conditions import (
    LEADS,
    leads_where,
    refuse_circle,
    segment_condition,
    segment_usages,
)
from leads.models import Segment
from tests.conditions.scene import leaf
from tests.factories import EVERYTHING, NOW, make_field, make_user

pytestmark = pytest.mark.django_db


def make_segment(name: str, where: dict[str, Any]) -> Segment:
    with writing("scene"):
        return Segment.objects.create(name=name, where=where)


def inside(segment: Segment) -> dict[str, Any]:
    return leaf("segment", "is", str(segment.public_id))


def test_a_tree_says_what_it_uses() -> None:
    make_field("town")
    owner = make_user()
    berlin = make_segment("Berlin", leaf("city", "is", "Berlin"))
    where = {
        "all": [
            inside(berlin),
            {"not": leaf("owner", "is", str(owner.public_id))},
            {"any": [leaf("custom.town", "is", "x"), leaf("tags", "has", "VIP")]},
        ]
    }

    assert refs(parse(where, LEADS)) == {
        Ref("field", "segment"),
        Ref("segment", str(berlin.public_id)),
        Ref("field", "owner"),
        Ref("user", str(owner.public_id)),
        Ref("custom", "town"),
        Ref("field", "tags"),
        Ref("tag", "VIP"),
    }


def test_a_tree_that_no_longer_parses_still_says_what_it_uses() -> None:
    where = {"any": [leaf("gone", "is", "x"), {"not": leaf("tags", "has", "VIP")}]}

    assert refs_of_json(where, LEADS.snapshot()) == {Ref("field", "tags"), Ref("tag", "VIP")}


def test_a_segment_knows_who_uses_it() -> None:
    berlin = make_segment("Berlin", leaf("city", "is", "Berlin"))
    make_segment("Hamburg", leaf("city", "is", "Hamburg"))
    make_segment("Not Berlin", {"not": inside(berlin)})

    assert [(usage.kind, usage.name) for usage in segment_usages(berlin)] == [
        ("Segment", "Not Berlin")
    ]


def test_other_apps_tell_what_they_use(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Usage("Rule", "Points for VIP", "/rules/1/", leaf("tags", "has", "VIP"))
    monkeypatch.setattr("conditions.refs._usages", {})
    register_usages("rule", lambda: [rule])

    assert used_by(Ref("tag", "VIP"), LEADS.snapshot()) == [rule]
    assert used_by(Ref("tag", "Fair"), LEADS.snapshot()) == []
    with pytest.raises(ValueError, match="twice"):
        register_usages("rule", list)


def test_a_segment_cannot_contain_itself() -> None:
    first = make_segment("First", {"everyone": True})
    second = make_segment("Second", inside(first))
    third = make_segment("Third", {"not": inside(second)})

    for circle in (inside(first), inside(second), {"any": [inside(third)]}):
        with pytest.raises(ConditionError, match="must not contain itself"):
            refuse_circle(first, parse(circle, LEADS))
    refuse_circle(third, parse(inside(first), LEADS))


def test_a_circle_that_came_about_all_the_same_is_refused_when_it_is_asked() -> None:
    segment = make_segment("Round", {"everyone": True})
    with writing("scene"):
        Segment.objects.filter(pk=segment.pk).update(where=inside(segment))
    segment.refresh_from_db()

    with pytest.raises(ConditionError, match="use one another too deeply"):
        leads_where(segment_condition(segment), actor=EVERYTHING, as_of=NOW)


def test_segments_may_be_used_in_one_another_up_to_a_depth() -> None:
    segment = make_segment("0", leaf("city", "is", "Berlin"))
    for number in range(1, MAX_INSIDE + 1):
        segment = make_segment(str(number), inside(segment))
    assert list(leads_where(segment_condition(segment), actor=EVERYTHING, as_of=NOW)) == []

    with pytest.raises(ConditionError, match="too deeply"):
        leads_where(parse(inside(segment), LEADS), actor=EVERYTHING, as_of=NOW)


def test_segments_of_segments_cannot_grow_without_limit() -> None:
    wide = make_segment("wide", {"all": [leaf("city", "is", "Berlin")] * 60})
    wider = make_segment("wider", {"any": [inside(wide)] * 60})

    with pytest.raises(ConditionError, match="too many conditions together"):
        leads_where(segment_condition(wider), actor=EVERYTHING, as_of=NOW)


def test_a_condition_on_a_segment_that_is_gone_is_refused() -> None:
    segment = make_segment("Gone", {"everyone": True})
    where = inside(segment)
    with writing("scene"):
        segment.delete()

    with pytest.raises(ConditionError, match="not one of the possible values"):
        parse(where, LEADS)
