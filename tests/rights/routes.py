"""Every address of the system, read from the URL resolver."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class Route:
    """One address: its name with namespaces, its pattern, the names of its parts, its view."""

    name: str
    pattern: str
    kwargs: tuple[str, ...]
    view: Any

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")


def routes() -> list[Route]:
    """Return every route, in the order in which they are matched."""
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def _walk(patterns: Any, prefix: str, space: str, kwargs: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + str(entry.pattern).removeprefix("^")
        names = (*kwargs, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry.url_patterns, path, inner, names)
        elif isinstance(entry, URLPattern):
            name = f"{space}{entry.name}" if entry.name else ""
            yield Route(name, path, tuple(dict.fromkeys(names)), entry.callback)
