"""Makes an installation full of invented leads; the statements are in ``sql/``, in their order."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from accounts.action import writing
from accounts.rights import Role
from leadcrm.made_data.bulk import without_indexes
from leadcrm.made_data.cast import person, statement_values
from leadcrm.made_data.rules import sign_rules
from leads.models import Activity, Lead
from scoring.actions.rescoring import active_versions, rescore_by
from scoring.models import DueSweep, ScoreReason, ScoringModel

TABLES = (
    *("leads_company", "leads_identifier", "leads_consent", "leads_consentevent"),
    *("leads_episode", "leads_stagechange", "leads_activity", "leads_lead_tags"),
    *("handoff_handoff", "handoff_task", "handoff_opportunity"),
)
SCORED = ("leads_lead", "leads_searchtext", "scoring_score", "scoring_scorechange")
# Their keys are worked out beforehand.
_NUMBERED = ("leads_company", "leads_lead", "leads_episode", "handoff_handoff")
# In place of the trigger, which asks for each lead.
_SEARCH_TEXT = """
    INSERT INTO leads_searchtext (lead_id, told)
    SELECT lead_id, told FROM leadcrm_told(
        (SELECT array_agg(id) FROM leads_lead WHERE id > %(first_lead)s))
"""
_STATEMENTS = sorted(Path(__file__).parent.glob("sql/*.sql"))


class TooFewActivitiesError(ValueError):
    """What the stages and consents of the leads tell is more than was asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, in rows; ``scored`` are the leads whose score is not 0."""

    leads: int
    activities: int
    scored: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@transaction.atomic
def make_data(
    *, leads: int, activities: int, seed: int, as_of: datetime, is_scored: bool = True
) -> Made:
    """Make ``leads`` leads with ``activities`` activities together, over three years to ``as_of``.

    The same ``seed`` and ``as_of`` give the same rows. Companies, identifiers, consents, episodes,
    hand-overs, tasks and deals come with them; with ``is_scored`` they are judged by the active
    rules, which are made where there are none. Locks the tables to the end. Raises
    ``TooFewActivitiesError`` (about four a lead are needed).
    """
    with writing("make_data"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        values = statement_values(leads, seed=seed, as_of=as_of)
        values |= {"activities": activities, **_last_keys()}
        new = Lead.objects.filter(pk__gt=values["first_lead"])
        if is_scored and not ScoringModel.objects.exists():
            _put_rules_in_force(as_of)
        # Scores are written by this constraint.
        with without_indexes(SCORED, but=["score_lead_model"]):
            with without_indexes(TABLES):
                for path in _STATEMENTS:
                    cursor.execute(path.read_text("utf-8"), values)
                _move_sequences()
                made = _count_activities(values)
            cursor.execute(_SEARCH_TEXT, values)
            if is_scored:
                _score(new, as_of)
    return Made(leads, made, new.exclude(score=0).count())


def _put_rules_in_force(as_of: datetime) -> None:
    sign_rules(
        person("marketing", Role.MARKETER), person("manager1", Role.SALES_MANAGER), as_of=as_of
    )
    # The leads are judged right here.
    DueSweep.objects.all().delete()


def _score(new: Any, as_of: datetime) -> None:
    ids = list(new.order_by("pk").values_list("pk", flat=True))
    rescore_by(active_versions(as_of), ids, as_of=as_of, reason=ScoreReason.REQUEST)


def _last_keys() -> dict[str, int]:
    """Return after which key the rows of each numbered table begin."""
    keys = {}
    with connection.cursor() as cursor:
        for table in _NUMBERED:
            cursor.execute(
                f"SELECT greatest(0, max(id), pg_sequence_last_value(%s::regclass)) FROM {table}",  # noqa: S608
                [f"{table}_id_seq"],
            )
            ((last,),) = cursor.fetchall()
            keys[f"first_{table.rpartition('_')[2]}"] = last
    return keys


def _move_sequences() -> None:
    with connection.cursor() as cursor:
        for table in _NUMBERED:
            cursor.execute(
                f"SELECT setval(%s::regclass, max(id)) FROM {table} HAVING max(id) IS NOT NULL",  # noqa: S608
                [f"{table}_id_seq"],
            )


def _count_activities(values: dict[str, Any]) -> int:
    count = Activity.objects.filter(lead_id__gt=values["first_lead"]).count()
    if count != values["activities"]:
        raise TooFewActivitiesError(f"These leads have at least {count} activities.")
    return count
