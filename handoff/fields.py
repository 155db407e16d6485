"""What hand-over and sales offer to conditions; all of it as it was at ``as_of``."""

import operator
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions.teams import register_team_use
from accounts.models import Organisation, Team
from accounts.rights import Right
from conditions import columns
from conditions.describe import operator_sentence
from conditions.halves import Halves, exists
from conditions.operators import COUNT_OPS, Kind
from conditions.refs import Usage, register_usages
from conditions.registry import Ask, Choice, Field, Param, Snapshot
from conditions.tree import Leaf
from handoff.activities import (
    MEETING_BOOKED,
    MEETING_CANCELLED,
    MEETING_HELD,
    MEETING_MISSED,
    MEETING_MOVED,
)
from handoff.models import (
    AssignmentRule,
    Call,
    CallOutcome,
    Handoff,
    HandoffState,
    MeetingType,
    Opportunity,
    RejectReason,
    Task,
)
from leads.conditions import LEADS
from leads.fields.activities import Detail, register_activity_detail
from leads.fields.choices import closed

GROUP = _("Sales")
MAX_DAYS = 3_650
_COMPARE: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "at_least": ("gte", operator.ge),
    "more_than": ("gt", operator.gt),
    "at_most": ("lte", operator.le),
    "less_than": ("lt", operator.lt),
    "is": ("exact", operator.eq),
}


def _newest(ask: Ask) -> QuerySet[Handoff]:
    """Return the newest hand-over of the lead at ``as_of``."""
    known = Handoff.objects.filter(offered_at__lte=ask.context.as_of)
    newest = known.filter(lead=OuterRef("lead")).order_by("-offered_at", "-pk")
    return known.filter(lead=OuterRef("pk"), pk=newest.values("pk")[:1])


def _state_q(state: str, as_of: Any) -> Q:
    """Return the condition for hand-overs that were in ``state`` at ``as_of``."""
    rejected = Q(rejected_at__lte=as_of)
    ended = Q(ended_at__lte=as_of)
    accepted = Q(accepted_at__lte=as_of)
    if state == HandoffState.REJECTED:
        return rejected
    if state == HandoffState.ACCEPTED:
        return accepted & _not_yet("rejected_at", as_of) & _not_yet("ended_at", as_of)
    if state == HandoffState.OFFERED:
        return (
            _not_yet("accepted_at", as_of)
            & _not_yet("rejected_at", as_of)
            & _not_yet("ended_at", as_of)
        )
    return ended & Q(state=state)


def _not_yet(column: str, as_of: Any) -> Q:
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gt": as_of})


def _handoff_state(ask: Ask) -> Halves:
    rows = _newest(ask)
    if ask.op == "is_set":
        return exists(rows)
    wanted = Q(pk__in=[])
    for state in ask.keys:
        wanted |= _state_q(state, ask.context.as_of)
    return exists(rows.filter(wanted))


def _rejected(ask: Ask) -> Halves:
    as_of = ask.context.as_of
    rows = Handoff.objects.filter(lead=OuterRef("pk"), rejected_at__lte=as_of)
    if days := ask.params.get("within_days"):
        rows = rows.filter(rejected_at__gte=as_of - timedelta(days=days))
    return exists(rows if ask.op == "is_set" else rows.filter(reject_reason__in=ask.keys))


def _last_call(ask: Ask) -> Halves:
    known = Call.objects.filter(at__lte=ask.context.as_of)
    newest = known.filter(lead=OuterRef("lead")).order_by("-at", "-pk")
    rows = known.filter(lead=OuterRef("pk"), pk=newest.values("pk")[:1])
    return exists(rows if ask.op == "is_set" else rows.filter(outcome__in=ask.keys))


def _has_task(ask: Ask) -> Halves:
    as_of = ask.context.as_of
    rows = Task.objects.filter(lead=OuterRef("pk"), created_at__lte=as_of)
    has = exists(rows.filter(_not_yet("done_at", as_of)))
    return has if ask.value else has.swapped()


def _has_deal(ask: Ask) -> Halves:
    as_of = ask.context.as_of
    rows = Opportunity.objects.filter(lead=OuterRef("pk"), created_at__lte=as_of)
    has = exists(rows.filter(_not_yet("won_at", as_of), _not_yet("lost_at", as_of)))
    return has if ask.value else has.swapped()


def _won(ask: Ask) -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(lead=OuterRef("pk"), won_at__lte=ask.context.as_of)


def _won_value(ask: Ask) -> Halves:
    """Compare the sum of what was won; a lead that has bought nothing has 0."""
    if ask.op == "between":
        ends = ask.value if isinstance(ask.value, tuple) else (ask.value, ask.value)
        return _compared(ask, "at_least", ends[0]) & _compared(ask, "at_most", ends[-1])
    return _compared(ask, ask.op, ask.value)


def _compared(ask: Ask, op: str, value: Any) -> Halves:
    lookup, holds = _COMPARE[op]
    won = _won(ask).filter(currency=Organisation.current().currency).order_by()
    sums = won.values("lead").annotate(total=Sum("amount"))
    enough = exists(sums.filter(**{f"total__{lookup}": value}))
    return enough | exists(won).swapped() if holds(0, value) else enough


def _rejected_sentence(leaf: Leaf, denied: bool) -> str:
    days = leaf.params.get("within_days")
    text = operator_sentence(leaf, str(leaf.field.label), denied=denied)
    if days is None:
        return text
    return gettext("{sentence} in the last {days} days").format(sentence=text, days=days)


LEADS.register(
    Field(
        name="handoff_state",
        label=_("Hand-over"),
        group=GROUP,
        kind=Kind.CHOICE,
        choices=closed(HandoffState),
        test=_handoff_state,
    ),
    Field(
        name="rejected_because",
        label=_("Reason for rejection by sales"),
        group=GROUP,
        kind=Kind.CHOICE,
        choices=closed(RejectReason),
        params=(
            Param(
                name="within_days",
                label=_("in the last … days"),
                kind=Kind.NUMBER,
                lowest=1,
                highest=MAX_DAYS,
            ),
        ),
        sentence=_rejected_sentence,
        test=_rejected,
    ),
    Field(
        name="last_call",
        label=_("Last call"),
        group=GROUP,
        kind=Kind.CHOICE,
        choices=closed(CallOutcome),
        test=_last_call,
    ),
    Field(
        name="open_task",
        label=_("Has a next step"),
        group=GROUP,
        kind=Kind.BOOLEAN,
        test=_has_task,
    ),
    Field(
        name="open_deal",
        label=_("Has an open deal"),
        group=GROUP,
        kind=Kind.BOOLEAN,
        readable_by=Right.DEALS_READ,
        test=_has_deal,
    ),
    Field(
        name="won_deals",
        label=_("Number of won deals"),
        group=GROUP,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        readable_by=Right.DEALS_READ,
        test=columns.count(_won),
    ),
    Field(
        name="won_value",
        label=_("Value of won deals"),
        group=GROUP,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        readable_by=Right.DEALS_READ,
        hint=_("In the currency of the organisation."),
        test=_won_value,
    ),
)


def _meeting_types(_snapshot: Snapshot) -> list[Choice]:
    kinds = MeetingType.objects.all()
    return [Choice(str(kind.public_id), str(kind), str(kind.public_id)) for kind in kinds]


register_activity_detail(
    Detail(
        "meeting_type",
        "type",
        _("Type of meeting"),
        (MEETING_BOOKED, MEETING_MOVED, MEETING_HELD, MEETING_MISSED, MEETING_CANCELLED),
        _meeting_types,
    )
)


def _rules() -> Iterator[Usage]:
    for rule in AssignmentRule.objects.all():
        url = reverse("rule_edit", args=[rule.public_id])
        yield Usage(gettext("Assignment rule"), rule.name, url, rule.where)


register_usages("assignment_rule", _rules)


def _rules_for(team: Team) -> list[str]:
    rules = AssignmentRule.objects.filter(target_team=team).order_by("position")
    return [f"{gettext('Assignment rule')} {rule.name}" for rule in rules]


register_team_use(_rules_for)
