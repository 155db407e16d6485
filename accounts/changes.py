"""What differs between a row and what it is to become."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model


def assign(row: Model, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set ``values`` on ``row`` and return ``{field: [before, after]}`` for those that differ.

    Nothing is saved. Foreign keys are named by their column: ``team_id``.
    """
    changed: dict[str, list[Any]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changed[name] = [before, value]
            setattr(row, name, value)
    return changed
