from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.actor import Actor
from accounts.rights import Right
from ground.home import HomeCard, register_home_card
from leadcrm.setup.samples import count_samples
from leadcrm.stuck.rows import counts
from leadcrm.stuck.standstill import standstills


def _context(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    count = count_samples()
    return {"count": count} if count else None


def _stuck(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    as_of = timezone.now()
    count, stopped = sum(counts(as_of=as_of).values()), standstills(as_of)
    return {"count": count, "standstills": stopped} if count or stopped else None


register_home_card(
    HomeCard("stuck", "stuck/home_card.html", _stuck, "top", 5, Right.SETTINGS_MANAGE)
)
register_home_card(
    HomeCard("samples", "setup/samples_card.html", _context, "top", 10, Right.SETTINGS_MANAGE)
)
