"""A chat tool that tells of its talks, message by message."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.simulators.generic import Program
from tests.simulators.wire import Answered


@dataclass
class ChatTool(Program):
    """Posts pieces of talks; each message says who wrote it, when and what."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=5))

    def message(self, number: int, text: str, author: str = "visitor") -> dict[str, Any]:
        """Return message ``number`` of a talk, so many seconds after it began."""
        at = self.began + timedelta(seconds=number)
        return {"id": f"m{number}", "author": author, "time": at.isoformat(), "text": text}

    def tell(self, talk: str, *messages: dict[str, Any], event: str = "", **more: Any) -> Answered:
        """Send a piece of a talk, signed."""
        body: dict[str, Any] = {"conversation_id": talk, "messages": list(messages), **more}
        if event:
            body["event_id"] = event
        return self.send_signed(body)
