"""What hand-over shows on the page of a lead and on the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.rights import Right
from ground.counting import capped_counts
from ground.etags import tag_of
from ground.home import HomeCard, register_home_card
from ground.together import Reader
from handoff.activities import HANDOFF_HELD_BACK
from handoff.briefing import read_briefings, readable
from handoff.models import (
    BriefingPart,
    CallOutcome,
    Handoff,
    HandoffState,
    HostCalendar,
    Meeting,
    MeetingState,
    VerdictValue,
)
from handoff.queries import newest_handoffs_of
from handoff.queue import QUEUE_ORDER, attach_handoffs, in_queue_order, my_queue, with_handoffs
from handoff.telling import tell
from leads.models import Lead
from leads.panels import Panel, register_panel
from leads.stages import RANK, Stage

CALLS_SHOWN = 5
VERDICTS_SHOWN = 3
HOME_ROWS = 5
# More hand-overs than these are told as "1,000+".
COUNTED = 1_000


def handoff_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return how the hand-over of a lead stands and what the actor may do about it."""
    (handoffs,) = yield [newest_handoffs_of([lead.pk])]
    handoff = next(iter(handoffs), None)
    if handoff is not None and not _is_current(handoff, lead):
        handoff = None
    held_back: list[str] = []
    if handoff is None and lead.stage == Stage.MQL:
        held_back = yield from _held_back(lead)
    is_open = handoff is not None and handoff.is_open
    is_mine = handoff is not None and handoff.to_user_id == actor.user_id
    works = actor.may(Right.HANDOFF_WORK)
    in_pool = handoff is not None and handoff.is_pool and handoff.to_team_id == actor.team_id
    before_sql = RANK.get(lead.stage, RANK[Stage.SQL]) < RANK[Stage.SQL]
    is_owner = lead.owner_id is not None and lead.owner_id == actor.user_id
    is_kept = handoff is not None and handoff.state == HandoffState.ACCEPTED and is_owner
    return {
        "handoff": handoff,
        "handoff_tag": tag_of(handoff and _told(handoff), lead.stage, lead.owner_id),
        "held_back": held_back,
        "can_accept": works and is_open and (is_mine or in_pool),
        "can_reject": works and handoff is not None and is_mine and (is_open or is_kept),
        "can_take_on": works and is_owner and before_sql and not is_open,
        "can_give": actor.may(Right.HANDOFF_GIVE) and before_sql and not is_open,
        "can_withdraw": actor.may(Right.HANDOFF_GIVE) and is_open,
        "can_distribute": actor.may(Right.HANDOFF_DISTRIBUTE) and _is_with_sales(lead),
    }


def _is_current(handoff: Handoff, lead: Lead) -> bool:
    """Say whether a hand-over belongs to what the lead is about now and not to its past."""
    is_finished = lead.stage in (Stage.CUSTOMER, Stage.PROMOTER)
    return handoff.is_open or not (is_finished and handoff.state == HandoffState.ACCEPTED)


def _is_with_sales(lead: Lead) -> bool:
    return lead.stage in (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)


def _told(handoff: Handoff) -> tuple[Any, ...]:
    times = (handoff.reminded_at, handoff.escalated_at, handoff.ended_at)
    return (handoff.pk, handoff.state, handoff.to_user_id, *times)


def _held_back(lead: Lead) -> Reader[list[str]]:
    """Return what the briefing lacked when the rules last looked at the lead."""
    events = lead.activities.filter(kind=HANDOFF_HELD_BACK, occurred_at__gte=lead.stage_at)
    (newest,) = yield [events[:1]]
    data = newest[0].data if newest else {}
    missing = data.get("missing", [])
    kept = [_("a signal to buy, as the lead only gathers information")]
    return (kept if data.get("is_informing") else []) + [
        str(BriefingPart(part).label) for part in missing if part in BriefingPart
    ]


def briefing_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the briefing as it is now, as far as the actor may read it."""
    briefings = yield from read_briefings([lead], as_of=timezone.now())
    return {"told": tell(readable(briefings[lead.pk], actor))}


def tasks_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return what is to be done about the lead."""
    (tasks,) = yield [lead.tasks.filter(done_at=None).select_related("assignee")]
    can_add = actor.may(Right.HANDOFF_WORK) or actor.may(Right.HANDOFF_GIVE)
    return {"open_tasks": tasks, "can_add_task": can_add}


def calls_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the last calls."""
    (calls,) = yield [lead.calls.select_related("note")[:CALLS_SHOWN]]
    return {"calls": calls, "can_call": actor.may(Right.HANDOFF_WORK)}


def verdict_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return what sales thinks of the lead after contact, newest first."""
    reached = lead.calls.filter(outcome=CallOutcome.REACHED)
    held = lead.meetings.filter(state=MeetingState.HELD)
    verdicts, calls, meetings = yield [
        lead.verdicts.all()[:VERDICTS_SHOWN],
        reached[:1],
        held[:1],
    ]
    has_talked = bool(calls or meetings)
    return {
        "verdicts": verdicts,
        "verdict_values": VerdictValue,
        "can_judge": actor.may(Right.HANDOFF_WORK) and has_talked,
        "has_talked": has_talked,
        "reads_scores": actor.may(Right.SCORES_READ),
    }


def meetings_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the last and coming meetings of the lead."""
    rows = lead.meetings.select_related("kind", "host").order_by("-starts_at", "-pk")
    (meetings,) = yield [rows[:CALLS_SHOWN]]
    return {"meetings": meetings, "can_meet": actor.may(Right.HANDOFF_WORK)}


def deals_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the deals of the lead."""
    (deals,) = yield [lead.opportunities.select_related("owner")]
    can_add = actor.may(Right.DEALS_EDIT) and lead.stage in (
        Stage.SQL,
        Stage.OPPORTUNITY,
        Stage.CUSTOMER,
        Stage.PROMOTER,
    )
    return {"deals": deals, "can_add_deal": can_add}


def referrals_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return whom the lead recommended, as far as the actor may see them."""
    leads = Lead.objects.visible_to(actor).filter(referrer=lead).order_by("-created_at")
    (referred,) = yield [leads[:CALLS_SHOWN]]
    is_customer = lead.stage in (Stage.CUSTOMER, Stage.PROMOTER)
    return {
        "referred": referred,
        "can_refer": actor.may(Right.LEADS_CREATE),
        "can_ask_satisfaction": is_customer and actor.may(Right.LEADS_EDIT),
        "is_customer": is_customer,
    }


register_panel(Panel("handoff", "handoff/panels/handoff.html", handoff_panel, "top", 10))
register_panel(Panel("briefing", "handoff/panels/briefing.html", briefing_panel, "main", 20))
register_panel(Panel("tasks", "handoff/panels/tasks.html", tasks_panel, "side", 10))
register_panel(Panel("meetings", "handoff/panels/meetings.html", meetings_panel, "side", 15))
register_panel(Panel("verdict", "handoff/panels/verdict.html", verdict_panel, "side", 31))
register_panel(Panel("calls", "handoff/panels/calls.html", calls_panel, "side", 30))
register_panel(
    Panel("deals", "handoff/panels/deals.html", deals_panel, "side", 20, Right.DEALS_READ)
)
register_panel(Panel("referrals", "handoff/panels/referrals.html", referrals_panel, "side", 60))


def queue_card(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the beginning of the rep's queue."""
    leads = in_queue_order(with_handoffs(my_queue(actor)))
    rows = list(leads.order_by(*QUEUE_ORDER)[:HOME_ROWS])
    return {"queue_rows": attach_handoffs(rows)}


def meetings_card(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the next meetings of the rep, and how many wait for their outcome."""
    now = timezone.now()
    own = Meeting.objects.filter(host=actor.user_id, lead__deleted_at=None)
    rows = own.coming(now).select_related("kind", "lead__company")[:HOME_ROWS]
    over = own.filter(state=MeetingState.BOOKED, ends_at__lte=now).count()
    failing = HostCalendar.objects.filter(user=actor.user_id, failing_since__isnull=False)
    return {"meeting_rows": list(rows), "without_outcome": over, "failing": failing.exists()}


def handed_over_card(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return how many leads wait for sales, for those who give them."""
    open_rows = Handoff.objects.visible_to(actor).open()
    parts = {"waiting": open_rows, "overdue": open_rows.filter(escalated_at__isnull=False)}
    return {
        name: f"{_shown(COUNTED)}+" if count > COUNTED else _shown(count)
        for name, count in capped_counts(parts, cap=COUNTED).items()
    }


def _shown(count: int) -> str:
    return number_format(count, use_l10n=True, force_grouping=True)


register_home_card(
    HomeCard("queue", "handoff/cards/queue.html", queue_card, "main", 10, Right.HANDOFF_WORK)
)
register_home_card(
    HomeCard(
        "meetings", "handoff/cards/meetings.html", meetings_card, "side", 5, Right.HANDOFF_WORK
    )
)
register_home_card(
    HomeCard(
        "handed_over",
        "handoff/cards/handed_over.html",
        handed_over_card,
        "side",
        30,
        Right.HANDOFF_GIVE,
    )
)
