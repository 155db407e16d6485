"""What was learned so far, for a person to look at."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from capture.guard.knowledge import SEEN_OFTEN, Knowledge
from capture.guard.models import Decision, LearnedSign
from capture.guard.signs import TEXT, split

SHOWN, LOOKED_AT = 40, 2_000


@dataclass(frozen=True, slots=True)
class Weighed:
    """One sign with how often it was let through and put away; ``weight`` as in ``Knowledge``."""

    kind: str
    value: str
    good: int
    spam: int
    weight: float


def totals() -> tuple[int, int]:
    """Return how often something was let through, and put away."""
    counted = Decision.objects.aggregate(
        good=Count("pk", filter=Q(is_spam=False)), spam=Count("pk", filter=Q(is_spam=True))
    )
    return counted["good"], counted["spam"]


def strongest(good: int, spam: int) -> list[Weighed]:
    """Return the signs that say most, the strongest first; fingerprints of texts are left out."""
    rows = LearnedSign.objects.annotate(seen=F("good") + F("spam")).filter(seen__gte=SEEN_OFTEN)
    rows = rows.exclude(sign__startswith=f"{TEXT}:").order_by("-seen", "sign")[:LOOKED_AT]
    counts = {row.sign: (row.good, row.spam) for row in rows}
    known = Knowledge(counts, good, spam)
    weighed = [
        Weighed(*split(sign), *counts[sign], weight)
        for sign in counts
        if (weight := known.weight(sign))
    ]
    return sorted(weighed, key=lambda item: (-abs(item.weight), item.kind, item.value))[:SHOWN]
