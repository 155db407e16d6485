"""Reminding guests and hosts of their meetings."""

from collections.abc import Sequence
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from handoff.meetings.mails import tell_both
from handoff.models import Meeting, MeetingState, ReminderStep


@action
def remind(wanted: Sequence[tuple[int, str]], *, by: Actor, as_of: datetime) -> int:
    """Remind both of meetings, by id and step, unless they have begun or were cancelled.

    Each reminder goes out once; returns of how many meetings. Where both are due, because nobody
    was there to send the first, the later one is enough.
    """
    latest = dict(sorted(wanted, key=lambda item: item[1] == ReminderStep.HOUR))
    rows = (
        Meeting.objects.filter(pk__in=latest, state=MeetingState.BOOKED, starts_at__gt=as_of)
        .filter(lead__deleted_at=None)
        .select_related("kind", "host", "lead__company")
        .order_by("pk")
    )
    found = list(rows)
    for step in ReminderStep:
        those = [row for row in found if latest[row.pk] == step]
        if those:
            tell_both(those, step.value, by=by, as_of=as_of)
    return len(found)
