"""What was handed in of talks before: a visitor who goes on talking is still the same lead."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from capture.models import Chat
from leads.models import Activity, Lead

# Stands in what we hand in of a talk, and counts from one.
PART = "talk_part"
# Which questions were answered since the part before.
FRESH = "talk_fresh"
# In the place of a question: what a visitor did is told, and is no message.
DID = "did"


def part_key(talk: UUID, number: int) -> UUID:
    """Return the key under which a part of a talk is handed in."""
    return uuid5(talk, str(number))


def leads_made_by(parts: Mapping[UUID, int]) -> dict[UUID, Lead]:
    """Return the leads that earlier parts of talks made; two queries.

    ``parts`` maps talks to the number of the part that comes now. SECURITY: a lead that was known
    before is not among them. A visitor may have typed the address of somebody else.
    """
    if not parts:
        return {}
    keys = {
        f"submission:{part_key(talk, number)}": talk
        for talk, last in parts.items()
        for number in range(1, last)
    }
    made = Activity.objects.filter(dedupe_key__in=keys, data__is_new=True)
    lead_of = {keys[key]: lead for key, lead in made.values_list("dedupe_key", "lead_id") if key}
    chats = Chat.objects.filter(
        public_id__in=lead_of, lead__in=lead_of.values(), lead__deleted_at=None
    )
    return {chat.public_id: chat.lead for chat in chats.select_related("lead") if chat.lead}
