"""Points as the pages of scoring show them."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from scoring.backtest.statistics import Difference, Interval

register = template.Library()


@register.filter
def signed(value: Any) -> str:
    """Show points with their sign; hundredths only where there are any: +8, −2.5, 0."""
    number = Decimal(value)
    size = abs(number)
    places = 0 if size == size.to_integral_value() else 2
    text = formats.number_format(size, decimal_pos=places, use_l10n=True)
    return text if not number else f"+{text}" if number > 0 else f"−{text}"


@register.filter
def sure_share(found: Interval | None, places: int = 1) -> str:
    """Write a share with the limits of its interval: 12.5 % (8.1–18.9)."""
    if found is None:
        return "–"
    value, low, high = (_written(n * 100, places) for n in (found.value, found.low, found.high))
    return _("%(value)s %% (%(low)s–%(high)s)") % {"value": value, "low": low, "high": high}


@register.filter
def sure_number(found: Interval | Difference | None, places: int = 2) -> str:
    """Write a number with the limits of its interval: 0.74 (0.69 to 0.79)."""
    if found is None:
        return "–"
    value, low, high = (_written(n, places) for n in (found.value, found.low, found.high))
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


@register.filter
def rounded(value: float | None, places: int = 1) -> str:
    """Write a number rounded to so many places; a dash for none."""
    return "–" if value is None else _written(value, places)


def _written(value: float, places: int) -> str:
    # Django cuts the places off.
    value = round(value, places)
    text = formats.number_format(abs(value), decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"−{text}" if value < 0 else text
