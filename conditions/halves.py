"""The two halves of an answer, so that nobody falls between yes and no.

SQL knows a third answer, NULL, and ``~Q()`` on a nullable column, a JSON key or a join silently
loses those rows. Therefore nothing is negated after the fact: every field gives the condition for
the leads that answer *yes* and the one for all others.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, Func, Q, QuerySet

EVERYONE = ~Q(pk__in=[])
NOBODY = Q(pk__in=[])


class IsNotTrue(Func):
    """``(…) IS NOT TRUE``: holds where the inner condition is false or NULL; uses no index."""

    template = "(%(expressions)s) IS NOT TRUE"
    arity = 1
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class Halves:
    """Both sides of one leaf: ``when`` ∪ ``unless`` is everybody, ``when`` ∩ ``unless`` nobody."""

    when: Q
    unless: Q

    def __post_init__(self) -> None:
        if not self.when or not self.unless:
            raise ValueError("An empty Q() would match everyone.")

    def swapped(self) -> "Halves":
        """Return the halves of the opposite question."""
        return Halves(self.unless, self.when)

    def __and__(self, other: "Halves") -> "Halves":
        return Halves(self.when & other.when, self.unless | other.unless)

    def __or__(self, other: "Halves") -> "Halves":
        return Halves(self.when | other.when, self.unless & other.unless)


ALWAYS = Halves(EVERYONE, NOBODY)
NEVER = Halves(NOBODY, EVERYONE)


def two_valued(condition: Q) -> Halves:
    """Return the halves of a condition that cannot be NULL."""
    return Halves(condition, ~condition)


def exists(queryset: QuerySet[Any, Any]) -> Halves:
    """Return the halves of "there is such a row"; EXISTS is never NULL."""
    return Halves(Q(Exists(queryset)), Q(~Exists(queryset)))


def three_valued(condition: Q) -> Halves:
    """Return the halves of a condition that may be NULL, NULL being no."""
    return Halves(condition, Q(IsNotTrue(condition)))


def of_column(column: str, condition: Q, opposite: Q | None = None, *, nullable: bool) -> Halves:
    """Return the halves of a condition on one column of the table itself.

    ``opposite`` is the comparison that can use an index where ``~condition`` cannot.
    """
    unless = ~condition if opposite is None else opposite
    return Halves(condition, unless | Q(**{f"{column}__isnull": True}) if nullable else unless)
