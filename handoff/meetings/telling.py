"""Meetings on the timeline of their leads."""

from datetime import datetime
from typing import Any

from handoff.models import Meeting
from leads.actions.timeline import NewActivity


def activity(meeting: Meeting, kind: str, at: datetime, **more: Any) -> NewActivity:
    """Return what is told of ``meeting`` on the timeline; type and host must be loaded."""
    assert meeting.lead_id is not None
    return NewActivity(
        meeting.lead_id,
        kind,
        at,
        {
            "meeting": str(meeting.public_id),
            "type": str(meeting.kind.public_id),
            "names": {"de": meeting.kind.name_de, "en": meeting.kind.name_en},
            "starts_at": meeting.starts_at.isoformat(),
            "host": meeting.host.display_name,
            **more,
        },
    )
