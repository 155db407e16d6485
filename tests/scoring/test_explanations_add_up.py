from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from scoring.breakdown import breakdown
from scoring.models import Counting
from tests.factories import NOW, make_lead
from tests.scoring.scene import (
    DOWNLOADED,
    VISITED,
    activity_rule,
    fit_rule,
    happen,
    make_active,
    points,
    rescored,
)

KINDS = some.sampled_from([VISITED, DOWNLOADED])
POINTS = some.integers(-100, 100).filter(bool)


@some.composite
def activity_rules(draw):
    counting = draw(some.sampled_from(Counting.values))
    things = some.sampled_from(["day", "scene_content"])
    return activity_rule(
        draw(POINTS),
        draw(KINDS),
        counting=counting,
        distinct_by=draw(things) if counting == Counting.DISTINCT else "",
        half_life_days=draw(some.none() | some.integers(1, 60)),
        cap=draw(some.none() | some.integers(1, 50)),
    )


@some.composite
def fit_rules(draw):
    country = {"field": "country", "op": "is", "value": draw(some.sampled_from(["DE", "AT"]))}
    return {
        **fit_rule(draw(POINTS), country),
        "axis": draw(some.sampled_from(["fit", "engagement"])),
    }


EVENTS = some.tuples(
    KINDS,
    some.timedeltas(timedelta(0), timedelta(days=90)),
    some.sampled_from(["a", "b", None]),
    some.booleans(),
)


@pytest.mark.requirement("S80")
@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rules=some.lists(activity_rules() | fit_rules(), min_size=1, max_size=5),
    events=some.lists(EVENTS, max_size=8),
    caps=some.tuples(some.integers(30, 100), some.integers(0, 100)),
)
def test_every_breakdown_adds_up_to_the_stored_score(rules, events, caps):
    make_active(*rules, fit_cap=caps[0], engagement_cap=caps[1])
    lead = make_lead(country="DE", as_of=NOW - timedelta(days=100))
    for kind, age, content, is_machine in events:
        data = {"content": content} if content else {}
        happen(lead, kind, at=NOW - age, data=data, is_machine=is_machine)
    rescored(lead)

    why = breakdown(lead.pk, as_of=NOW)

    stored = points(lead)
    assert (why.fit.points, why.engagement.points, why.total) == stored
    for part in (why.fit, why.engagement):
        assert sum(row.points for row in part.rows) + part.limited == part.points
        for row in part.rows:
            if row.raw is not None:
                pieces = sum((piece.points for piece in row.pieces), start=row.more_points)
                assert pieces == row.raw
                assert abs(Decimal(row.points) - row.raw) <= Decimal("0.5") or row.is_capped
    assert why.fit.points + why.engagement.points + why.limited == why.total
