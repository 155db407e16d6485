"""How it is known where leads stand in the funnel as buyers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from conditions.tree import to_json
from ground.errors import DomainError
from leads.conditions import LEADS, asks_for, lead_condition
from leads.models import PositionRule
from leads.position import OWN_FIELD, forget_positions
from leads.stages import JourneyPhase


@dataclass(frozen=True, slots=True)
class PositionChange:
    """What one position is called and when it holds; None and "" stand for the usual."""

    where: Any = None
    label_de: str = ""
    label_en: str = ""


@action
def change_positions(
    changes: Mapping[str, PositionChange], *, by: Actor, as_of: datetime
) -> list[PositionRule]:
    """Say what the positions that are named are called, and when each holds.

    Raises ``DomainError`` (``position_unknown``, ``first_is_the_rest``, ``asks_itself``) with the
    position as field, and ``ConditionError``.
    """
    by.require(Right.SETTINGS_MANAGE, Right.FORMS_MANAGE)
    rows = []
    for position, change in changes.items():
        if position not in JourneyPhase.values:
            raise DomainError("position_unknown", _("There is no such position."), position)
        rows.append(
            PositionRule(
                position=position,
                where=_checked(position, change.where, by),
                label_de=change.label_de.strip()[:40],
                label_en=change.label_en.strip()[:40],
            )
        )
    PositionRule.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["position"],
        update_fields=["where", "label_de", "label_en"],
    )
    forget_positions()
    return rows


def _checked(position: str, where: Any, by: Actor) -> Any:
    if where is None:
        return None
    if position == JourneyPhase.AWARENESS:
        raise DomainError(
            "first_is_the_rest",
            _("At the first position stands everybody who stands nowhere else."),
            position,
        )
    node = lead_condition(where, actor=by, is_personal=False)
    if asks_for(OWN_FIELD, node, LEADS.snapshot()):
        raise DomainError("asks_itself", _("The rule must not ask for its own answer."), position)
    return to_json(node)
