"""Many leads at once whose mails are due now, by the real clock."""

from datetime import datetime

from django.utils import timezone

from leads.actions.consent import Declaration, record_consents
from leads.actions.entry import enter_leads
from leads.entries import LeadEntry
from leads.stages import Channel
from nurturing.actions.enrolment import enrol_leads
from nurturing.models import Sequence
from tests.factories import EVERYTHING
from tests.nurturing.scene import make_organisation, make_sequence


def make_readers(number: int, *, as_of: datetime) -> list[int]:
    """Enter ``number`` leads who agreed to advertising; ``reader7@firm7.example`` and so on."""
    entered = enter_leads(
        [
            LeadEntry(
                channel=Channel.WEBSITE,
                occurred_at=as_of,
                values={"last_name": f"Reader {index}", "email": address(index)},
            )
            for index in range(number)
        ],
        by=EVERYTHING,
        as_of=as_of,
    )
    lead_ids = [item.lead_id for item in entered]
    record_consents(
        [Declaration(key, "marketing", "email", "granted", as_of) for key in lead_ids],
        by=EVERYTHING,
        as_of=as_of,
    )
    return lead_ids


def address(index: int) -> str:
    return f"reader{index}@firm{index % 10}.example"


def make_running_sequence(number: int) -> Sequence:
    """Let ``number`` leads begin a sequence whose only mail is due now."""
    now = timezone.now()
    # Where it is noon now: the hours of sending are open.
    make_organisation(time_zone=f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/GMT")
    sequence = make_sequence(as_of=now)
    enrol_leads(make_readers(number, as_of=now), sequence, by=EVERYTHING, as_of=now)
    return sequence
