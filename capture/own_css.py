"""CSS that a marketer writes for a form: read by a small strict grammar, and written anew.

SECURITY: nothing of the text is passed on as it is. A rule is selectors and declarations; each
selector is bound to the form, each property stands in a closed list, and a value is made of
numbers, words, colours and a few functions. There are no quotes, no addresses, no ``@``, no
escapes, and nothing that moves a part out of its place or shows what is hidden.
"""

import re
from dataclasses import dataclass, field

PROPERTIES = frozenset(
    {
        *("color", "background-color", "background-image", "accent-color", "caret-color"),
        *("font-family", "font-size", "font-weight", "font-style", "line-height"),
        *("letter-spacing", "word-spacing", "text-align", "text-transform", "text-decoration"),
        *("text-underline-offset", "text-wrap", "hyphens"),
        *("border", "border-top", "border-right", "border-bottom", "border-left"),
        *("border-color", "border-style", "border-width", "border-radius", "box-shadow"),
        *("padding", "padding-top", "padding-right", "padding-bottom", "padding-left"),
        *("margin-top", "margin-bottom", "gap", "row-gap", "column-gap"),
        *("max-width", "min-height", "outline-color", "transition", "cursor"),
        *("--lf-accent", "--lf-on-accent", "--lf-line", "--lf-soft", "--lf-wrong", "--lf-radius"),
    }
)
FUNCTIONS = frozenset(
    {"rgb", "rgba", "hsl", "hsla", "oklch", "color-mix", "light-dark", "linear-gradient"}
    | {"calc", "min", "max", "clamp", "var"}
)
STATES = frozenset(
    {"hover", "focus", "focus-visible", "active", "first-child", "last-child", "checked"}
    | {"disabled", "required", "invalid", "focus-within", "placeholder"}
)
# Parts that keep something from people or from machines on purpose.
_KEPT = frozenset({"lf-trap", "lf-sum", "lf-page", "lf-card", "lf-imprint", "lf-close"})
MAX_RULES = 60
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}|([^{}]*[{}]?)")
_COMPOUND = re.compile(r"(?:[a-z][a-z0-9]*)?(?:\.[a-z][a-z0-9-]*)*(?:::?[a-z-]+)*", re.IGNORECASE)
_VALUE = re.compile(r"[a-z0-9 .,%#()+*/-]{1,200}", re.IGNORECASE)
_CALL = re.compile(r"([a-z-]*)\(", re.IGNORECASE)
_NAMES = re.compile(r"var\(\s*(--[a-z-]+)", re.IGNORECASE)


@dataclass(slots=True)
class OwnCss:
    """What may be used of the text, and what was left out of it in the words of who wrote it."""

    rules: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def read_css(text: str) -> OwnCss:
    """Return the rules of ``text`` that concern a form alone, bound to it."""
    found = OwnCss()
    plain = _COMMENT.sub(" ", text)
    for match in _RULE.finditer(plain):
        selectors, body, rest = match.groups()
        if rest is not None:
            if rest.strip():
                found.refused.append(_short(rest))
            continue
        bound = _bound(selectors)
        if not bound or len(found.rules) >= MAX_RULES:
            found.refused.append(_short(selectors) or "{")
            continue
        kept = _declarations(body, found.refused)
        if kept:
            found.rules.append(f"{bound}{{{';'.join(kept)}}}")
    return found


def _bound(text: str) -> str:
    """Return the selectors within the form, "" where one of them is not of the grammar."""
    bound = [_one(selector) for selector in text.split(",")]
    return ",".join(bound) if all(bound) else ""


def _one(selector: str) -> str:
    parts = selector.replace(">", " > ").split()
    for part in parts:
        if part != ">" and not _is_compound(part):
            return ""
    if not parts or parts[0] == ">" or parts[-1] == ">":
        return ""
    first = re.split(r"[.:]", parts[0].removeprefix("."))[0] if parts[0].startswith(".") else ""
    inside = parts if first == "lf" else [".lf", *parts]
    return " ".join(inside)


def _is_compound(part: str) -> bool:
    if not _COMPOUND.fullmatch(part):
        return False
    classes = re.findall(r"\.([a-z][a-z0-9-]*)", part, re.IGNORECASE)
    states = re.findall(r"::?([a-z-]+)", part, re.IGNORECASE)
    return _KEPT.isdisjoint(name.lower() for name in classes) and STATES.issuperset(
        name.lower() for name in states
    )


def _declarations(body: str, refused: list[str]) -> list[str]:
    kept = []
    for line in body.split(";"):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not (name or colon):
            continue
        if name.lower() in PROPERTIES and _is_value(value):
            kept.append(f"{name.lower()}:{' '.join(value.split())}")
        else:
            refused.append(_short(line))
    return kept


def _is_value(value: str) -> bool:
    value = " ".join(value.split())
    if not _VALUE.fullmatch(value) or value.count("(") != value.count(")"):
        return False
    # A part that is drawn back leaves its place.
    if re.search(r"(?:^|[\s,(])-\s*[0-9.]", value):
        return False
    calls = (name.lower() for name in _CALL.findall(value))
    own = all(name.startswith("--lf-") for name in _NAMES.findall(value))
    return own and all(not name or name in FUNCTIONS for name in calls)


def _short(text: str) -> str:
    return " ".join(text.split())[:80]
