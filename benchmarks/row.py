from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, its baseline, and how many times that it took."""

    name: str
    figure: float
    baseline: float | None
    ratio: float | None
    unit: str

    @classmethod
    def of(cls, name: str, figure: float, baseline: float | None, unit: str) -> "Row":
        """Return the row with its ratio worked out."""
        return cls(name, figure, baseline, figure / baseline if baseline else None, unit)
