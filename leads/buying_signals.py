"""Signals: what a lead does that tells how near it is to buying; each app registers its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from leads.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that a lead may do: activities of ``kind`` for which ``told`` holds.

    ``is_usual`` says that it counts as a signal to buy until somebody chooses others.
    """

    name: str
    label: Promise
    kind: str
    told: Callable[[], Q]
    is_usual: bool

    def q(self) -> Q:
        """Return the condition on an activity; what was corrected since does not count."""
        rows = Q(kind=self.kind, is_machine=False) & self.told()
        holds = KINDS[self.kind].holds
        return rows & holds() if holds else rows


SIGNALS: dict[str, Signal] = {}


def register_signal(
    name: str,
    label: Promise,
    kind: str,
    told: Callable[[], Q] = Q,
    *,
    is_usual: bool = True,
) -> None:
    """Offer ``name`` as a signal to buy."""
    if name in SIGNALS:
        raise ValueError(f"The signal {name} exists twice.")
    SIGNALS[name] = Signal(name, label, kind, told, is_usual)


def usual_signals() -> list[str]:
    """Return the names of the signals that count while nobody chose any."""
    return [signal.name for signal in SIGNALS.values() if signal.is_usual]


def signals_q(names: Iterable[str]) -> Q:
    """Return the condition on activities that are one of the signals ``names``.

    Unknown names are passed over; without any the condition holds for none.
    """
    found = Q(pk__in=[])
    for name in names:
        if name in SIGNALS:
            found |= SIGNALS[name].q()
    return found
