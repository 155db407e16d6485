from typing import Any

from django.http import HttpRequest

from accounts.actor import Actor
from accounts.rights import Right
from ground.home import HomeCard, register_home_card
from leadcrm.setup.samples import count_samples


def _context(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    count = count_samples()
    return {"count": count} if count else None


register_home_card(
    HomeCard("samples", "setup/samples_card.html", _context, "top", 10, Right.SETTINGS_MANAGE)
)
