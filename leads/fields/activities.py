"""What somebody has done: how often, when last, when first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from conditions import columns
from conditions.describe import operator_sentence, quote, show_value
from conditions.halves import ALWAYS, Halves, exists
from conditions.operators import COUNT_OPS, Kind
from conditions.registry import Ask, Choice, ChoiceLoader, Field, Param, Snapshot
from conditions.times import Interval, moments_of
from conditions.tree import Leaf
from leads.activities import LEAD_STAGE_CHANGED
from leads.fields.choices import closed
from leads.kinds import KINDS
from leads.models import Activity
from leads.stages import Stage

GROUP = _("Activity")
MAX_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing in ``Activity.data`` by which activities may be told apart.

    ``name`` is the parameter of the fields here, ``key`` the key in ``data`` whose value must be
    equal; with ``is_prefix`` it must begin with it, with ``is_member`` it is a list that must have
    it. ``kinds`` are those that keep it. With ``choices`` the ``Choice.key`` is compared, and
    ``ref_kind`` makes it something that is used. ``test`` says in its own way what a value asks.
    """

    name: str
    key: str
    label: Promise
    kinds: tuple[str, ...]
    choices: ChoiceLoader | None = None
    ref_kind: str = ""
    is_prefix: bool = False
    is_member: bool = False
    test: Callable[[Any], Q] | None = None

    def q(self, value: Any) -> Q:
        """Return the condition on an activity; only for use inside of EXISTS."""
        if self.test is not None:
            return self.test(value)
        if self.is_prefix:
            return Q(**{f"data__{self.key}__startswith": value})
        return Q(data__contains={self.key: [value] if self.is_member else value})


_details: dict[str, Detail] = {}


def register_activity_detail(*details: Detail) -> None:
    """Let conditions tell activities apart by ``details``; called from an app's ``fields.py``."""
    for detail in details:
        if detail.name in _details:
            raise ValueError(f"The activity detail {detail.name} exists twice.")
        _details[detail.name] = detail


def activity_details() -> Mapping[str, Detail]:
    """Return every detail by name, for rules that count activities themselves."""
    return _details


register_activity_detail(
    Detail("to_stage", "to", _("New stage"), (LEAD_STAGE_CHANGED,), closed(Stage))
)


def _kinds(snapshot: Snapshot) -> list[Choice]:
    rights = snapshot.rights
    return [
        Choice(kind.name, kind.label, kind.name)
        for kind in KINDS.values()
        if rights is None or kind.right in rights
    ]


def _which() -> tuple[Param, ...]:
    """Return the parameters that say which activities are meant."""
    details = (
        Param(
            name=detail.name,
            label=detail.label,
            kind=Kind.CHOICE if detail.choices else Kind.TEXT,
            choices=detail.choices,
            ref_kind=detail.ref_kind,
            only_for=detail.kinds,
        )
        for detail in _details.values()
    )
    return (
        Param(name="kind", label=_("Kind"), kind=Kind.CHOICE, choices=_kinds, is_required=True),
        *details,
        Param(name="with_machine", label=_("Machines count, too"), kind=Kind.BOOLEAN),
    )


def _which_and_when() -> tuple[Param, ...]:
    return (
        *_which(),
        Param(
            name="within_days",
            label=_("in the last … days"),
            kind=Kind.NUMBER,
            lowest=1,
            highest=MAX_DAYS,
        ),
        Param(name="since", label=_("since"), kind=Kind.DATE),
    )


def _rows(ask: Ask) -> QuerySet[Activity]:
    """Return the activities of the lead that are meant; what machines did does not count."""
    as_of = ask.context.as_of
    rows = Activity.objects.filter(
        lead=OuterRef("pk"), kind=ask.params["kind"], occurred_at__lte=as_of
    )
    if ask.context.known_at is not None:
        rows = rows.filter(recorded_at__lte=ask.context.known_at)
    if holds := KINDS[ask.params["kind"]].holds:
        rows = rows.filter(holds())
    if not ask.params.get("with_machine"):
        rows = rows.filter(is_machine=False)
    if days := ask.params.get("within_days"):
        rows = rows.filter(occurred_at__gte=as_of - timedelta(days=days))
    if since := ask.params.get("since"):
        rows = rows.filter(occurred_at__gte=datetime.combine(since, time(), ask.context.zone))
    for name, detail in _details.items():
        if name in ask.params:
            rows = rows.filter(detail.q(ask.params[name]))
    return rows


def _between(rows: QuerySet[Activity], interval: Interval[datetime]) -> QuerySet[Activity]:
    if interval.low is not None:
        rows = rows.filter(occurred_at__gte=interval.low)
    if interval.high is not None:
        rows = rows.filter(occurred_at__lt=interval.high)
    return rows


def _last(ask: Ask) -> Halves:
    """The last one lies in the interval: one does, and none comes after it."""
    rows = _rows(ask)
    if ask.op == "is_set":
        return exists(rows)
    interval = moments_of(ask)
    inside = exists(_between(rows, interval))
    if interval.high is None:
        return inside
    return inside & exists(rows.filter(occurred_at__gte=interval.high)).swapped()


def _first(ask: Ask) -> Halves:
    """The first one lies in the interval: one does, and none comes before it."""
    rows = _rows(ask)
    if ask.op == "is_set":
        return exists(rows)
    interval = moments_of(ask)
    inside = exists(_between(rows, interval))
    if interval.low is None:
        return inside
    return inside & exists(rows.filter(occurred_at__lt=interval.low)).swapped()


def _quiet(ask: Ask, days: int) -> Halves:
    """For at least so many days the lead itself has done nothing."""
    if days <= 0:
        return ALWAYS
    as_of = ask.context.as_of
    touches = [kind.name for kind in KINDS.values() if kind.is_touch]
    return exists(
        Activity.objects.filter(
            lead=OuterRef("pk"),
            kind__in=touches,
            is_machine=False,
            occurred_at__gt=as_of - timedelta(days=min(days, MAX_DAYS)),
            occurred_at__lte=as_of,
        )
    ).swapped()


def _activity(leaf: Leaf) -> str:
    """Return which activities a leaf is about: ``“Form submitted” (Form: “Contact”)``."""
    shown = quote(str(leaf.chosen_params["kind"].label))
    details = [
        f"{detail.label}: {quote(str(_shown(leaf, name)))}"
        for name, detail in _details.items()
        if name in leaf.params
    ]
    if leaf.params.get("with_machine"):
        details.append(gettext("machines count, too"))
    return f"{shown} ({', '.join(details)})" if details else shown


def _shown(leaf: Leaf, name: str) -> Any:
    return leaf.chosen_params[name].label if name in leaf.chosen_params else leaf.params[name]


def _count_sentence(leaf: Leaf, denied: bool) -> str:
    return f"{_activity(leaf)} {_times(leaf, denied)}{_window(leaf)}"


def _times(leaf: Leaf, denied: bool) -> str:
    """Return how often: a count always has an opposite that reads better than "not"."""
    op = _OPPOSITES[leaf.op.name] if denied else leaf.op.name
    if isinstance(leaf.value, tuple):
        low, high = (show_value(value) for value in leaf.value)
        words = gettext("not {low} to {high} times") if denied else gettext("{low} to {high} times")
        return words.format(low=low, high=high)
    number: Any = leaf.value
    special = _RARELY.get((op, number))
    return str(special) if special else str(_OFTEN[op]).format(number=show_value(number))


def _window(leaf: Leaf) -> str:
    words = ""
    if days := leaf.params.get("within_days"):
        words += ngettext(" in the last 24 hours", " in the last {days} days", days).format(
            days=show_value(days)
        )
    if since := leaf.params.get("since"):
        words += gettext(" since {day}").format(day=show_value(since))
    return words


_OPPOSITES = {
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
    "is": "is_not",
    "is_not": "is",
    "between": "between",
}
_OFTEN = {
    "at_least": _("at least {number} times"),
    "less_than": _("less than {number} times"),
    "at_most": _("at most {number} times"),
    "more_than": _("more than {number} times"),
    "is": _("exactly {number} times"),
    "is_not": _("not exactly {number} times"),
}
_RARELY = {
    ("at_least", 1): _("at least once"),
    ("more_than", 0): _("at least once"),
    ("is_not", 0): _("at least once"),
    ("less_than", 1): _("never"),
    ("at_most", 0): _("never"),
    ("is", 0): _("never"),
    ("at_most", 1): _("at most once"),
    ("more_than", 1): _("more than once"),
    ("is", 1): _("exactly once"),
    ("is_not", 1): _("not exactly once"),
}


def _when_sentence(label: Promise) -> Callable[[Leaf, bool], str]:
    """Return the sentence of the time of an activity; ``label`` names it with ``{activity}``."""

    def sentence(leaf: Leaf, denied: bool) -> str:
        activity = _activity(leaf)
        if leaf.op.name in ("is_set", "is_empty"):
            happened = (leaf.op.name == "is_set") is not denied
            words = gettext("{activity} at least once") if happened else gettext("{activity} never")
            return words.format(activity=activity)
        return operator_sentence(leaf, str(label).format(activity=activity), denied=denied)

    return sentence


def _quiet_sentence(leaf: Leaf, denied: bool) -> str:
    days: Any = leaf.value
    if (leaf.op.name == "at_least") is denied:
        words = ngettext(
            "some activity in the last 24 hours", "some activity in the last {days} days", days
        )
    else:
        words = ngettext("no activity for 24 hours", "no activity for {days} days", days)
    return words.format(days=show_value(days))


_TIMES = (
    "in_last_days",
    "not_in_last_days",
    "more_than_days_ago",
    "in_period",
    "on",
    "before",
    "after",
    "between",
    "is_set",
    "is_empty",
)

FIELDS = [
    Field(
        name="activity_count",
        label=_("Number of activities"),
        group=GROUP,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        params=_which_and_when,
        start=1,
        sentence=_count_sentence,
        test=columns.count(_rows),
    ),
    Field(
        name="last_activity_of",
        label=_("Last activity of a kind"),
        group=GROUP,
        kind=Kind.DATETIME,
        ops=_TIMES,
        params=_which,
        sentence=_when_sentence(_("Last {activity}")),
        test=_last,
    ),
    Field(
        name="first_activity_of",
        label=_("First activity of a kind"),
        group=GROUP,
        kind=Kind.DATETIME,
        ops=_TIMES,
        params=_which,
        sentence=_when_sentence(_("First {activity}")),
        test=_first,
    ),
    Field(
        name="days_without_activity",
        label=_("Days without activity"),
        group=GROUP,
        kind=Kind.NUMBER,
        ops=("at_least", "less_than"),
        is_whole=True,
        sentence=_quiet_sentence,
        start=30,
        test=columns.ladder(_quiet),
    ),
    Field(
        name="last_activity",
        label=_("Last activity"),
        group=GROUP,
        kind=Kind.DATETIME,
        test=columns.moment("last_activity_at", nullable=True),
    ),
]
