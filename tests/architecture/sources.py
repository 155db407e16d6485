"""The files of the project, read once for all rules."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = (
    "leadcrm",
    "reports",
    "handoff",
    "nurturing",
    "scoring",
    "capture",
    "leads",
    "accounts",
    "conditions",
    "ground",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(*suffixes: str) -> list[Path]:
    """Return the files under version control with one of these suffixes, by path from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (Path(name) for name in listed.stdout.decode().split("\0") if name)
    return sorted(p for p in paths if p.suffix in suffixes and (ROOT / p).is_file())


def modules(*, with_migrations: bool = False) -> list[Path]:
    """Return the modules of the product."""
    return [
        path
        for path in files(".py")
        if path.parts[0] in PACKAGES and (with_migrations or "migrations" not in path.parts)
    ]


def suites() -> list[Path]:
    """Return the modules of the tests."""
    return [path for path in files(".py") if path.parts[0] == "tests"]


def templates() -> list[Path]:
    """Return the templates of the pages."""
    return [path for path in files(".html") if path.parts[0] == "templates"]


@cache
def text(path: Path) -> str:
    """Return what a file holds."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(text(path), str(path))


def functions(module: ast.AST) -> Iterator[Function]:
    """Yield every function of a syntax tree."""
    for node in ast.walk(module):
        if isinstance(node, Function):
            yield node


def calls(module: ast.AST) -> Iterator[ast.Call]:
    """Yield every call of a syntax tree."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield node


def name_of(node: ast.AST) -> str:
    """Return the last name of ``a.b.c`` or of a call of it, or ""."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def decorators(function: Function) -> set[str]:
    """Return the names of the decorators of a function."""
    return {name_of(decorator) for decorator in function.decorator_list}
