"""What a test of two versions has shown, and how sure that is."""

from dataclasses import dataclass
from math import ceil, erfc, sqrt

from django.db.models import Count

from capture.models import FormTest, Submission, SubmissionState
from capture.trials import A, B

# 95 percent, both sides.
Z = 1.959964
SURE = 0.05
# With fewer than this an interval is wide and the test of two shares is not to be trusted.
ENOUGH_VIEWS, ENOUGH_SENT = 100, 5
POWER_Z = 0.841621  # 80 percent


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """How often one version was shown and sent, and between which shares the truth lies."""

    letter: str
    version: int
    views: int
    sent: int

    @property
    def rate(self) -> float | None:
        """The share of views that became a submission; None without views."""
        return min(1.0, self.sent / self.views) if self.views else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The share with 95 percent confidence (Wilson 1927); None without views."""
        return wilson(min(self.sent, self.views), self.views) if self.views else None


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """Both arms, and what follows. ``p_value`` is None where there is not enough to ask."""

    a: ArmFigures
    b: ArmFigures
    p_value: float | None

    @property
    def is_enough(self) -> bool:
        """Whether each version was shown and sent often enough to compare them."""
        return self.p_value is not None

    @property
    def leader(self) -> str:
        """The letter of the version that does better for sure, or ""."""
        if self.p_value is None or self.p_value >= SURE:
            return ""
        return B if (self.b.rate or 0) > (self.a.rate or 0) else A

    @property
    def views_missing(self) -> int:
        """How many more views each version needs at least before anything can be said."""
        return max(0, ENOUGH_VIEWS - min(self.a.views, self.b.views))

    @property
    def views_needed(self) -> int | None:
        """How many views a version needs to prove the present difference; None where there is none.

        With 95 percent confidence and a power of 80 percent.
        """
        first, second = self.a.rate, self.b.rate
        if first is None or second is None or first == second:
            return None
        spread = first * (1 - first) + second * (1 - second)
        return ceil((Z + POWER_Z) ** 2 * spread / (first - second) ** 2) or None


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the Wilson interval of ``hits`` of ``total``, with 95 percent confidence."""
    share, square = hits / total, Z * Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def two_shares(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Return the probability that two equal shares differ this much by chance (two-sided z-test).

    Each is hits and total; the shares are pooled.
    """
    (hits_a, total_a), (hits_b, total_b) = first, second
    pooled = (hits_a + hits_b) / (total_a + total_b)
    error = sqrt(pooled * (1 - pooled) * (1 / total_a + 1 / total_b))
    if not error:
        return 1.0
    return erfc(abs(hits_a / total_a - hits_b / total_b) / error / sqrt(2))


def figures_of(test: FormTest) -> TrialFigures:
    """Return what a test has shown so far; one query. Its versions must be loaded.

    Counted are submissions that became leads and carry the arm that their visitor saw.
    """
    names = {f"{test.pk}{letter}": letter for letter in (A, B)}
    rows = Submission.objects.filter(
        arm__in=names, state=SubmissionState.PROCESSED, is_sample=False
    )
    counted = dict(rows.order_by().values_list("arm").annotate(total=Count("*")))
    sent = {letter: counted.get(name, 0) for name, letter in names.items()}
    a = ArmFigures(A, test.version_a.number, test.views_a, sent[A])
    b = ArmFigures(B, test.version_b.number, test.views_b, sent[B])
    enough = min(a.views, b.views) >= ENOUGH_VIEWS and min(a.sent, b.sent) >= ENOUGH_SENT
    shares = [(min(arm.sent, arm.views), arm.views) for arm in (a, b)]
    return TrialFigures(a, b, two_shares(shares[0], shares[1]) if enough else None)
