"""Filters of lists that django-filter does not have, or has without limits."""

from typing import Any

from django_filters import NumberFilter


class AmountFilter(NumberFilter):
    """Narrows a list by a number of up to twelve digits, two of them behind the point.

    SECURITY: without limits ``-1e20000000`` is a number of ten characters, and a process is busy
    for minutes with writing it down.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **kwargs})
