"""One message at a time through what the product does with many."""

from datetime import datetime

from accounts.actor import Actor
from nurturing.actions.claiming import Claim, claim_messages
from nurturing.actions.sending import Delivery
from nurturing.channels.email.base import EmailChannel


def claim_message(key: int, *, by: Actor, as_of: datetime) -> Claim | None:
    """Take one queued message, as ``claim_messages`` does."""
    claims = claim_messages([key], by=by, as_of=as_of)
    return claims[0] if claims else None


def deliver(claim: Claim, channel: EmailChannel, *, as_of: datetime) -> bool:
    """Hand one claimed message to the server and store what came of it, as ``Delivery`` does."""
    delivery = Delivery(channel)
    is_taken = delivery.deliver(claim, as_of=as_of)
    delivery.settle()
    return is_taken
