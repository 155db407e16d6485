"""The arithmetic of quotes: a small language of its own, read by recursive descent.

    formula    = sum [ ("<" | "<=" | ">" | ">=" | "=" | "<>") sum ]
    sum        = product { ("+" | "-") product }
    product    = factor { ("*" | "/") factor }
    factor     = [ "-" ] ( number [ "%" ] | name | function "(" formula { ";" formula } ")"
                 | "(" formula ")" )

Names are those of fields, ``q_3``. Functions are ``min``, ``max``, ``round``, ``ceil``, ``floor``
(with the step as second argument) and ``if(condition; then; else)``. Numbers may be written the
German way, so arguments are separated by semicolons. Calculated with decimals, never with floats.
Nothing of Python is evaluated.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from ground.errors import DomainError

LONGEST = 1000
DEEPEST = 30
# Twelve digits before the point are more than any quote needs.
LARGEST = Decimal(10) ** 12
CONTEXT = Context(prec=28)

Values = Mapping[str, Decimal]
Node = Callable[[Values], Decimal]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d.]*(?:,\d+)?)|(?P<name>[a-z_][a-z0-9_]*)|"
    r"(?P<sign><=|>=|<>|[-+*/()<>=;%]))"
)


@dataclass(slots=True)
class Formula:
    """A formula that was read; ``names`` are the fields that it needs."""

    node: Node
    names: set[str] = field(default_factory=set)

    def calculate(self, values: Values) -> Decimal:
        """Return the result; a field without a value counts as 0.

        Raises ``DomainError`` (``division_by_zero``, ``too_large``).
        """
        result = self.node(values)
        if abs(result) > LARGEST:
            raise DomainError("too_large", _("The result is too large."))
        return result


def read_formula(text: str) -> Formula:
    """Return the formula in ``text``.

    Raises ``DomainError`` with code ``formula_invalid`` that says what is wrong and where.
    """
    if len(text) > LONGEST:
        raise _wrong(_("The formula is too long."))
    reader = _Reader(_tokens(text))
    node = reader.comparison(0)
    if reader.at < len(reader.tokens):
        raise _wrong(_("“%(part)s” is not expected there."), part=reader.tokens[reader.at])
    return Formula(node, reader.names)


def round_to(value: Decimal, step: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Return ``value`` as a multiple of ``step``; half is rounded up, away from zero."""
    if step <= 0:
        raise DomainError("step_invalid", _("Round to something greater than zero."))
    try:
        whole = CONTEXT.divide(value, step).quantize(Decimal(1), rounding=rounding)
        return CONTEXT.multiply(whole, step)
    except InvalidOperation as error:
        raise DomainError("too_large", _("The result is too large.")) from error


def _wrong(message: object, **parts: str) -> DomainError:
    return DomainError("formula_invalid", str(message) % parts if parts else message)  # type: ignore[arg-type]


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(_("“%(part)s” cannot be read."), part=text[at:].strip()[:20])
        found.append(match[match.lastgroup or 0])
        at = match.end()
    return found


def _divide(left: Decimal, right: Decimal) -> Decimal:
    if right == 0:
        raise DomainError("division_by_zero", _("This would divide by zero."))
    return CONTEXT.divide(left, right)


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": _divide,
}
_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": Decimal.__lt__,
    "<=": Decimal.__le__,
    ">": Decimal.__gt__,
    ">=": Decimal.__ge__,
    "=": Decimal.__eq__,
    "<>": Decimal.__ne__,
}
_ROUNDINGS = {"round": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
# How many arguments a function takes, at least and at most.
_ARGUMENTS = {"min": (1, 20), "max": (1, 20), "if": (3, 3), **dict.fromkeys(_ROUNDINGS, (1, 2))}


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.names: set[str] = set()

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if not token or (wanted and token not in wanted):
            return ""
        self.at += 1
        return token

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise _wrong(_("“%(part)s” is missing."), part=wanted)

    def comparison(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise _wrong(_("There are too many brackets inside one another."))
        left = self.chain(depth, ("+", "-"), self.product)
        sign = self.take(*_COMPARISONS)
        if not sign:
            return left
        holds, right = _COMPARISONS[sign], self.chain(depth, ("+", "-"), self.product)
        return lambda values: Decimal(int(holds(left(values), right(values))))

    def product(self, depth: int) -> Node:
        return self.chain(depth, ("*", "/"), self.factor)

    def chain(self, depth: int, signs: tuple[str, ...], part: Callable[[int], Node]) -> Node:
        node = part(depth)
        while sign := self.take(*signs):
            node = _combined(_ARITHMETIC[sign], node, part(depth))
        return node

    def factor(self, depth: int) -> Node:
        if self.take("-"):
            if depth > DEEPEST:
                raise _wrong(_("There are too many brackets inside one another."))
            inner = self.factor(depth + 1)
            return lambda values: -inner(values)
        if self.take("("):
            node = self.comparison(depth + 1)
            self.expect(")")
            return node
        token = self.take()
        if token[:1].isdigit():
            return self.number(token)
        if token in _ARGUMENTS:
            return self.call(token, depth)
        if token[:1].isalpha() or token[:1] == "_":
            self.names.add(token)
            return lambda values: values.get(token, Decimal(0))
        if not token:
            raise _wrong(_("The formula ends too early."))
        raise _wrong(_("“%(part)s” is not expected there."), part=token)

    def number(self, token: str) -> Node:
        # With a comma the points before it group thousands.
        plain = token.replace(".", "").replace(",", ".") if "," in token else token
        try:
            value = Decimal(plain)
        except InvalidOperation as error:
            raise _wrong(_("“%(part)s” is no number."), part=token) from error
        if self.take("%"):
            value = CONTEXT.divide(value, Decimal(100))
        return lambda values: value

    def call(self, name: str, depth: int) -> Node:
        self.expect("(")
        parts = [self.comparison(depth + 1)]
        while self.take(";"):
            parts.append(self.comparison(depth + 1))
        self.expect(")")
        least, most = _ARGUMENTS[name]
        if not least <= len(parts) <= most:
            raise _wrong(_("“%(part)s” has too few or too many values."), part=name)
        return _called(name, parts)


def _combined(combine: Callable[[Decimal, Decimal], Decimal], left: Node, right: Node) -> Node:
    return lambda values: combine(left(values), right(values))


def _called(name: str, parts: list[Node]) -> Node:
    if name == "if":
        condition, then, otherwise = parts
        return lambda values: then(values) if condition(values) else otherwise(values)
    if name in _ROUNDINGS:
        step = parts[1] if len(parts) > 1 else lambda values: Decimal(1)
        return lambda values: round_to(parts[0](values), step(values), _ROUNDINGS[name])
    choose = min if name == "min" else max
    return lambda values: choose(part(values) for part in parts)
