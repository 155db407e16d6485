"""What a form of the kind chat says beside its questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from leads.normalise import clean_text


@dataclass(frozen=True, slots=True)
class ChatSpec:
    """How a chat speaks with visitors.

    ``away_text`` is what it says when somebody asks for a person and nobody is there,
    ``last_question`` what it asks at the end, "" for nothing. With ``offers_person`` visitors can
    ask for a person while somebody is there.
    """

    away_text: str = ""
    last_question: str = ""
    offers_person: bool = True

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read it from JSON or from what the editor posts; what is missing gets its default."""
        data = data if isinstance(data, Mapping) else {}
        return cls(
            away_text=clean_text(str(data.get("away_text") or ""), limit=500, lines=True),
            last_question=clean_text(str(data.get("last_question") or ""), limit=200),
            offers_person=data.get("offers_person", True) in {True, "on", "1", "true"},
        )
