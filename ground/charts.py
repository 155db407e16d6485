"""What a chart shows; the page draws it, with its number beside and its table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise
KINDS = ("bar", "line", "stacked", "doughnut")


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers; None is a gap. ``tone`` is a tone of the style sheets."""

    label: Text
    values: Sequence[float | int | None]
    tone: str = "teal"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of numbers.

    ``labels`` name the places on the axis, ``number`` is the one figure to remember and ``note``
    says what it is. ``unit`` stands behind the figures of the table ("€", "%").
    """

    key: str
    title: Text
    labels: Sequence[Text]
    series: Sequence[Series]
    kind: str = "bar"
    number: Text = ""
    note: Text = ""
    unit: str = ""
    places: int = 0
    heads: Sequence[Text] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is no kind of chart.")
        if any(len(series.values) != len(self.labels) for series in self.series):
            raise ValueError(f"The chart {self.key} has a value without a label.")

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "places": self.places,
            "labels": [str(label) for label in self.labels],
            "series": [
                {"label": str(s.label), "tone": s.tone, "values": list(s.values)}
                for s in self.series
            ],
        }

    @property
    def rows(self) -> list[tuple[Text, list[float | int | None]]]:
        """The table: each label with its values."""
        return [
            (label, [series.values[place] for series in self.series])
            for place, label in enumerate(self.labels)
        ]
