"""A ruleset compiled to SQL: the one place where points are worked out.

Rescoring, the breakdown of one lead and the preview of a draft are different ends of the same
chain of common table expressions:

``base``     a lead, its condition rules as ``p0, p1 …``, and what temperature needs
``counted``  a lead's activities as raw hundredths of points of each rule, ``c2, c3 …``
``ruled``    per lead the whole points of every rule, caps applied
``judged``   per lead both axes, the score, the grade and the temperature

Points are exact: each activity's decayed points are rounded to hundredths, their sum is capped and
rounded to whole points (half a point up), and from there on only whole points are added. Ages are
counted in whole days of the organisation, so that a score does not change during the day without
anything happening.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.expressions import Expression
from django.db.models.fields import BooleanField, DateTimeField, Field, SmallIntegerField

from conditions.compile import compile_q
from ground import days
from leads.kinds import KINDS
from leads.models import Activity, Lead
from leads.stages import Stage
from scoring.details import DAY, detail_named
from scoring.models import Counting
from scoring.rulesets import Ruleset, RuleSpec

CLOSE_TO_SALES = (Stage.SQL, Stage.OPPORTUNITY)
WARM_STAGES = (Stage.MQL, *CLOSE_TO_SALES)


class NamedSql(Expression):
    """A piece of SQL about ``leads_lead`` whose parameters are named ones of the whole chain."""

    conditional = True

    def __init__(self, sql: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the SQL as it is."""
        return self.sql, ()


IN_CHUNK = NamedSql('"leads_lead"."id" = ANY(%(ids)s::bigint[])', BooleanField())
IS_OBJECTED = NamedSql(
    """EXISTS (
        SELECT 1 FROM leads_consent WHERE leads_consent.lead_id = "leads_lead"."id"
            AND purpose = 'profiling' AND state IN ('objected', 'withdrawn')
    )""",
    BooleanField(),
)
# When the lead last did something, or the first contact where it never did. The column knows the
# present; only for the past the timeline is asked.
SEEN_AT = NamedSql(
    """COALESCE(
        CASE WHEN last_activity_at <= %(as_of)s THEN last_activity_at
            WHEN last_activity_at IS NOT NULL THEN (
                SELECT max(occurred_at) FROM leads_activity
                WHERE leads_activity.lead_id = "leads_lead"."id" AND NOT is_machine
                    AND kind = ANY(%(touches)s::text[]) AND occurred_at <= %(as_of)s
            )
        END, first_channel_at
    )""",
    DateTimeField(),
)


@dataclass(slots=True)
class Compiled:
    """The chain of a ruleset at one moment; add a SELECT from ``ruled`` or ``judged`` and run it.

    ``parameters`` lack ``ids``, the leads it is about.
    """

    ruleset: Ruleset
    as_of: datetime
    chain: str
    hit_tests: dict[int, str]
    parameters: dict[str, Any]
    is_time_bound: bool | None = None

    def for_leads(self, ids: Iterable[int]) -> dict[str, Any]:
        """Return the parameters for the leads ``ids``."""
        return {**self.parameters, "ids": list(ids)}

    def at(self, as_of: datetime) -> "Compiled":
        """Return the chain at another moment; compiled anew only where a condition asks for it."""
        if self.is_time_bound is None:
            self.is_time_bound = asks_for_time(self.ruleset, as_of=as_of)
        if self.is_time_bound:
            return compile_ruleset(self.ruleset, as_of=as_of)
        return replace(self, as_of=as_of, parameters=self.parameters | _moment(as_of))


def compile_ruleset(
    ruleset: Ruleset, *, as_of: datetime, known_at: datetime | None = None
) -> Compiled:
    """Return ``ruleset`` as SQL at ``as_of``.

    Activities that happened later do not count; with ``known_at``, for a backtest, neither do
    those that were recorded after it. Data of the lead itself is that of today.
    """
    parameters = _moment(as_of) | {
        "known_at": known_at,
        "touches": [kind.name for kind in KINDS.values() if kind.is_touch],
    }
    tests = name_tests(ruleset, parameters)
    base = named(_base(ruleset, as_of).query.sql_with_params(), "base", parameters)
    parts = [
        f"base AS ({base})",
        *_counted(ruleset, tests),
        f"ruled AS ({_ruled(ruleset, tests)})",
        f"summed AS MATERIALIZED ({_summed(ruleset)})",
        f"judged AS MATERIALIZED ({_judged(ruleset)})",
    ]
    return Compiled(ruleset, as_of, "WITH " + ",\n".join(parts), tests, parameters)


def name_tests(ruleset: Ruleset, parameters: dict[str, Any]) -> dict[int, str]:
    """Return by the number of each activity rule under which condition an activity counts.

    Their parameters, and ``kinds``, those that count for any rule, are put into ``parameters``.
    """
    tests = {
        number: named(_where(hit_q(spec)), f"hit_{number}", parameters)
        for number, spec in enumerate(ruleset.rules)
        if spec.activity_kind and not spec.broken
    }
    parameters["kinds"] = sorted({ruleset.rules[number].activity_kind for number in tests})
    return tests


def _moment(as_of: datetime) -> dict[str, Any]:
    return {"as_of": as_of, "today": days.day_of(as_of), "zone": str(days.zone())}


def _base(ruleset: Ruleset, as_of: datetime) -> QuerySet[Lead, Any]:
    """Return the leads of the chunk with one column ``p0, p1 …`` for each condition rule."""
    columns = {
        f"p{number}": condition_points(spec, as_of)
        for number, spec in enumerate(ruleset.rules)
        if not spec.activity_kind or spec.broken
    }
    return (
        Lead.objects.alive()
        .filter(IN_CHUNK)
        .order_by()
        .values(
            "id",
            "stage",
            "score",
            "fit",
            "engagement",
            "grade",
            "temperature",
            seen_at=SEEN_AT,
            is_objected=IS_OBJECTED,
            **columns,
        )
    )


def condition_points(
    spec: RuleSpec, as_of: datetime, known_at: datetime | None = None
) -> Expression:
    """Return the points of a condition rule as a column of a lead."""
    if spec.node is None:
        return Value(0, output_field=SmallIntegerField())
    condition = compile_q(spec.node, as_of=as_of, known_at=known_at)
    return Case(
        When(condition, then=Value(spec.points)),
        default=Value(0),
        output_field=SmallIntegerField(),
    )


def hit_q(spec: RuleSpec) -> Q:
    """Return the condition under which an activity counts for a rule, all else being equal."""
    holds = KINDS[spec.activity_kind].holds
    return Q(kind=spec.activity_kind) & (spec.detail_q or Q()) & (holds() if holds else Q())


def _where(condition: Q) -> tuple[str, Sequence[Any]]:
    """Return a condition on the columns of an activity as SQL."""
    query = Activity.objects.filter(condition).query
    try:
        sql, values = query.get_compiler(DEFAULT_DB_ALIAS).compile(query.where)
    except EmptyResultSet:
        # A thing of which there is none now: the ORM sees that no activity can be meant.
        return "false", ()
    return sql, tuple(values)


def named(statement: tuple[str, Sequence[Any]], prefix: str, parameters: dict[str, Any]) -> str:
    """Return the SQL of ``statement`` with its parameters put among the named ones."""
    sql, values = statement
    remaining = iter(enumerate(values))

    def name(match: re.Match[str]) -> str:
        if match.group() != "%s":
            return match.group()
        number, value = next(remaining)
        parameters[f"{prefix}_{number}"] = value
        return f"%({prefix}_{number})s"

    return re.sub(r"%%|%\(|%s", name, sql)


# Who was when: the age in days of the organisation, and the activities that may count at all.
AGE = "%(today)s::date - (occurred_at AT TIME ZONE %(zone)s)::date"
TOTAL = "LEAST(100, fit + engagement)"
COUNTABLE = """
    leads_activity.lead_id = ANY(%(ids)s::bigint[]) AND NOT is_machine
    AND occurred_at <= %(as_of)s AND (%(known_at)s::timestamptz IS NULL
        OR recorded_at <= %(known_at)s)
"""


def hundredths(spec: RuleSpec, age: str) -> str:
    """Return the points of one activity of this age in days, in hundredths of a point."""
    full = spec.points * 100
    if spec.half_life_days is None:
        return str(full)
    return f"round({full} * power(0.5::float8, ({age}) / {spec.half_life_days}::float8))::int"


def _counted(ruleset: Ruleset, tests: dict[int, str]) -> list[str]:
    """Return one expression for all rules that count each or the first time, and one for each
    rule that counts different things.
    """
    together, parts = [], []
    for number, test in tests.items():
        spec = ruleset.rules[number]
        if spec.counting == Counting.DISTINCT:
            parts.append(f"counted_{number} AS ({_different(number, spec, test)})")
        else:
            together.append(f"{raw_points(spec, test)} AS c{number}")
    if together:
        columns = ", ".join(together)
        parts.append(f"""
            counted AS (
                SELECT lead_id, {columns} FROM leads_activity
                WHERE {COUNTABLE} AND kind = ANY(%(kinds)s::text[]) GROUP BY lead_id
            )
        """)  # noqa: S608 - the columns hold numbers of the rules and named parameters
    return parts


def raw_points(spec: RuleSpec, test: str, age: str = AGE) -> str:
    """Return what the activities of a lead give that pass ``test``, in hundredths of points."""
    decays = spec.half_life_days is not None
    if spec.counting == Counting.FIRST:
        if decays:
            return hundredths(spec, f"max({age}) FILTER (WHERE {test})")
        return f"{spec.points * 100} * LEAST(1, count(*) FILTER (WHERE {test}))"
    if decays:
        return f"sum({hundredths(spec, age)}) FILTER (WHERE {test})"
    return f"{spec.points * 100} * count(*) FILTER (WHERE {test})"


def _different(number: int, spec: RuleSpec, test: str) -> str:
    """Return the sum over the different things, each at the time when it was first."""
    return f"""
        SELECT lead_id, sum({hundredths(spec, "age")}) AS c{number}
        FROM (
            SELECT lead_id, max({AGE}) AS age FROM leads_activity
            WHERE {COUNTABLE} AND {test} GROUP BY lead_id, {thing(spec)}
        ) AS things GROUP BY lead_id
    """  # noqa: S608 - numbers of the rule and names of the closed list


def thing(spec: RuleSpec) -> str:
    """Return what tells the activities of a rule apart that counts different things."""
    if spec.distinct_by == DAY:
        return AGE
    return f"data ->> '{detail_named(spec.distinct_by).key}'"


def whole_points(spec: RuleSpec, raw: str) -> str:
    """Return hundredths of points as whole ones, within the cap of the rule."""
    points = f"floor(COALESCE({raw}, 0) / 100.0::float8 + 0.5)::int"
    if spec.cap is None:
        return points
    return f"GREATEST(-{spec.cap}, LEAST({spec.cap}, {points}))"


def _ruled(ruleset: Ruleset, tests: dict[int, str]) -> str:
    columns, joins, fading = ["base.*"], [], []
    for number in tests:
        spec = ruleset.rules[number]
        columns.append(f"c{number}")
        columns.append(f"{whole_points(spec, f'c{number}')} AS p{number}")
        if spec.half_life_days is not None:
            fading.append(f"COALESCE(c{number}, 0) <> 0")
        if spec.counting == Counting.DISTINCT:
            joins.append(f"LEFT JOIN counted_{number} ON counted_{number}.lead_id = base.id")
    if any(ruleset.rules[number].counting != Counting.DISTINCT for number in tests):
        joins.append("LEFT JOIN counted ON counted.lead_id = base.id")
    columns.append(f"{' OR '.join(fading) or 'false'} AS is_fading")
    return f"SELECT {', '.join(columns)} FROM base {' '.join(joins)}"  # noqa: S608


def axis_sums(ruleset: Ruleset) -> str:
    """Return the columns ``raw_fit`` and ``raw_engagement``, the sums of the rules ``p0, p1 …``."""
    sides: dict[bool, list[str]] = {True: [], False: []}
    for number, spec in enumerate(ruleset.rules):
        sides[spec.is_fit].append(f"p{number}")
    fit, engagement = (" + ".join(sides[side]) or "0" for side in (True, False))
    return f"{fit} AS raw_fit, {engagement} AS raw_engagement"


def axes_within(limits: dict[str, int]) -> str:
    """Return the columns ``fit`` and ``engagement`` out of the sums, within their limits."""
    return ", ".join(
        f"CASE WHEN is_objected THEN 0"
        f" ELSE GREATEST(0, LEAST({limits[f'{axis}_cap']}, raw_{axis})) END AS {axis}"
        for axis in ("fit", "engagement")
    )


def _summed(ruleset: Ruleset) -> str:
    return f"""
        SELECT id AS lead_id, stage, seen_at, is_objected, is_fading,
            score AS old_score, fit AS old_fit, engagement AS old_engagement,
            grade AS old_grade, temperature AS old_temperature, {axis_sums(ruleset)}
        FROM ruled
    """  # noqa: S608 - names of columns


def _judged(ruleset: Ruleset) -> str:
    """Return both axes within their limits, and what follows from them."""
    limits = ruleset.limits
    fit = _steps("fit", (("A", "grade_a"), ("B", "grade_b"), ("C", "grade_c")), "D", limits)
    level = _steps(
        "engagement", (("1", "level_1"), ("2", "level_2"), ("3", "level_3")), "4", limits
    )
    return f"""
        SELECT axes.*, {TOTAL} AS total,
            CASE WHEN is_objected THEN '' ELSE {fit} || {level} END AS grade,
            CASE {_temperature_when("hot", CLOSE_TO_SALES, limits)}
                 {_temperature_when("warm", WARM_STAGES, limits)}
                 ELSE 'cold' END AS temperature
        FROM (
            SELECT *, {axes_within(limits)} FROM summed
        ) AS axes
    """  # noqa: S608 - whole numbers of the version


def _steps(
    column: str, steps: Iterable[tuple[str, str]], lowest: str, limits: dict[str, int]
) -> str:
    whens = " ".join(f"WHEN {column} >= {limits[name]} THEN '{mark}'" for mark, name in steps)
    return f"CASE {whens} ELSE '{lowest}' END"


def _temperature_when(name: str, stages: Iterable[Stage], limits: dict[str, int]) -> str:
    named = ", ".join(f"'{stage.value}'" for stage in stages)
    return f"""
        WHEN NOT is_objected AND stage <> '{Stage.OTHER.value}'
            AND (fit + engagement >= {limits[f"{name}_score"]} OR stage IN ({named}))
            AND (seen_at AT TIME ZONE %(zone)s)::date >= %(today)s::date - {limits[f"{name}_days"]}
            THEN '{name}'
    """


def asks_for_time(ruleset: Ruleset, *, as_of: datetime) -> bool:
    """Say whether a condition reads differently on another day, and so changes with time alone."""
    later = as_of + timedelta(days=400)
    return any(
        _condition_sql(spec, as_of) != _condition_sql(spec, later)
        for spec in ruleset.rules
        if spec.node is not None
    )


def _condition_sql(spec: RuleSpec, as_of: datetime) -> tuple[str, list[Any]]:
    assert spec.node is not None
    sql, values = Lead.objects.filter(compile_q(spec.node, as_of=as_of)).query.sql_with_params()
    # What is sent as JSON is wrapped, and two wrappers are never the same.
    return sql, [getattr(value, "adapted", value) for value in values]
