"""What the mails about an event say. They were asked for by registering, and need no consent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from capture.actions.replies import ReplyRequest
from capture.events.ics import calendar_entry
from capture.events.links import registration_link
from capture.events.models import Event, EventRegistration
from capture.events.times import told_span
from capture.models import FormReply
from capture.replies import Attachment, ReplyMail, register_writer
from ground.ics import CANCEL, REQUEST, content_type

REPLY = "event"
CONFIRMED, WAITING, SEATED = "confirmed", "waiting", "seated"
MOVED, CALLED_OFF, REMINDER = "moved", "called_off", "reminder"
WITHDRAWN, REFUSED = "withdrawn", "refused"
# Which of them carry a calendar entry, and what it does there.
_METHODS = {
    CONFIRMED: REQUEST,
    SEATED: REQUEST,
    MOVED: REQUEST,
    REMINDER: REQUEST,
    CALLED_OFF: CANCEL,
    WITHDRAWN: CANCEL,
}


def facts_of(event: Event, language: str) -> dict[str, Any]:
    """Return what a mail needs of ``event``, as it is now and in ``language``."""
    return {
        "id": str(event.public_id),
        "sequence": event.sequence,
        "title": event.told("title", language),
        "text": event.told("description", language),
        "where": event.place,
        "link": event.join_url,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "zone": event.time_zone,
    }


def request_for(
    registration: EventRegistration, event: Event, what: str, *, key: str, is_follow_up: bool = True
) -> ReplyRequest:
    """Return the mail ``what`` about ``event`` to whoever registered; ``key`` makes it one."""
    facts = facts_of(event, registration.language)
    if what in {WAITING, REFUSED}:
        # SECURITY: the address is for who has a place.
        facts["link"] = ""
    return ReplyRequest(
        lead_id=registration.lead_id,
        kind=REPLY,
        email=registration.email,
        email_key=registration.email_key,
        language=registration.language,
        dedupe_key=f"event:{key}",
        data={"what": what, "event": facts, "registration": str(registration.public_id)},
        is_follow_up=is_follow_up,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts in a reply, ready to be written."""

    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        return str(self.data["title"])

    @property
    def lines(self) -> list[str]:
        """Title, time and place, a line each."""
        starts, ends = (
            datetime.fromisoformat(self.data[name]) for name in ("starts_at", "ends_at")
        )
        parts = (
            self.title,
            told_span(starts, ends, ZoneInfo(self.data["zone"])),
            self.data["where"],
        )
        return ["\n".join(part for part in parts if part)]


def _confirmed(facts: _Facts) -> tuple[str, list[str]]:
    return _("You are registered: %(title)s"), [
        _("thank you for registering. Your place is reserved:"),
        *facts.lines,
        _("The calendar entry is attached."),
    ]


def _waiting(facts: _Facts) -> tuple[str, list[str]]:
    return _("You are on the waiting list: %(title)s"), [
        _("all places are taken. You are on the waiting list:"),
        *facts.lines,
        _("As soon as a place becomes free, you get it and we write to you. Until then you have"
          " none."),
    ]  # fmt: skip


def _seated(facts: _Facts) -> tuple[str, list[str]]:
    return _("You have a place: %(title)s"), [
        _("a place became free, and it is yours:"),
        *facts.lines,
        _("The calendar entry is attached. If you cannot come any more, please cancel, so that"
          " somebody else gets the place."),
    ]  # fmt: skip


def _moved(facts: _Facts) -> tuple[str, list[str]]:
    return _("Changed: %(title)s"), [
        _("something has changed about what you are registered for. It is now:"),
        *facts.lines,
        _("Your place stays reserved. The attached entry updates your calendar."),
    ]


def _called_off(facts: _Facts) -> tuple[str, list[str]]:
    return _("Cancelled: %(title)s"), [
        _("unfortunately this does not take place:"),
        *facts.lines,
        _("You need not do anything. The attached entry removes it from your calendar."),
    ]


def _reminder(facts: _Facts) -> tuple[str, list[str]]:
    return _("Soon: %(title)s"), [_("we look forward to seeing you:"), *facts.lines]


def _withdrawn(facts: _Facts) -> tuple[str, list[str]]:
    return _("Your registration is cancelled: %(title)s"), [
        _("you have cancelled your registration:"),
        *facts.lines,
    ]


def _refused(facts: _Facts) -> tuple[str, list[str]]:
    return _("Registration is closed: %(title)s"), [
        _("thank you for your interest. Unfortunately one cannot register for this any more:"),
        *facts.lines,
    ]


_WRITERS: dict[str, Callable[[_Facts], tuple[str, list[str]]]] = {
    CONFIRMED: _confirmed,
    WAITING: _waiting,
    SEATED: _seated,
    MOVED: _moved,
    CALLED_OFF: _called_off,
    REMINDER: _reminder,
    WITHDRAWN: _withdrawn,
    REFUSED: _refused,
}
_BUTTON = frozenset({CONFIRMED, SEATED, MOVED, REMINDER})
_CAN_CANCEL = _BUTTON | {WAITING}


def write(reply: FormReply) -> ReplyMail:
    """Write a mail about an event."""
    what, facts = reply.data["what"], _Facts(reply.data["event"])
    subject, paragraphs = _WRITERS[what](facts)
    after = []
    if what in _CAN_CANCEL:
        link = registration_link(reply.data["registration"])
        after = [_("You cannot come? Cancel here: %(link)s") % {"link": link}]
    link = str(facts.data["link"]) if what in _BUTTON else ""
    return ReplyMail(
        subject=subject % {"title": facts.title},
        paragraphs=paragraphs,
        link=link,
        link_text=_("Join") if link else "",
        after=after,
    )


def attach(reply: FormReply) -> list[Attachment]:
    """Return the calendar entry that belongs to a mail."""
    method = _METHODS.get(reply.data["what"])
    if method is None:
        return []
    entry = calendar_entry(reply.data["event"], method=method, as_of=reply.asked_at, to=reply.email)
    return [Attachment("invite.ics", content_type(method), entry)]


register_writer(REPLY, write, attach)
