"""The expectations of the matrix, read from ``matrix/*.yaml``; CONTRIBUTING.md has the recipe."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from accounts.rights import ApiScope, Role

FOLDER = Path(__file__).parent / "matrix"
PLACES = ("own", "team", "foreign")
# Who asks: nobody, a person of each role, a key of each scope; "rep" is a rep's key of all scopes.
PEOPLE = ("anonymous", *Role.values)
KEYS = ("anonymous", *ApiScope.values, "rep")
_MORE = ("data", "query", "headers", "keeps")
LOGIN = "login"  # 302 to the sign-in page


@dataclass(frozen=True)
class Row:
    """What one route answers to one method: for each caller the status at each place."""

    route: str
    method: str
    answers: dict[str, tuple[Any, ...]]
    objects: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()  # tables that hold what was refused

    @property
    def is_api(self) -> bool:
        return "rep" in self.answers

    @property
    def is_open(self) -> bool:
        """Whether somebody who is not signed in gets an answer of the page itself."""
        return self.answers["anonymous"][0] not in (LOGIN, 401)

    @property
    def things(self) -> set[str]:
        """The names of what stands in the address and in the data."""
        return {*self.objects.values(), *re.findall(r'"\$(\w+)"', json.dumps(self.data))}

    @property
    def places(self) -> tuple[str, ...]:
        """Where the object of the address may stand; one place when it makes no difference."""
        return PLACES if any(len(set(cell)) > 1 for cell in self.answers.values()) else ("own",)


@cache
def rows() -> dict[tuple[str, str], Row]:
    """Return every row by route and method."""
    found: dict[tuple[str, str], Row] = {}
    for file in sorted(FOLDER.glob("*.yaml")):
        for route, entry in (yaml.safe_load(file.read_text()) or {}).items():
            objects = entry.pop("with", {})
            for method, cells in entry.items():
                if (route, method) in found:
                    raise ValueError(f"{method} {route} has two rows; one is in {file.name}.")
                found[route, method] = _row(route, method, objects, dict(cells))
    return found


def _row(route: str, method: str, objects: dict[str, str], cells: dict[str, Any]) -> Row:
    more = {
        name: cells.pop(name) for name in ("data", "query", "headers", "keeps") if name in cells
    }
    is_api = bool(set(cells) & set(KEYS[1:])) or cells.pop("api", False)
    callers = KEYS if is_api else PEOPLE
    everyone = cells.pop("everyone", 403)
    public = cells.pop("public", None)
    if public is not None:
        everyone = public
    default = public if public is not None else (401 if is_api else LOGIN)
    answers = {
        caller: _cell(cells.pop(caller, default if caller == "anonymous" else everyone))
        for caller in callers
    }
    if cells:
        raise ValueError(f"{method} {route}: nobody is called {', '.join(cells)}.")
    return Row(route, method, answers, objects, **more)


def _cell(value: Any) -> tuple[Any, ...]:
    parts = [part if part == LOGIN else int(part) for part in str(value).split("/")]
    if len(parts) not in (1, 3):
        raise ValueError(f"{value}: one status, or one for each of {', '.join(PLACES)}.")
    return tuple(parts * 3 if len(parts) == 1 else parts)
