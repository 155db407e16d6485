from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: in moderate size within ten minutes altogether, or in full."""

    leads: int = 20_000
    rows: int = 20_000
    seconds: int = 10
    mails: int = 2_000
    rounds: int = 30

    @classmethod
    def full(cls) -> "Scale":
        """Return what takes an evening: a million leads, ten minutes of load."""
        return cls(leads=1_000_000, rows=100_000, seconds=600, mails=5_000, rounds=100)
