"""What leads would have been worth at many moments of the past, by the pieces of ``compiled``.

The chain is that of ``compiled``, only that every lead is looked at once for each ``Step``:

``seat``     a lead and a step at which marketing had it and it was known
``hit``      the activities that may count, with what each rule says to them, looked at once
``counted``  for each seat the raw hundredths of points of what was known by then

Nothing looks ahead: what happened later or was recorded later does not count, and the stage is that
of the log. Data of the lead itself has no past, so conditions read that of today; rules that read
what only became of the lead (``told_afterwards``) give no points.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from conditions.tree import Leaf, Node, leaves, parse
from ground import days
from leads.conditions import LEADS
from leads.models import Lead, Segment
from leads.stages import Stage
from scoring.compiled import (
    IN_CHUNK,
    IS_OBJECTED,
    TOTAL,
    asks_for_time,
    axes_within,
    axis_sums,
    condition_points,
    hundredths,
    name_tests,
    named,
    raw_points,
    whole_points,
)
from scoring.details import DAY, detail_named
from scoring.models import Counting
from scoring.rulesets import Ruleset, RuleSpec

# As long as marketing has a lead, its score decides something.
WITH_MARKETING = (Stage.SUBSCRIBER, Stage.LEAD, Stage.MQL)
# Columns of today that sales, scoring or the clock write: read back into the past they would tell
# the rule how it ended.
AFTERWARDS = frozenset(
    {
        *("stage", "days_in_stage", "stage_at", "other_reason", "updated_at"),
        *("score", "fit", "engagement", "grade", "temperature"),
        *("score_of_model", "score_crossed_at", "score_gain"),
        *("owner", "owner_since", "team", "paused"),
        *("last_activity", "days_without_activity"),
    }
)
# These keep when it was; all other fields are answered by the data of today.
WITH_PAST = frozenset(
    {
        *("activity_count", "last_activity_of", "first_activity_of", "touch_count"),
        *("stage_ever", "episode_count", "created_at", "first_contact", "first_channel"),
        *("handoff_state", "rejected_because", "last_call", "open_task", "open_deal"),
        *("won_deals", "won_value"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of the past at which scores are looked at, and the day it is."""

    at: datetime
    today: date

    @classmethod
    def beginning(cls, day: date) -> "Step":
        """Return the first moment of ``day``, as the organisation counts them."""
        return cls(days.start_of(day), day)


@dataclass(frozen=True, slots=True)
class Seats:
    """The scores of one lead while marketing had it: the numbers of the steps, score and fit."""

    steps: list[int]
    totals: list[int]
    fits: list[int]


def told_afterwards(spec: RuleSpec) -> bool:
    """Say whether a rule reads what only became of the lead later."""
    return any(leaf.field.name in AFTERWARDS for leaf in _leaves(spec.node))


def reads_today(spec: RuleSpec) -> bool:
    """Say whether a rule reads data of the lead that has no past."""
    return any(leaf.field.name not in WITH_PAST for leaf in _leaves(spec.node))


def _leaves(node: Node | None) -> Iterator[Leaf]:
    """Yield the leaves of a condition, those of the segments in it too.

    A segment that keeps its members is a leaf itself: who is in it is asked as it is today.
    """
    for leaf in leaves(node) if node is not None else ():
        names = [choice.value for choice in leaf.chosen]
        inside = []
        if leaf.field.ref_kind == "segment":
            inside = list(Segment.objects.filter(public_id__in=names))
        if not inside or any(segment.is_stored for segment in inside):
            yield leaf
        for segment in inside:
            if not segment.is_stored:
                yield from _leaves(parse(segment.where, LEADS.snapshot()))


def without_afterwards(ruleset: Ruleset) -> Ruleset:
    """Return the ruleset with the rules that know how it ended giving no points."""
    rules = (
        replace(spec, node=None, broken="afterwards") if told_afterwards(spec) else spec
        for spec in ruleset.rules
    )
    return replace(ruleset, rules=tuple(rules))


def replay(ruleset: Ruleset, ids: Iterable[int], steps: Sequence[Step]) -> dict[int, Seats]:
    """Return the scores of the leads ``ids`` at those ``steps`` at which marketing had them.

    One query, or where a condition asks for the time one for each step. Leads in the bin and those
    who objected to being judged are left out.
    """
    ruleset = without_afterwards(ruleset)
    keys, found = list(ids), dict[int, Seats]()
    if not steps:
        return found
    is_bound = asks_for_time(ruleset, as_of=steps[-1].at)
    for group in [[number] for number in range(len(steps))] if is_bound else [range(len(steps))]:
        statement, parameters = replay_statement(ruleset, steps, group)
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters | {"ids": keys})
            for lead, *columns in cursor.fetchall():
                _append(found, lead, Seats(*columns))
    return found


def _append(found: dict[int, Seats], lead: int, more: Seats) -> None:
    seats = found.setdefault(lead, Seats([], [], []))
    seats.steps.extend(more.steps)
    seats.totals.extend(more.totals)
    seats.fits.extend(more.fits)


def replay_statement(
    ruleset: Ruleset, steps: Sequence[Step], numbers: Sequence[int]
) -> tuple[str, dict[str, Any]]:
    """Return the statement for the steps of these ``numbers``, and its parameters but ``ids``.

    Conditions are answered at the last of them.
    """
    last = steps[numbers[-1]].at
    parameters: dict[str, Any] = {
        "numbers": list(numbers),
        "moments": [steps[number].at for number in numbers],
        "days": [steps[number].today for number in numbers],
        "last": last,
        "zone": str(days.zone()),
        "marketing": [stage.value for stage in WITH_MARKETING],
    }
    tests = name_tests(ruleset, parameters)
    base = named(_base(ruleset, last).query.sql_with_params(), "base", parameters)
    parts = [
        f"base AS MATERIALIZED ({base})",
        _SEATS,
        *_counted(ruleset, tests),
        f"ruled AS ({_ruled(ruleset, tests)})",
        f"summed AS (SELECT lead_id, step, is_objected, {axis_sums(ruleset)} FROM ruled)",  # noqa: S608
        f"axes AS (SELECT lead_id, step, {axes_within(ruleset.limits)} FROM summed)",  # noqa: S608
    ]
    chain = ",\n".join(parts)
    statement = f"""
        WITH {chain}
        SELECT lead_id, array_agg(step ORDER BY step), array_agg({TOTAL} ORDER BY step),
            array_agg(fit ORDER BY step)
        FROM axes GROUP BY lead_id
    """  # noqa: S608 - built from constants; every value is a named parameter
    return statement, parameters


def _base(ruleset: Ruleset, last: datetime) -> QuerySet[Lead, Any]:
    columns = {
        f"p{number}": condition_points(spec, last, known_at=last)
        for number, spec in enumerate(ruleset.rules)
        if not spec.activity_kind or spec.broken
    }
    leads = Lead.objects.alive().filter(IN_CHUNK).order_by()
    return leads.values("id", "created_at", is_objected=IS_OBJECTED, **columns)


_SEATS = """
    stay AS (
        SELECT lead_id, to_stage, at AS from_at,
            lead(at) OVER (PARTITION BY lead_id ORDER BY at, id) AS until_at
        FROM leads_stagechange WHERE lead_id = ANY(%(ids)s::bigint[])
    ),
    moment AS (
        SELECT * FROM unnest(%(numbers)s::int[], %(moments)s::timestamptz[], %(days)s::date[])
            AS moment (step, at, today)
    ),
    seat AS MATERIALIZED (
        SELECT base.id AS lead_id, moment.step, moment.at, moment.today
        FROM base
        JOIN stay ON stay.lead_id = base.id AND stay.to_stage = ANY(%(marketing)s::text[])
        JOIN moment ON moment.at >= GREATEST(stay.from_at, base.created_at)
            AND (stay.until_at IS NULL OR moment.at < stay.until_at)
        WHERE NOT base.is_objected
    )
"""
_AGE = "seat.today - hit.day"
# What was known at the moment of the seat.
_KNOWN = "hit.lead_id = seat.lead_id AND hit.known_at <= seat.at"


def _counted(ruleset: Ruleset, tests: dict[int, str]) -> list[str]:
    """Return the activities with the answer of each rule, and what they count for each seat."""
    if not tests:
        return []
    answers = [f"({test}) AS h{number}" for number, test in tests.items()]
    together, parts = [], []
    for number in tests:
        spec = ruleset.rules[number]
        if spec.counting == Counting.DISTINCT:
            answers.append(f"{_thing(spec)} AS t{number}")
            parts.append(f"counted_{number} AS ({_different(number, spec)})")
        else:
            together.append(f"{raw_points(spec, f'hit.h{number}', _AGE)} AS c{number}")
    if together:
        parts.append(f"""
            counted AS (
                SELECT seat.lead_id, seat.step, {", ".join(together)}
                FROM seat JOIN hit ON {_KNOWN} GROUP BY seat.lead_id, seat.step
            )
        """)  # noqa: S608 - numbers of the rules
    hits = f"""
        hit AS MATERIALIZED (
            SELECT lead_id, GREATEST(occurred_at, recorded_at) AS known_at,
                (occurred_at AT TIME ZONE %(zone)s)::date AS day, {", ".join(answers)}
            FROM leads_activity
            WHERE lead_id = ANY(%(ids)s::bigint[]) AND NOT is_machine AND occurred_at <= %(last)s
                AND recorded_at <= %(last)s AND kind = ANY(%(kinds)s::text[])
        )
    """  # noqa: S608 - tests with named parameters
    return [hits, *parts]


def _different(number: int, spec: RuleSpec) -> str:
    return f"""
        SELECT lead_id, step, sum({hundredths(spec, "age")}) AS c{number}
        FROM (
            SELECT seat.lead_id, seat.step, max({_AGE}) AS age FROM seat JOIN hit ON {_KNOWN}
            WHERE hit.h{number} GROUP BY seat.lead_id, seat.step, hit.t{number}
        ) AS things GROUP BY lead_id, step
    """  # noqa: S608 - numbers of the rule


def _thing(spec: RuleSpec) -> str:
    if spec.distinct_by == DAY:
        return "(occurred_at AT TIME ZONE %(zone)s)::date"
    return f"data ->> '{detail_named(spec.distinct_by).key}'"


def _ruled(ruleset: Ruleset, tests: dict[int, str]) -> str:
    columns = ["seat.lead_id", "seat.step", "base.is_objected"]
    columns += [f"base.p{n}" for n in range(len(ruleset.rules)) if n not in tests]
    columns += [f"{whole_points(ruleset.rules[n], f'c{n}')} AS p{n}" for n in tests]
    tables = {
        f"counted_{n}" if ruleset.rules[n].counting == Counting.DISTINCT else "counted"
        for n in tests
    }
    joins = [
        f"LEFT JOIN {table} ON {table}.lead_id = seat.lead_id AND {table}.step = seat.step"
        for table in sorted(tables)
    ]
    joined = " ".join(joins)
    return f"SELECT {', '.join(columns)} FROM seat JOIN base ON base.id = seat.lead_id {joined}"  # noqa: S608
