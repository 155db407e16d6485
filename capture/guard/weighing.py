"""The one place where it is decided what is held, for every door."""

from collections.abc import Sequence
from datetime import datetime

from accounts.actor import Actor
from capture.guard.actions.domains import note_domains
from capture.guard.actions.sightings import note_sightings
from capture.guard.candidate import Candidate
from capture.guard.crowd import Crowd, crowd_reasons, crowds
from capture.guard.doors import Check
from capture.guard.knowledge import (
    Knowledge,
    is_known_sender,
    is_released_text,
    learned,
    read_knowledge,
)
from capture.guard.rules import Rules, read_rules
from capture.guard.signals import SIGNALS, is_role
from capture.guard.verdict import Reason, Verdict


def weigh_all(items: Sequence[Candidate], *, by: Actor, as_of: datetime) -> list[Verdict]:
    """Return one verdict for each of ``items``, in their order; a handful of queries for all.

    Notes what they looked like, so that what comes later is compared with them. Must run inside an
    action.
    """
    if not items:
        return []
    note_sightings(items, by=by, as_of=as_of)
    seen = crowds([item.key for item in items])
    domains = {item.domain for item in items if item.domain}
    rules = read_rules(domains)
    if rules.checks_mail_domains:
        note_domains(domains, by=by, as_of=as_of)
    found = [(item, signs_against(item, seen.get(item.key, Crowd()), rules)) for item in items]
    coded = [(item, [reason.code for reason in reasons]) for item, reasons in found]
    known = read_knowledge(coded) if rules.learns else Knowledge()
    return [verdict_of(item, reasons, known) for item, reasons in found]


def signs_against(item: Candidate, crowd: Crowd, rules: Rules) -> list[Reason]:
    """Return what speaks against ``item`` by itself, and what those before it say."""
    single = [
        reason
        for check, signal in SIGNALS
        if check in item.door.checks and (reason := signal(item, rules))
    ]
    return [*single, *crowd_reasons(item, crowd)]


def verdict_of(item: Candidate, reasons: list[Reason], known: Knowledge) -> Verdict:
    """Return the verdict on ``item``, with what decisions so far say about it."""
    flags = set(item.flags)
    if is_role(item.email_key):
        flags.add("role_address")
    if Check.LEARNED in item.door.checks:
        reasons = _with_knowledge(item, reasons, known)
    return Verdict(reasons, sorted(flags), item.door.threshold)


def _with_knowledge(item: Candidate, reasons: list[Reason], known: Knowledge) -> list[Reason]:
    if is_released_text(item, known):
        reasons = [reason for reason in reasons if reason.code != "same_text"]
    verdict = Verdict(reasons)
    if is_known_sender(item, known) and verdict.weak:
        return [*reasons, Reason("known_sender", -verdict.weak)]
    said = learned(item, [reason.code for reason in reasons], known)
    return [*reasons, said] if said else reasons
