"""What is worth reading once in a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

R = TypeVar("R")

_memo: ContextVar[dict[str, Any] | None] = ContextVar("memo", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Keep what ``memo`` reads for the length of this block; the middleware opens one a request."""
    token = _memo.set({})
    try:
        yield
    finally:
        _memo.reset(token)


def memo(name: str, read: Callable[[], R]) -> R:
    """Return what ``read`` returns; inside one request it is called once for each ``name``."""
    kept = _memo.get()
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    value: R = kept[name]
    return value


def forget(name: str) -> None:
    """Read ``name`` anew at its next use; whoever changes it calls this."""
    kept = _memo.get()
    if kept is not None:
        kept.pop(name, None)
