"""Why a lead is worth speaking to now: the strongest rules of its score."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ground.together import Reader
from handoff.assignment import in_every_language
from leads.conditions import LEADS
from scoring.compiled import compile_ruleset
from scoring.models import ModelVersion
from scoring.rulesets import RuleSpec, read_rulesets
from scoring.sentences import rule_sentence

SHOWN = 3


def strongest_reasons(
    lead_ids: Sequence[int], *, as_of: datetime
) -> Reader[dict[int, list[dict[str, Any]]]]:
    """Return the rules of the main model that give each lead the most points, the first first.

    Each has ``text`` in every language and ``points``. One statement for all leads, over the same
    compiled rules that make the scores; empty without an active model.
    """
    found: dict[int, list[dict[str, Any]]] = {lead_id: [] for lead_id in lead_ids}
    (versions,) = yield [ModelVersion.objects.active().filter(model__is_main=True)[:1]]
    if not versions or not found:
        return found
    (ruleset,) = yield from read_rulesets(versions)
    if not ruleset.rules:
        return found
    compiled = compile_ruleset(ruleset, as_of=as_of)
    columns = ", ".join(f"p{number}" for number in range(len(ruleset.rules)))
    with connection.cursor() as cursor:
        # Numbered columns of the chain; nothing in the statement comes from a request.
        statement = f"{compiled.chain} SELECT id, {columns} FROM ruled"  # noqa: S608
        cursor.execute(statement, compiled.for_leads(lead_ids))
        rows = cursor.fetchall()
    texts: dict[int, dict[str, str]] = {}
    for lead_id, *points in rows:
        best = sorted(range(len(points)), key=lambda number: (-points[number], number))[:SHOWN]
        for number in best:
            if points[number] > 0:
                if number not in texts:
                    texts[number] = _texts(ruleset.rules[number])
                found[lead_id].append({"text": texts[number], "points": points[number]})
    return found


def _texts(spec: RuleSpec) -> dict[str, str]:
    snapshot = LEADS.snapshot()
    return in_every_language(lambda: spec.name or rule_sentence(spec, snapshot))
