"""What people's decisions say about something that came in.

Naive Bayes with Laplace smoothing over signs, bounded three ways: a sign counts for nothing before
it was seen three times and for no more than ``MOST_A_SIGN`` ever; all of them together give at most
``MOST_AGAINST`` points, which hold nobody who carries no other sign, and take away at most
``MOST_FOR`` points from weak signs. Before ``ENOUGH`` decisions nothing is said at all. Only
``capture.guard.actions.learning`` teaches, which asks for the right to manage forms: visitors can
teach nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log

from django.db.models import Count, Q

from capture.guard.candidate import Candidate
from capture.guard.likeness import ALIKE
from capture.guard.models import Decision, LearnedSign
from capture.guard.signs import TEXT, sender_sign, signs_of, split, text_signs
from capture.guard.verdict import Reason

# So many decisions, and so many of either kind, before anything is said.
ENOUGH, ENOUGH_OF_EACH = 20, 5
SEEN_OFTEN = 3
MOST_A_SIGN = 1.5
STRONGEST = 15
MOST_AGAINST, MOST_FOR = 35, 40
POINTS_A_NAT = 8
TOLD = 4


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was decided so far: how often each sign was let through and put away."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    good: int = 0
    spam: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether there were enough decisions of both kinds to learn from."""
        return self.good + self.spam >= ENOUGH and min(self.good, self.spam) >= ENOUGH_OF_EACH

    def weight(self, sign: str) -> float:
        """Return how strongly a sign speaks against (above 0) or for (below) what carries it."""
        good, spam = self.counts.get(sign, (0, 0))
        if good + spam < SEEN_OFTEN:
            return 0.0
        of_spam = (spam + 1) / (self.spam + 2)
        of_good = (good + 1) / (self.good + 2)
        return max(-MOST_A_SIGN, min(MOST_A_SIGN, log(of_spam / of_good)))


def read_knowledge(items: Sequence[tuple[Candidate, Sequence[str]]]) -> Knowledge:
    """Return what is known of the signs of ``items``, which come with their reasons."""
    wanted = {sign for item, reasons in items for sign in signs_of(item, reasons)}
    totals = Decision.objects.aggregate(
        good=Count("pk", filter=Q(is_spam=False)), spam=Count("pk", filter=Q(is_spam=True))
    )
    if not totals["good"] + totals["spam"]:
        return Knowledge()
    rows = LearnedSign.objects.filter(sign__in=wanted).values_list("sign", "good", "spam")
    return Knowledge({sign: (good, spam) for sign, good, spam in rows}, **totals)


def learned(item: Candidate, reasons: Sequence[str], known: Knowledge) -> Reason | None:
    """Return what the decisions so far say about ``item``, with the strongest signs as basis."""
    if not known.is_enough:
        return None
    # Fingerprints of one text are one sign; whoever repeats it is told apart by ``same_text``.
    signs = [sign for sign in signs_of(item, reasons) if split(sign)[0] != TEXT]
    weighed = sorted(((known.weight(sign), sign) for sign in signs), key=lambda it: -abs(it[0]))
    strongest = [(weight, sign) for weight, sign in weighed[:STRONGEST] if weight]
    points = round(POINTS_A_NAT * sum(weight for weight, _sign in strongest))
    points = max(-MOST_FOR, min(MOST_AGAINST, points))
    if not points:
        return None
    basis = [
        (*split(sign), *known.counts[sign])
        for weight, sign in strongest
        if (weight > 0) == (points > 0)
    ]
    return Reason("learned_spam" if points > 0 else "learned_good", points, "", tuple(basis[:TOLD]))


def is_known_sender(item: Candidate, known: Knowledge) -> bool:
    """Say whether a person let this sender through before and never put anything of theirs away."""
    good, spam = known.counts.get(sender_sign(item), (0, 0)) if item.domain else (0, 0)
    return good > 0 and spam == 0


def is_released_text(item: Candidate, known: Knowledge) -> bool:
    """Say whether a person let this very text through before: a template that a website offers."""
    told = [known.counts.get(sign, (0, 0)) for sign in text_signs(item)]
    needed = min(ALIKE, len(told))
    let_through = sum(1 for good, _spam in told if good)
    put_away = sum(1 for _good, spam in told if spam)
    return let_through >= needed > put_away
