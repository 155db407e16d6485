"""What the clock does for events."""

from datetime import datetime

from capture.actors import CAPTURE
from capture.events.letters import send_event_mails
from capture.events.models import DueEventMail, DueSeat
from capture.events.seats import fill_seats, recount_seats
from ground.due import drain


def drain_mails(as_of: datetime) -> int:
    """Ask for the mails to everybody whose time has come."""

    def work(rows: list[DueEventMail]) -> None:
        send_event_mails([row.mail_id for row in rows], by=CAPTURE, as_of=as_of)

    return drain(DueEventMail, work, as_of=as_of, chunk=20).done


def drain_seats(as_of: datetime) -> int:
    """Give free places to those who wait."""

    def work(rows: list[DueSeat]) -> None:
        fill_seats([row.event_id for row in rows], by=CAPTURE, as_of=as_of)

    recount_seats(by=CAPTURE, as_of=as_of)
    return drain(DueSeat, work, as_of=as_of, chunk=20).done
