"""The stretch of time that a report is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from ground import days
from ground.asked import EARLIEST, LATEST, asked_day

DEFAULT_DAYS = 90
SHORTCUTS = (30, DEFAULT_DAYS, 365)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included, as the organisation counts them."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment of the period."""
        return days.start_of(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return days.start_of(self.last + timedelta(days=1))

    @property
    def key(self) -> str:
        """The period as text, the same for all who mean the same moments."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @classmethod
    def ending(cls, day: date, *, days: int = DEFAULT_DAYS) -> Self:
        """Return the period of ``days`` days that ends with ``day``."""
        return cls(day - timedelta(days=days - 1), day)

    @property
    def before(self) -> "Period":
        """The period of the same length before this one."""
        days = (self.last - self.first).days + 1
        return Period.ending(self.first - timedelta(days=1), days=days)


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )


class PeriodForm(forms.Form):
    """Two days, shown even where nobody chose any; without a first day it is 90 days."""

    first = _day_field(_("From"))
    last = _day_field(_("Until"))

    def __init__(self, chosen: Mapping[str, str], *, today: date) -> None:
        self.today = today
        last = chosen.get("last") or today.isoformat()
        first = chosen.get("first") or Period.ending(asked_day(last) or today).first.isoformat()
        super().__init__({"first": first, "last": last})

    @property
    def period(self) -> Period:
        """The chosen days in their order; the last 90 days where one cannot be read."""
        if not self.is_valid():
            return Period.ending(self.today)
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return Period(min(first, last), max(first, last))

    @property
    def shortcuts(self) -> list[tuple[int, Period]]:
        """The stretches that are asked for most: their days, and the period up to today."""
        return [(days, Period.ending(self.today, days=days)) for days in SHORTCUTS]
