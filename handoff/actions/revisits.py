"""Asking again those who had no interest."""

from collections.abc import Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from handoff.activities import HANDOFF_REVISIT_DUE
from leads.actions.lifecycle import lock_leads, open_episodes
from leads.actions.timeline import NewActivity, record
from leads.stages import OtherReason, Stage


@action
def reopen_leads(lead_ids: Sequence[int], *, by: Actor, as_of: datetime) -> list[int]:
    """Bring leads without interest back as new leads, on the day that was agreed.

    Leads that have gone another way in between are left alone. Returns the ids of those that came
    back.
    """
    by.require(Right.LEADS_EDIT)
    leads = [
        lead
        for lead in lock_leads(lead_ids)
        if lead.stage == Stage.OTHER and lead.other_reason == OtherReason.NO_INTEREST
    ]
    ids = [lead.pk for lead in leads]
    record(
        [NewActivity(lead_id, HANDOFF_REVISIT_DUE, as_of) for lead_id in ids], by=by, as_of=as_of
    )
    for channel in sorted({lead.first_channel for lead in leads}):
        group = [lead.pk for lead in leads if lead.first_channel == channel]
        open_episodes(group, channel=channel, stage=Stage.LEAD, by=by, as_of=as_of)
    return ids
