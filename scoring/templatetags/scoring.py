"""Points as the pages of scoring show them."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats

register = template.Library()


@register.filter
def signed(value: Any) -> str:
    """Show points with their sign; hundredths only where there are any: +8, −2.5, 0."""
    number = Decimal(value)
    size = abs(number)
    places = 0 if size == size.to_integral_value() else 2
    text = formats.number_format(size, decimal_pos=places, use_l10n=True)
    return text if not number else f"+{text}" if number > 0 else f"−{text}"
