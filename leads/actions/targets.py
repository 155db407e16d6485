"""What each stage of the funnel should hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from ground.errors import DomainError
from leads.models import StageTarget
from leads.stages import FUNNEL

MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """How many leads should stand in a stage, and come into it in a week; None for no target."""

    stock: int | None = None
    inflow: int | None = None

    @property
    def numbers(self) -> list[int]:
        """The numbers that were given."""
        return [number for number in (self.stock, self.inflow) if number is not None]


@action
def set_targets(
    targets: Mapping[str, Target], *, by: Actor, as_of: datetime, is_sample: bool = False
) -> list[StageTarget]:
    """Set the targets of the stages that are named; one without numbers is removed.

    Raises ``DomainError`` (``stage_unknown``, ``target_wrong``) with the stage as field.
    """
    by.require(Right.SETTINGS_MANAGE, Right.CAMPAIGNS_MANAGE)
    for stage, target in targets.items():
        if stage not in FUNNEL:
            raise DomainError("stage_unknown", _("This stage is not part of the funnel."), stage)
        if any(not 0 <= number <= MOST for number in target.numbers):
            raise DomainError("target_wrong", _("Choose a number from 0 to 10,000,000."), stage)
    StageTarget.objects.filter(stage__in=targets).delete()
    return StageTarget.objects.bulk_create(
        StageTarget(stage=stage, stock=item.stock, inflow=item.inflow, is_sample=is_sample)
        for stage, item in targets.items()
        if item.numbers
    )
