"""What follows when somebody is known already and comes in once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from leads.actions.lifecycle import change_stage, lock_leads, open_episodes
from leads.stages import RANK, OtherReason, Stage

_FINISHED = frozenset({Stage.CUSTOMER, Stage.PROMOTER, Stage.OTHER})


@dataclass(frozen=True, slots=True)
class Comeback:
    """One arrival of a lead: where it speaks for, by which way and through what it came."""

    lead_id: int
    stage: str
    channel: str
    name: str
    keeps_stage: bool = False
    opens_episode: bool = True


@action
def begin_anew(arrivals: Sequence[Comeback], *, by: Actor, as_of: datetime) -> None:
    """Open an episode with whoever had finished; somebody unconfirmed has not even begun.

    Comes after ``enter_leads``, which locks identifiers and then leads, as every other door does.
    The leads are read anew: other arrivals of this chunk may have moved them.
    """
    came: dict[int, list[Comeback]] = {}
    for item in arrivals:
        came.setdefault(item.lead_id, []).append(item)
    begun: dict[Stage, list[int]] = {}
    returned: dict[tuple[str, str], list[int]] = {}
    for lead in lock_leads(list(came)):
        if lead.stage not in _FINISHED:
            continue
        if lead.other_reason == OtherReason.UNCONFIRMED:
            stages = [Stage(item.stage) for item in came[lead.pk] if not item.keeps_stage]
            furthest = max(stages, key=lambda stage: RANK.get(stage, -1), default=Stage.OTHER)
            if furthest != Stage.OTHER:
                begun.setdefault(furthest, []).append(lead.pk)
        else:
            opening = next((item for item in came[lead.pk] if item.opens_episode), None)
            if opening is not None:
                returned.setdefault((opening.channel, opening.name), []).append(lead.pk)
    for stage, leads in begun.items():
        change_stage(leads, to=stage, by=by, as_of=as_of, reason=str(_("Form sent")))
    for (channel, name), leads in returned.items():
        open_episodes(leads, channel=channel, by=by, as_of=as_of, source_detail=name)
