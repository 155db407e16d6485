from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, its baseline, and their ratio.

    The ratio is how many times of the baseline the work takes, or where the unit is "a second",
    which share of it is reached. ``note`` is what else was seen.
    """

    name: str
    figure: float
    baseline: float | None
    ratio: float | None
    unit: str
    note: str = ""

    @classmethod
    def of(
        cls, name: str, figure: float, baseline: float | None, unit: str, note: str = ""
    ) -> "Row":
        """Return the row with its ratio worked out."""
        return cls(name, figure, baseline, figure / baseline if baseline else None, unit, note)
