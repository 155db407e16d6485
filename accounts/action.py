"""Actions are the only writers of the domain; this marks them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar, overload

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")

_running: ContextVar[str] = ContextVar("action", default="")


@overload
def action(function: Callable[P, R]) -> Callable[P, R]: ...


@overload
def action(*, savepoint: bool) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def action(
    function: Callable[P, R] | None = None, *, savepoint: bool = True
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Make ``function`` an action: atomic, and known as the writer while it runs.

    Inside another action it has a savepoint of its own, which costs two statements. Without
    ``savepoint`` a failure is one of the outer action, which must not go on after it.

    Outside production a database wrapper refuses every write to a domain table that does not come
    from an action.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with writing(function.__qualname__), transaction.atomic(savepoint=savepoint):
                return function(*args, **kwargs)

        return run

    return decorate if function is None else decorate(function)


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Allow writes to domain tables in this block, under ``name``; drains and set-up use it."""
    token = _running.set(name)
    try:
        yield
    finally:
        _running.reset(token)


def running_action() -> str:
    """Return the name of the action that is running, or ""."""
    return _running.get()
