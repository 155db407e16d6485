"""Segments by country and by stage, as most tests of them need."""

from datetime import datetime
from typing import Any

from ground.ticks import run_tick
from leads.actions.segments import save_segment
from leads.following import TICK
from leads.models import Lead, Segment, SegmentKind
from tests.factories import EVERYTHING, NOW


def country(code: str) -> dict[str, Any]:
    return {"field": "country", "op": "is", "value": code}


def make_segment(name: str = "Inland", where: Any = None, **overrides: Any) -> Segment:
    values = {"where": where or country("DE"), "by": EVERYTHING, "as_of": NOW, **overrides}
    return save_segment(None, name=name, **values)


def make_kept(name: str = "Inland", where: Any = None, **overrides: Any) -> Segment:
    return make_segment(name, where, keeps_members=True, **overrides)


def make_list(name: str = "Messe") -> Segment:
    return save_segment(None, name=name, kind=SegmentKind.LIST, by=EVERYTHING, as_of=NOW)


def follow(as_of: datetime = NOW) -> None:
    """Run what follows changes of leads and of segments, as the clock does."""
    for name in (TICK, "nurturing.triggers", TICK, "nurturing.triggers"):
        run_tick(name, as_of=as_of)


def inside(segment: Segment) -> list[Lead]:
    """Return who is in a segment now, the oldest lead first."""
    here = Lead.objects.filter(memberships__segment=segment, memberships__left_at=None)
    return list(here.order_by("pk"))
