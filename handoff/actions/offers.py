"""Handing leads over to sales: by the rules, by marketing, by the manager."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action import action
from accounts.actor import Actor
from accounts.models import Team, User
from accounts.rights import Right
from ground.errors import ConflictError, DomainError
from handoff.actions.opening import Opening, open_handoffs, stop_clocks, told
from handoff.activities import HANDOFF_HELD_BACK, HANDOFF_OVERRIDDEN, HANDOFF_WITHDRAWN
from handoff.assignment import Decision, decide, in_every_language
from handoff.authority import may_work
from handoff.briefing import Briefing, build_briefings, missing_parts
from handoff.models import (
    Agreement,
    BriefingPart,
    Handoff,
    HandoffOrigin,
    HandoffState,
)
from handoff.queries import agreement_in_force, lock_visible, reps_by_team
from leads.actions.lifecycle import change_stage
from leads.actions.timeline import NewActivity, record
from leads.models import Lead
from leads.stages import Stage

# Before sales has a lead, and while sales has it.
_BEFORE_MQL = frozenset({Stage.SUBSCRIBER, Stage.LEAD})
_WITH_SALES = frozenset({Stage.MQL, Stage.SQL, Stage.OPPORTUNITY})


@action
def assign_mqls(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Hand over the MQLs among these leads by the assignment rules.

    Left alone are leads that were handed over since they became MQL, whatever came of it. A lead
    whose briefing is incomplete, that only gathers information, or that no rule can place, is held
    back, and its timeline says why; it is looked at again when something changes.
    """
    by.require(Right.HANDOFF_GIVE)
    leads = [lead for lead in lock_visible(lead_ids, by=by) if lead.stage == Stage.MQL]
    handled = _handled_since_mql(leads)
    leads = [lead for lead in leads if lead.pk not in handled]
    if not leads:
        return []
    agreement = agreement_in_force()
    decisions = decide(leads, as_of=as_of)
    briefings = build_briefings(leads, as_of=as_of)
    missing = _missing(leads, briefings, decisions, agreement)
    informing = {pk for pk, briefing in briefings.items() if briefing["informing"]}
    kept = [lead for lead in leads if missing[lead.pk] or lead.pk in informing]
    _hold_back(kept, missing, informing, by=by, as_of=as_of)
    openings = [
        _by_decision(lead, decisions[lead.pk], briefings[lead.pk])
        for lead in leads
        if lead not in kept and lead.pk in decisions
    ]
    return open_handoffs(openings, agreement=agreement, by=by, as_of=as_of)


@action
def offer_leads(
    lead_ids: Sequence[int],
    *,
    by: Actor,
    as_of: datetime,
    to_user: User | None = None,
    to_team: Team | None = None,
    interest: str = "",
    override: str = "",
) -> list[Handoff]:
    """Hand leads to a person or to the pool of a team, or by the rules when neither is named.

    ``interest`` completes briefings that do not say it. Leads before MQL become MQL first, which
    marketing may do. Leads that were offered to the same one are left alone; leads that the actor
    may not see are left out. Those that only gather information need the reason ``override``, which
    is logged. Raises ``DomainError`` and changes nothing: ``only_information`` without that reason,
    ``briefing_incomplete``
    with the missing parts by lead in ``details``, ``not_for_sales`` for a stage that is not handed
    over, ``target_cannot_work`` for somebody who cannot take leads; ``ConflictError``
    (``already_offered``) while somebody else has it in hand.
    """
    by.require(Right.HANDOFF_GIVE, Right.HANDOFF_DISTRIBUTE)
    check_target(to_user, to_team)
    leads = lock_visible(lead_ids, by=by)
    leads = _without_same_offer(leads, to_user, to_team)
    if not leads:
        return []
    _refuse_stages(leads)
    decisions = _decisions(leads, to_user, to_team, as_of=as_of)
    agreement = agreement_in_force()
    briefings = build_briefings(leads, as_of=as_of, interest=interest)
    missing = _missing(leads, briefings, decisions, agreement)
    refuse_incomplete(leads, missing)
    pass_informing(leads, briefings, override, by=by, as_of=as_of)
    raised = [lead.pk for lead in leads if lead.stage in _BEFORE_MQL]
    if raised:
        change_stage(raised, to=Stage.MQL, by=by, as_of=as_of, reason=_("Handed over to sales"))
    openings = [_by_decision(lead, decisions[lead.pk], briefings[lead.pk]) for lead in leads]
    return open_handoffs(openings, agreement=agreement, by=by, as_of=as_of)


@action
def withdraw_handoffs(handoff_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[Handoff]:
    """Take back hand-overs that nobody has answered; the leads stay where they are.

    Those that were answered in between are left alone. Needs the right to give or to distribute.
    """
    by.require(Right.HANDOFF_GIVE, Right.HANDOFF_DISTRIBUTE)
    rows = [row for row in lock_handoffs(handoff_ids, by=by) if row.is_open]
    if not rows:
        return []
    close(rows, HandoffState.WITHDRAWN, HANDOFF_WITHDRAWN, by=by, as_of=as_of)
    return rows


def close(
    rows: Sequence[Handoff],
    state: HandoffState,
    kind: str,
    *,
    by: Actor,
    as_of: datetime,
    text: str = "",
) -> None:
    """End hand-overs in ``state`` without an answer, stop their clocks and tell it."""
    for row in rows:
        row.state, row.ended_at, row.answer_text = state, as_of, text[:500]
        row.answered_by_id = by.user_id
    Handoff.objects.bulk_update(rows, ["state", "ended_at", "answer_text", "answered_by"])
    stop_clocks(rows)
    record(
        [NewActivity(row.lead_id, kind, as_of, told(row, text=text)) for row in rows],
        by=by,
        as_of=as_of,
    )


def lock_handoffs(handoff_ids: Collection[int], *, by: Actor) -> list[Handoff]:
    """Return the hand-overs that ``by`` may see, with their leads; leads are locked first.

    Everything that changes a hand-over locks the lead before it, in key order. Raises
    ``ConflictError`` (``already_taken``) for a lead that went to somebody else while waiting.
    """
    visible = Handoff.objects.visible_to(by).filter(pk__in=handoff_ids)
    lead_ids = set(visible.order_by().values_list("lead_id", flat=True))
    locked = [lead.pk for lead in lock_visible(lead_ids, by=by)]
    if len(locked) < len(lead_ids):
        raise ConflictError("already_taken", _("Somebody else has taken this lead."))
    return list(
        Handoff.objects.filter(pk__in=handoff_ids, lead__in=locked)
        .select_related("lead", "to_user", "to_team", "answered_by")
        .order_by("lead_id", "pk")
        .select_for_update(of=("self",), no_key=True)
    )


def check_target(to_user: User | None, to_team: Team | None) -> None:
    """Raise ``DomainError`` unless this person, or somebody in this team, can take leads."""
    if to_user is not None and not may_work(to_user):
        raise DomainError(
            "target_cannot_work",
            gettext_lazy("This person cannot take leads."),
            field="to_user",
        )
    if to_team is not None and not reps_by_team([to_team.pk])[to_team.pk]:
        raise DomainError(
            "target_cannot_work", gettext_lazy("Nobody in this team can take leads."), "to_team"
        )


def pass_informing(
    leads: Sequence[Lead],
    briefings: Mapping[int, Briefing],
    override: str,
    *,
    by: Actor,
    as_of: datetime,
) -> None:
    """Let leads that only gather information pass for the reason ``override``, and log it.

    Raises ``DomainError`` (``only_information``) where there is no reason. The reason is written
    into the briefing, so that whoever gets the lead reads it.
    """
    override = override.strip()[:500]
    informing = [lead for lead in leads if briefings[lead.pk]["informing"]]
    if informing and not override:
        raise DomainError(
            "only_information",
            _(
                "%(lead)s is only gathering information and gave no signal to buy. Say why it is"
                " handed over all the same."
            )
            % {"lead": informing[0]},
            field="override",
            details={"leads": [str(lead.public_id) for lead in informing]},
        )
    for lead in informing:
        briefings[lead.pk]["informing"]["override"] = override
    told_why = [
        NewActivity(lead.pk, HANDOFF_OVERRIDDEN, as_of, {"reason": override}) for lead in informing
    ]
    record(told_why, by=by, as_of=as_of)


def refuse_incomplete(leads: Sequence[Lead], missing: Mapping[int, Sequence[BriefingPart]]) -> None:
    """Raise ``DomainError`` (``briefing_incomplete``) naming what each lead lacks."""
    lacking = {lead: missing[lead.pk] for lead in leads if missing[lead.pk]}
    if not lacking:
        return
    first = next(iter(lacking))
    parts = ", ".join(str(part.label) for part in lacking[first])
    text = _("The briefing for %(lead)s is incomplete: %(parts)s.")
    if len(lacking) > 1:
        text = _("The briefings of %(number)s leads are incomplete; %(lead)s lacks: %(parts)s.")
    raise DomainError(
        "briefing_incomplete",
        text % {"lead": first, "parts": parts, "number": len(lacking)},
        details={
            "missing": {
                str(lead.public_id): [part.value for part in parts]
                for lead, parts in lacking.items()
            }
        },
    )


def _by_decision(lead: Lead, decision: Decision, briefing: Briefing) -> Opening:
    return Opening(
        lead,
        decision.to_user,
        decision.to_team,
        HandoffOrigin.RULE if decision.rule else HandoffOrigin.MANUAL,
        decision.reason,
        briefing,
        decision.rule,
    )


def _decisions(
    leads: Sequence[Lead], to_user: User | None, to_team: Team | None, *, as_of: datetime
) -> dict[int, Decision]:
    if to_user is None and to_team is None:
        return decide(leads, as_of=as_of)
    texts = in_every_language(lambda: _("Chosen by hand"))
    return {lead.pk: Decision(to_user, to_team, None, texts) for lead in leads}


def _missing(
    leads: Sequence[Lead],
    briefings: Mapping[int, Briefing],
    decisions: Mapping[int, Any],
    agreement: Agreement,
) -> dict[int, list[BriefingPart]]:
    """Return what each lead lacks; a target is always needed."""
    required = {*agreement.required_parts, BriefingPart.TARGET.value}
    return {
        lead.pk: missing_parts(
            briefings[lead.pk], has_target=lead.pk in decisions, required=required
        )
        for lead in leads
    }


def _without_same_offer(
    leads: Sequence[Lead], to_user: User | None, to_team: Team | None
) -> list[Lead]:
    """Return the leads that are not in hand; raises ``ConflictError`` for another target."""
    in_hand = {row.lead_id: row for row in Handoff.objects.open().filter(lead__in=leads)}
    for lead in leads:
        row = in_hand.get(lead.pk)
        named = to_user is not None or to_team is not None
        if row is None or not named:
            continue
        same = row.to_user_id == to_user.pk if to_user else row.to_user_id is None
        if not same or (to_team is not None and row.to_team_id != to_team.pk):
            raise ConflictError(
                "already_offered",
                _("%(lead)s is handed over already and waits for an answer.") % {"lead": lead},
            )
    return [lead for lead in leads if lead.pk not in in_hand]


def _refuse_stages(leads: Sequence[Lead]) -> None:
    for lead in leads:
        if lead.stage not in _BEFORE_MQL | _WITH_SALES:
            raise DomainError(
                "not_for_sales",
                _("%(lead)s is “%(stage)s”. Open a new interest first.")
                % {"lead": lead, "stage": lead.get_stage_display()},
            )


def _handled_since_mql(leads: Sequence[Lead]) -> set[int]:
    since = {lead.pk: lead.stage_at for lead in leads}
    rows = Handoff.objects.filter(lead__in=leads).values_list("lead_id", "offered_at", "state")
    return {
        lead_id
        for lead_id, offered_at, state in rows
        if offered_at >= since[lead_id] or state == HandoffState.OFFERED
    }


def _hold_back(
    leads: Sequence[Lead],
    missing: Mapping[int, Sequence[BriefingPart]],
    informing: Collection[int],
    *,
    by: Actor,
    as_of: datetime,
) -> None:
    """Note on the timeline what each lead lacks, once for each combination."""
    events = []
    for lead in leads:
        parts = [part.value for part in missing[lead.pk]]
        key = f"held_back:{lead.pk}:{lead.stage_at.timestamp():.0f}:{','.join(parts)}"
        data: dict[str, Any] = {"missing": parts}
        if lead.pk in informing:
            key, data = f"{key}:informing", {**data, "is_informing": True}
        events.append(NewActivity(lead.pk, HANDOFF_HELD_BACK, as_of, data, dedupe_key=key))
    record(events, by=by, as_of=as_of)
