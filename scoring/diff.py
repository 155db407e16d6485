"""Two versions side by side, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from conditions.registry import Snapshot
from leads.conditions import LEADS
from scoring.models import Axis, ModelVersion
from scoring.rulesets import LIMITS, Ruleset, RuleSpec, load_rulesets
from scoring.sentences import points_text, rule_sentence


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what it is about, how it was, how it is; None where it was or is not."""

    name: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def compare(older: ModelVersion, newer: ModelVersion) -> list[Change]:
    """Return what is different in ``newer``: its limits, then its rules."""
    before, after = load_rulesets([older, newer])
    return [*_limits(before, after), *_rules(before, after, LEADS.snapshot())]


def _limits(before: Ruleset, after: Ruleset) -> Iterator[Change]:
    for name in LIMITS:
        old, new = before.limits[name], after.limits[name]
        if old != new:
            label = str(ModelVersion._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            yield Change(label[:1].upper() + label[1:], str(old), str(new))


def _rules(before: Ruleset, after: Ruleset, snapshot: Snapshot) -> Iterator[Change]:
    old = {spec.key: spec for spec in before.rules}
    new = {spec.key: spec for spec in after.rules}
    for key, spec in (old | new).items():
        was = _words(old[key], snapshot) if key in old else None
        is_now = _words(new[key], snapshot) if key in new else None
        if was != is_now:
            yield Change(spec.name, was, is_now)


def _words(spec: RuleSpec, snapshot: Snapshot) -> str:
    words = f"{Axis(spec.axis).label} {points_text(spec.points)}: {rule_sentence(spec, snapshot)}"
    if not spec.purpose:
        return words
    return f"{words} ({gettext('Purpose')}: {spec.purpose})"
