"""How often the guard is wrong on made-up messages; see ``spam_corpus`` for what they are."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from capture.guard.candidate import Candidate
from capture.guard.crowd import Crowd
from capture.guard.doors import FORM
from capture.guard.knowledge import Knowledge
from capture.guard.rules import Rules
from capture.guard.signs import signs_of
from capture.guard.weighing import signs_against, verdict_of
from tests.capture.spam_corpus import made

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MEASURED = 600


def candidate(item, number):
    took = None if item.seconds is None else timedelta(seconds=item.seconds)
    return Candidate(
        FORM,
        f"form:{number}",
        "form",
        NOW,
        "de",
        email=item.email,
        names=item.name.split(),
        message=item.message,
        texts=[item.message, item.name],
        took=took,
    )


def reasons_of(item):
    return signs_against(item, Crowd(), Rules())


def learn_from(count):
    """Return what is known after ``count`` decisions about the first half, all of them right."""
    good: Counter[str] = Counter()
    spam: Counter[str] = Counter()
    totals = [0, 0]
    for number, item in enumerate(made("first", count, seed=1)):
        found = candidate(item, number)
        signs = signs_of(found, [reason.code for reason in reasons_of(found)])
        (spam if item.is_spam else good).update(signs)
        totals[item.is_spam] += 1
    counts = {sign: (good[sign], spam[sign]) for sign in {*good, *spam}}
    return Knowledge(counts, *totals)


def measure(known):
    """Return how many enquiries were held, and how much spam came through, of 300 each."""
    held, through = 0, 0
    for number, item in enumerate(made("second", MEASURED, seed=2)):
        found = candidate(item, number)
        is_spam = verdict_of(found, reasons_of(found), known).is_spam
        held += is_spam and not item.is_spam
        through += item.is_spam and not is_spam
    return held, through


@pytest.mark.parametrize(
    ("decisions", "held", "through"),
    [(0, 1, 168), (20, 3, 81), (60, 0, 44), (300, 1, 44)],
)
def test_the_more_was_decided_the_less_spam_comes_through(decisions, held, through):
    assert measure(learn_from(decisions)) == (held, through)


def test_somebody_who_decides_wrongly_can_hold_nobody_without_another_sign():
    everything = [candidate(item, 0) for item in made("second", MEASURED, seed=2)]
    signs = {sign for item in everything for sign in signs_of(item, [])}
    poisoned = Knowledge(dict.fromkeys(signs, (0, 1000)), 1_000, 1_000)

    held = [
        item
        for item in everything
        if verdict_of(item, [], poisoned).is_spam and not reasons_of(item)
    ]

    assert held == []
