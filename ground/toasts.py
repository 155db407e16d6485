"""Short messages after something was done, with the way back where there is one."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise

_UNDO = "undo:"


def toast(
    request: HttpRequest, text: str | Promise, *, level: int = messages.SUCCESS, undo_url: str = ""
) -> None:
    """Show ``text`` on the page that comes next, or at once when htmx asked.

    ``undo_url`` is posted to when the reader presses "Undo" within ten seconds.
    """
    tags = f"{_UNDO}{undo_url}" if undo_url else ""
    messages.add_message(request, level, str(text), extra_tags=tags)


def undo_url(tags: str | None) -> str:
    """Return the address that ``toast`` put into the tags of a message, or ""."""
    return (tags or "").removeprefix(_UNDO) if (tags or "").startswith(_UNDO) else ""
