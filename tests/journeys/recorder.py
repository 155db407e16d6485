"""Measures journeys: what a person does in the browser, counted from trusted events only.

A budget names actions, fields, screens and the seconds of the Keystroke-Level Model. Tests drive
the page with the mouse and the keyboard (``click``, ``keyboard.type``); ``fill`` is refused, since
nobody can do that by hand.

Machine time is measured and printed always, and held to its budget only with ``JOURNEYS_TIMED=1``:
``make bench`` sets it, where nothing else keeps the machine busy.
"""

import math
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Page

BUDGETS = Path(__file__).with_name("budgets.toml")
LISTENERS = Path(__file__).with_name("listeners.js")
# Operator values of the Keystroke-Level Model, in seconds.
KEY, CLICK, POINT, HAND, THINK = 0.28, 0.1, 1.1, 0.4, 1.35
PROPERTY = "journey"


class OverBudgetError(AssertionError):
    """A journey asks more of a person than it may."""


@dataclass(frozen=True)
class Event:
    """One thing that happened: ``at`` in seconds of the browser's clock."""

    kind: str
    at: float
    is_command: bool = False
    name: str = ""

    @property
    def is_step(self) -> bool:
        """Say whether it counts as an action or a screen."""
        return self.kind in ("click", "screen") or (self.kind == "key" and self.is_command)


@dataclass
class Journey:
    """The record of one journey."""

    name: str
    events: list[Event] = field(default_factory=list)
    timed: list[float] = field(default_factory=list)
    cheats: list[str] = field(default_factory=list)
    paths: dict[Page, str] = field(default_factory=dict)

    def follow(self, page: Page) -> None:
        """Record what happens on ``page`` from now on, through every navigation.

        A second page that was opened counts from there: what it shows by then is a screen already.
        """
        if self.paths:
            self.events.append(Event("screen", 0.0, name=urlsplit(page.url).path))
        page.expose_binding("journeyEvent", lambda _source, told: self._hear(told))
        page.add_init_script(path=LISTENERS)
        page.evaluate(LISTENERS.read_text(encoding="utf-8"))
        self.paths[page] = urlsplit(page.url).path
        page.on("framenavigated", lambda frame: self._move(frame, page))

    def _hear(self, told: dict[str, Any]) -> None:
        if told["kind"] == "cheat":
            self.cheats.append(told["name"])
            return
        self.events.append(Event(told["kind"], told["at"], told["command"], told["name"]))

    def _move(self, frame: Frame, page: Page) -> None:
        path = urlsplit(frame.url).path
        if frame == page.main_frame and path != self.paths[page]:
            self.paths[page] = path
            self.events.append(Event("screen", 0.0, name=path))

    @contextmanager
    def machine(self) -> Iterator[None]:
        """Measure this block as machine time; the budget's ``p95_ms`` holds over all of them."""
        start = perf_counter()
        yield
        self.timed.append(1000 * (perf_counter() - start))

    @property
    def actions(self) -> int:
        """Clicks and command keys."""
        return sum(e.kind == "click" or (e.kind == "key" and e.is_command) for e in self.events)

    @property
    def fields(self) -> int:
        """Fields that were changed, each counted once."""
        return len({e.name for e in self.events if e.kind == "change"})

    @property
    def screens(self) -> int:
        """Full pages that were opened."""
        return sum(event.kind == "screen" for event in self.events)

    @property
    def klm(self) -> float:
        """The seconds that an expert needs by the model, with the waiting that was measured."""
        seconds, hand, is_new = 0.0, "", True
        for event in self.events:
            if event.kind in ("screen", "panel"):
                is_new = True
            if event.kind == "wait":
                seconds += float(event.name)
            if event.kind not in ("click", "key"):
                continue
            if is_new:
                seconds += THINK
                is_new = False
            if hand and hand != event.kind:
                seconds += HAND
            hand = event.kind
            seconds += KEY if event.kind == "key" else POINT + CLICK
        return round(seconds, 1)

    @property
    def p95(self) -> float | None:
        """The machine time that 95 of 100 runs keep, in milliseconds; None when not measured."""
        if not self.timed:
            return None
        return round(sorted(self.timed)[math.ceil(0.95 * len(self.timed)) - 1], 1)

    @property
    def measured(self) -> dict[str, float | None]:
        """What was measured, by the names of the budget."""
        return {
            "actions": self.actions,
            "fields": self.fields,
            "screens": self.screens,
            "klm": self.klm,
            "p95_ms": self.p95,
        }


def check(journey: Journey, budget: dict[str, float], *, is_timed: bool = True) -> None:
    """Raise ``OverBudgetError`` when the journey took more than its budget.

    Without ``is_timed`` the machine may take as long as it likes, but must have been measured.
    """
    if journey.cheats:
        raise OverBudgetError(f"{journey.name} typed without keys: {', '.join(journey.cheats)}")
    over = [
        f"{name} {journey.measured[name]} > {most}"
        for name, most in budget.items()
        if (journey.measured[name] or 0) > most and (is_timed or name != "p95_ms")
    ]
    unmeasured = "p95_ms" in budget and journey.p95 is None
    if unmeasured:
        over.append("p95_ms was not measured")
    if over:
        told = [f"{event.kind} {event.name}".strip() for event in journey.events if event.is_step]
        raise OverBudgetError(f"{journey.name}: {'; '.join(over)} ({', '.join(told)})")


def budgets() -> dict[str, dict[str, float]]:
    """Return the budgets by the name of the journey."""
    return tomllib.loads(BUDGETS.read_text(encoding="utf-8"))


StartJourney = Callable[..., AbstractContextManager[Journey]]


@pytest.fixture
def journey(request: pytest.FixtureRequest) -> StartJourney:
    """Return a context that holds to its budget: ``with journey("b_build_a_form", page): …``.

    With ``by_keyboard`` nothing may be clicked. Every way to a field is a key then, so that keys
    are not counted as actions: the seconds of the model say whether it is still quick.
    """

    @contextmanager
    def start(name: str, page: Page, *, by_keyboard: bool = False) -> Iterator[Journey]:
        budget = budgets()[name]
        if by_keyboard:
            del budget["actions"]
        running = Journey(name)
        running.follow(page)
        yield running
        shown = f"{name} (keys)" if by_keyboard else name
        request.node.user_properties.append((PROPERTY, (shown, running.measured, budget)))
        assert not by_keyboard or all(event.kind != "click" for event in running.events)
        check(running, budget, is_timed="JOURNEYS_TIMED" in os.environ)

    return start


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table of what was measured."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY and report.when == "call"
    ]
    if not rows:
        return
    terminalreporter.section("journeys: measured (budget)")
    for line in table(rows):
        terminalreporter.write_line(line)


def table(rows: list[Any]) -> list[str]:
    """Return the lines of the table; the worst run of a journey stands for it."""
    names = ("actions", "fields", "screens", "klm", "p95_ms")
    lines = [f"{'journey':32}" + "".join(f"{name:>16}" for name in names)]
    for name, measured, budget in sorted(rows, key=lambda row: row[0]):
        cells = (f"{_figure(measured[key])} ({_figure(budget.get(key))})" for key in names)
        lines.append(f"{name:32}" + "".join(f"{cell:>16}" for cell in cells))
    return lines


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
