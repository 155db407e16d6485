"""Which runs have reached the goal of their sequence."""

from collections.abc import Collection
from datetime import datetime

from leads.conditions import LEADS
from nurturing.models import Enrolment, SequenceVersion
from nurturing.triggers import matching_leads


def at_goal(enrolments: Collection[Enrolment], *, as_of: datetime) -> set[int]:
    """Return the keys of the runs whose lead meets the goal of its version.

    One query for each version with a goal; ``version`` should be loaded.
    """
    by_version: dict[SequenceVersion, list[Enrolment]] = {}
    for run in enrolments:
        if run.version.goal:
            by_version.setdefault(run.version, []).append(run)
    if not by_version:
        return set()
    snapshot = LEADS.snapshot()
    reached: set[int] = set()
    for version, runs in by_version.items():
        leads = matching_leads(version.goal, as_of=as_of, snapshot=snapshot)
        ids = [run.lead_id for run in runs]
        found = set(leads.filter(pk__in=ids).values_list("pk", flat=True))
        reached |= {run.pk for run in runs if run.lead_id in found}
    return reached
