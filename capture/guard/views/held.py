from typing import Any

from accounts.actor import Actor
from capture.guard.held import held_now
from capture.guard.models import DigestReader


def held_context(actor: Actor) -> dict[str, Any]:
    """Return what the page of held submissions shows beside the list."""
    return {
        "held": held_now(),
        "wants_digest": DigestReader.objects.filter(user=actor.user_id).exists(),
    }
