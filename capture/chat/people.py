"""Whether somebody of us is there for visitors."""

from collections.abc import Callable
from datetime import datetime

from capture.chat.models import ChatPresence, ChatSettings

Hours = Callable[[datetime], bool]
_HOURS: list[Hours] = []


def register_hours(is_open: Hours) -> None:
    """Let an upper app say when the organisation is at work."""
    _HOURS[:] = [is_open]


def is_open(settings: ChatSettings, as_of: datetime) -> bool:
    """Say whether persons may be asked for at this time at all."""
    return not settings.only_business_hours or all(hours(as_of) for hours in _HOURS)


def is_somebody_there(as_of: datetime) -> bool:
    """Say whether a visitor can be offered a person now; two queries."""
    there = ChatPresence.objects.there(as_of).exists()
    return there and is_open(ChatSettings.current(), as_of)
