"""Hints that there is work: few while there is much of it, and none of them lost."""

import queue
from time import monotonic

import pytest

from ground import ticks


@pytest.fixture
def heard(monkeypatch) -> queue.Queue[tuple[str, float]]:
    """What is passed on, with the moment at which it was."""
    passed_on: queue.Queue[tuple[str, float]] = queue.Queue()

    def send(name: str) -> bool:
        # The bell of the process may still pass on what an earlier test rang for.
        if name.startswith("hints."):
            passed_on.put((name, monotonic()))
        return True

    monkeypatch.setattr(ticks, "_send", send)
    return passed_on


def make_bell(pause: float) -> ticks._Bell:
    bell = ticks._Bell()
    bell.PAUSE = pause
    return bell


def test_a_thousand_hints_at_once_are_two(heard):
    bell = make_bell(2)

    bell.ring("hints.one")
    _name, first_at = heard.get(timeout=60)
    for _number in range(1000):
        bell.ring("hints.one")
    _name, second_at = heard.get(timeout=60)

    assert second_at - first_at >= 2
    with pytest.raises(queue.Empty):
        heard.get(timeout=1)


def test_a_hint_of_another_kind_does_not_wait(heard):
    bell = make_bell(3600)

    bell.ring("hints.one")
    first, _at = heard.get(timeout=60)
    bell.ring("hints.other")
    second, _at = heard.get(timeout=60)

    assert (first, second) == ("hints.one", "hints.other")


def test_a_hint_that_came_too_early_is_given_again(monkeypatch):
    given: queue.Queue[str] = queue.Queue()
    answers = iter([False, True])

    def send(name: str) -> bool:
        if name != "hints.early":
            return True
        given.put(name)
        return next(answers)

    monkeypatch.setattr(ticks, "_send", send)
    bell = make_bell(0.05)

    bell.ring("hints.early")

    assert [given.get(timeout=60), given.get(timeout=60)] == ["hints.early"] * 2
