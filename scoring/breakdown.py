"""Why a lead has the score that it has: worked out from the same compiled rules, never stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from conditions.registry import Snapshot
from leads.conditions import LEADS
from leads.kinds import KINDS
from scoring.actions.crossing import BEFORE_MQL, given_back
from scoring.compiled import AGE, COUNTABLE, Compiled, compile_ruleset, hundredths, thing
from scoring.models import Axis, Counting, ModelVersion, ScoreChange
from scoring.rulesets import Ruleset, RuleSpec, load_rulesets
from scoring.sentences import rule_sentence, temperature_rules

SHOWN_PIECES = 20
SHOWN_CHANGES = 5
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Piece:
    """One activity that counts, with what is left of its points."""

    activity_id: int
    kind: str
    at: datetime
    points: Decimal

    @property
    def label(self) -> str:
        """What happened, in the reader's language."""
        return str(KINDS[self.kind].label) if self.kind in KINDS else self.kind


@dataclass(frozen=True, slots=True)
class Row:
    """What one rule gives; ``raw`` is the exact sum of its activities before cap and rounding.

    ``change`` is how much more it gives than a week ago. ``pieces`` are the newest activities,
    ``more`` says how many older ones there are and ``more_points`` what they give.
    """

    spec: RuleSpec
    sentence: str
    points: int
    change: int = 0
    raw: Decimal | None = None
    pieces: tuple[Piece, ...] = ()
    more: int = 0
    more_points: Decimal = Decimal(0)

    @property
    def count(self) -> int:
        """How many activities count."""
        return len(self.pieces) + self.more

    @property
    def is_capped(self) -> bool:
        """Whether the cap of the rule keeps points back."""
        return self.spec.cap is not None and self.raw is not None and abs(self.raw) > self.spec.cap


@dataclass(frozen=True, slots=True)
class AxisPart:
    """One axis: its rows, what its limits take or add (``limited``), and what remains.

    The points of the rows and ``limited`` add up to ``points`` exactly.
    """

    axis: Axis
    rows: tuple[Row, ...]
    limited: int
    points: int
    cap: int


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that would bring a lead nearer to the threshold, and by how much."""

    name: str
    sentence: str
    points: int
    axis: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What a lead lacks to become MQL.

    ``given_back_at`` is set when sales gave the lead back and nothing new has counted since.
    """

    points: int
    fit: int
    hints: tuple[Hint, ...]
    given_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The whole answer to "why 63?"; the points of both axes and ``limited`` make the ``total``."""

    lead_id: int
    version_id: int
    label: str
    as_of: datetime
    fit: AxisPart
    engagement: AxisPart
    limited: int
    total: int
    grade: str
    temperature: str
    temperature_rule: str
    seen_at: datetime
    is_objected: bool
    missing: Missing | None
    changes: tuple[ScoreChange, ...] = ()

    @property
    def parts(self) -> tuple[AxisPart, AxisPart]:
        """Both axes."""
        return self.fit, self.engagement


def breakdown(
    lead_id: int, *, as_of: datetime, version: ModelVersion | None = None
) -> Breakdown | None:
    """Return why a lead is worth what it is at ``as_of``, by the main model or by ``version``.

    None when no version is active, or when the lead is in the bin.
    """
    version = version or ModelVersion.objects.active().filter(model__is_main=True).first()
    if version is None:
        return None
    (ruleset,) = load_rulesets([version])
    return explain(lead_id, ruleset, as_of=as_of)


def explain(lead_id: int, ruleset: Ruleset, *, as_of: datetime) -> Breakdown | None:
    """Return the breakdown of a lead by any ruleset, a draft's for example."""
    compiled = compile_ruleset(ruleset, as_of=as_of)
    judged = _judged(compiled, lead_id)
    if judged is None:
        return None
    before = _judged(compile_ruleset(ruleset, as_of=as_of - WEEK), lead_id) or {}
    rows = _rows(compiled, judged, before, LEADS.snapshot(), _pieces(compiled, lead_id))
    fit = _part(Axis.FIT, rows, judged, ruleset)
    engagement = _part(Axis.ENGAGEMENT, rows, judged, ruleset)
    temperature = judged["temperature"]
    found = Breakdown(
        lead_id=lead_id,
        version_id=ruleset.version_id,
        label=ruleset.label,
        as_of=as_of,
        fit=fit,
        engagement=engagement,
        limited=judged["total"] - fit.points - engagement.points,
        total=judged["total"],
        grade=judged["grade"],
        temperature=temperature,
        temperature_rule=temperature_rules(ruleset.limits)[temperature],
        seen_at=judged["seen_at"],
        is_objected=judged["is_objected"],
        missing=None,
        changes=tuple(
            ScoreChange.objects.filter(lead=lead_id, version__model=ruleset.model_id, at__lte=as_of)
            .select_related("version__model")
            .order_by("-at", "-id")[:SHOWN_CHANGES]
        ),
    )
    if judged["is_objected"] or judged["stage"] not in BEFORE_MQL:
        return found
    return replace(found, missing=_missing(found, rows, compiled))


def _judged(compiled: Compiled, lead_id: int) -> dict[str, Any] | None:
    """Return the one row of the chain: points and raw sums of every rule, and the verdict."""
    with connection.cursor() as cursor:
        statement = "SELECT ruled.*, judged.* FROM ruled JOIN judged ON judged.lead_id = ruled.id"
        cursor.execute(f"{compiled.chain} {statement}", compiled.for_leads([lead_id]))
        row = cursor.fetchone()
        names = [column.name for column in cursor.description]
    # Columns of both have the same name: those of ``judged`` come last and are the ones that hold.
    return dict(zip(names, row, strict=True)) if row else None


def _pieces(compiled: Compiled, lead_id: int) -> dict[int, list[Piece]]:
    """Return the activities behind each activity rule by its number, the newest first."""
    selects = [
        _piece_select(number, compiled.ruleset.rules[number], test)
        for number, test in compiled.hit_tests.items()
    ]
    found: dict[int, list[Piece]] = {number: [] for number in compiled.hit_tests}
    if not selects:
        return found
    statement = " UNION ALL ".join(selects)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({statement}) AS pieces ORDER BY rule, occurred_at DESC, id DESC",  # noqa: S608
            compiled.for_leads([lead_id]),
        )
        for number, key, kind, at, cents in cursor.fetchall():
            found[number].append(Piece(key, kind, at, Decimal(cents) / 100))
    return found


def _piece_select(number: int, spec: RuleSpec, test: str) -> str:
    """Return the activities that one rule counts: all, the first, or the first of each thing."""
    columns = f"{number} AS rule, id, kind, occurred_at, {hundredths(spec, AGE)} AS cents"
    rows = f"FROM leads_activity WHERE {COUNTABLE} AND {test}"
    if spec.counting == Counting.EACH:
        return f"(SELECT {columns} {rows})"
    same = "lead_id" if spec.counting == Counting.FIRST else thing(spec)
    return f"(SELECT DISTINCT ON ({same}) {columns} {rows} ORDER BY {same}, occurred_at, id)"


def _rows(
    compiled: Compiled,
    judged: dict[str, Any],
    before: dict[str, Any],
    snapshot: Snapshot,
    pieces: dict[int, list[Piece]],
) -> list[Row]:
    rows = []
    for number, spec in enumerate(compiled.ruleset.rules):
        points = judged[f"p{number}"]
        raw = judged.get(f"c{number}")
        counted = pieces.get(number, [])
        hidden = counted[SHOWN_PIECES:]
        rows.append(
            Row(
                spec=spec,
                sentence=rule_sentence(spec, snapshot),
                points=points,
                change=points - before.get(f"p{number}", points),
                raw=None if number not in pieces else Decimal(raw or 0) / 100,
                pieces=tuple(counted[:SHOWN_PIECES]),
                more=len(hidden),
                more_points=sum((piece.points for piece in hidden), start=Decimal(0)),
            )
        )
    return rows


def _part(axis: Axis, rows: Sequence[Row], judged: dict[str, Any], ruleset: Ruleset) -> AxisPart:
    mine = tuple(row for row in rows if row.spec.axis == axis and (row.points or row.change))
    points = judged[axis.value]
    return AxisPart(
        axis=axis,
        rows=mine,
        limited=points - sum(row.points for row in mine),
        points=points,
        cap=ruleset.limits[f"{axis.value}_cap"],
    )


def _missing(found: Breakdown, rows: Sequence[Row], compiled: Compiled) -> Missing | None:
    limits = compiled.ruleset.limits
    points = max(0, limits["mql_threshold"] - found.total)
    fit = max(0, limits["min_fit"] - found.fit.points)
    given_back_at = _given_back(compiled, found.lead_id) if not points and not fit else None
    hints = sorted(_hints(found, rows), key=lambda hint: -hint.points)
    return Missing(points, fit, tuple(hints), given_back_at)


def _hints(found: Breakdown, rows: Sequence[Row]) -> Iterator[Hint]:
    """Yield the rules that could give more, as far as the axis has room."""
    rooms = {part.axis: part.cap - part.points for part in (found.fit, found.engagement)}
    for row in rows:
        if row.spec.points < 0 or row.spec.broken:
            continue
        most = row.spec.most
        left = row.spec.points if most is None else min(row.spec.points, most - row.points)
        gain = min(left, rooms[Axis(row.spec.axis)])
        if gain > 0:
            yield Hint(row.spec.name, row.sentence, gain, row.spec.axis)


def _given_back(compiled: Compiled, lead_id: int) -> datetime | None:
    """Return when sales gave the lead back, unless something has counted since."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(given_back.at) {given_back(compiled, '%(lead)s')}",
            compiled.parameters | {"lead": lead_id},
        )
        at: datetime | None = cursor.fetchone()[0]
    return at
