from typing import Any

import pytest

from accounts.actor import user_actor
from accounts.models import User
from conditions.errors import ConditionError
from leads.conditions import lead_condition, leads_where, segment_leads
from leads.models import Segment
from tests.conditions.scene import leaf
from tests.factories import NOW, make_lead

BERLIN = leaf("city", "is", "Berlin")


def test_a_condition_only_narrows_what_somebody_sees(rep: User, stranger: User) -> None:
    mine = make_lead(city="Berlin", owner=rep, team=rep.team)
    make_lead(city="Berlin", owner=stranger, team=stranger.team)
    make_lead(city="Hamburg", owner=rep, team=rep.team)

    for where in (BERLIN, {"any": [BERLIN, BERLIN]}, {"all": [{"everyone": True}, BERLIN]}):
        assert list(leads_where(where, actor=user_actor(rep), as_of=NOW)) == [mine]


def test_everyone_is_everyone_that_somebody_sees(rep: User, stranger: User) -> None:
    mine = make_lead(owner=rep, team=rep.team)
    theirs = make_lead(owner=stranger, team=stranger.team)

    for where in ({"everyone": True}, {"not": leaf("city", "is", "Nowhere")}):
        assert list(leads_where(where, actor=user_actor(rep), as_of=NOW)) == [mine]
        assert list(leads_where(where, actor=user_actor(stranger), as_of=NOW)) == [theirs]


def test_leads_in_the_bin_are_found_by_nothing(marketer: User) -> None:
    make_lead(city="Berlin", deleted_at=NOW)

    assert list(leads_where(BERLIN, actor=user_actor(marketer), as_of=NOW)) == []


def test_me_is_the_actor(rep: User) -> None:
    mine = make_lead(owner=rep, team=rep.team)
    pool = make_lead()

    actor = user_actor(rep)
    assert list(leads_where(leaf("owner", "is_me"), actor=actor, as_of=NOW)) == [mine]
    assert list(leads_where(leaf("owner", "is_not_me"), actor=actor, as_of=NOW)) == [pool]


def test_a_field_without_the_right_is_refused(service: User) -> None:
    where = leaf("score", "at_least", 1)

    with pytest.raises(ConditionError) as caught:
        leads_where(where, actor=user_actor(service), as_of=NOW)

    assert (caught.value.code, caught.value.field) == ("condition_invalid", "where.field")
    assert caught.value.status == 400


def test_a_segment_shows_its_leads_to_those_who_see_them(
    rep: User, stranger: User, viewer: User
) -> None:
    mine = make_lead(city="Berlin", owner=rep, team=rep.team, score=50)
    segment = Segment(name="Berlin", where={"all": [BERLIN, leaf("score", "at_least", 50)]})

    assert list(segment_leads(segment, actor=user_actor(rep), as_of=NOW)) == [mine]
    assert list(segment_leads(segment, actor=user_actor(viewer), as_of=NOW)) == [mine]
    assert list(segment_leads(segment, actor=user_actor(stranger), as_of=NOW)) == []


def test_one_query_finds_the_leads(marketer: User, django_assert_num_queries: Any) -> None:
    where = {"all": [BERLIN, leaf("activity_count", "at_least", 2, kind="note.added")]}
    node = lead_condition(where, actor=user_actor(marketer))

    with django_assert_num_queries(1):
        list(leads_where(node, actor=user_actor(marketer), as_of=NOW))
