"""What talks need in the background; ``capture/ticks.py`` says when."""

from datetime import datetime

from capture.actors import CAPTURE
from capture.chat.actions.care import forget_chats, look_after_chats
from capture.chat.models import DueChat
from ground.due import drain

CHUNK = 100


def look_after(as_of: datetime) -> int:
    """Look at the talks whose time has come."""
    drained = drain(
        DueChat,
        lambda rows: look_after_chats([row.chat_id for row in rows], by=CAPTURE, as_of=as_of),
        as_of=as_of,
        chunk=CHUNK,
    )
    return drained.done


def forget(as_of: datetime) -> int:
    """Forget talks that were kept long enough."""
    return forget_chats(by=CAPTURE, as_of=as_of)
