"""Two versions of a form against each other, as the public door knows them.

Each view gets an arm by chance: nothing is stored in the browser, and nobody is recognised, so
whoever comes again may see the other version.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Self

from capture.definition import Definition
from capture.models import FormTest

A, B = "a", "b"


@dataclass(frozen=True, slots=True)
class Arm:
    """One version that takes part; ``name`` is what its form sends along, such as ``12a``."""

    name: str
    version: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class Trial:
    """The last test of a form; one that has ended shows nothing any more but is still understood.

    So a form that was open when the test ended is read by the version that was seen.
    """

    is_open: bool
    arms: tuple[Arm, Arm]

    @classmethod
    def of(cls, test: FormTest) -> Self:
        """Return a test whose versions are loaded."""
        first, second = (
            Arm(f"{test.pk}{letter}", row.number, Definition.from_json(row.definition))
            for letter, row in ((A, test.version_a), (B, test.version_b))
        )
        return cls(test.ended_at is None, (first, second))

    @classmethod
    def from_json(cls, data: Any) -> Self | None:
        """Read what ``to_json`` wrote; None for nothing."""
        if not data:
            return None
        first, second = (
            Arm(item["name"], item["version"], Definition.from_json(item["definition"]))
            for item in data["arms"]
        )
        return cls(bool(data["is_open"]), (first, second))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        arms = [
            {"name": arm.name, "version": arm.version, "definition": arm.definition.to_json()}
            for arm in self.arms
        ]
        return {"is_open": self.is_open, "arms": arms}

    def draw(self) -> str:
        """Return the arm of one view, by chance; "" when the test is over."""
        return secrets.choice(self.arms).name if self.is_open else ""

    def arm(self, name: str) -> Arm | None:
        """Return the arm that is called ``name``, or None."""
        return next((arm for arm in self.arms if arm.name == name), None)
