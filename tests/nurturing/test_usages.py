"""What sequences need cannot be deleted under them."""

from typing import Any

import pytest

from accounts.action import writing
from leads.conditions import segment_usages
from leads.models import Segment
from tests.conditions.scene import leaf
from tests.nurturing.scene import make_draft, make_organisation, make_sequence, url

pytestmark = pytest.mark.django_db


def make_segment(name: str) -> tuple[Segment, dict[str, Any]]:
    """Return a segment and the condition to be in it."""
    with writing("scene"):
        segment = Segment.objects.create(name=name, where=leaf("city", "is", "Berlin"))
    return segment, leaf("segment", "is", str(segment.public_id))


def test_a_segment_knows_the_sequences_that_use_it() -> None:
    entering, inside = make_segment("Entering")
    reached, at_goal = make_segment("Reached")
    unused, _ = make_segment("Unused")
    make_organisation()
    trigger = {"kind": "condition", "where": {"not": inside}}
    sequence = make_sequence(trigger=trigger, goal=at_goal)

    for segment in (entering, reached):
        (usage,) = segment_usages(segment)
        assert (usage.kind, usage.name, usage.url) == ("Sequence", "Welcome", url(sequence))
    assert segment_usages(unused) == []


def test_a_draft_without_conditions_uses_nothing() -> None:
    segment, _ = make_segment("Unused")
    make_draft()

    assert segment_usages(segment) == []
