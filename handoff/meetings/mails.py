"""Both are told: mails to guest and host, each in the own language and time zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from capture.actions.replies import ReplyRequest, ask_replies
from capture.models import FormReply
from capture.replies import Attachment, ReplyMail, register_writer
from ground.ics import CANCEL, REQUEST, content_type
from handoff.meetings.ics import invitation
from handoff.meetings.links import manage_link
from handoff.meetings.told import Told, in_zone, tell, where
from handoff.models import Meeting, ReminderStep
from leads.normalise import normalise_email
from nurturing.actions.notifications import notify_users
from nurturing.compose import register_files

BOOKED, MOVED, CANCELLED = "booked", "moved", "cancelled"
# A stranger can have the first one sent; what follows needs the link in it, or a colleague.
REPLY, REPLY_LATER = "meeting", "meeting_later"
FILES = "meeting"

_SUBJECTS: dict[str, Any] = {
    BOOKED: gettext_lazy("Your meeting: %(when)s"),
    MOVED: gettext_lazy("Your meeting was moved: %(when)s"),
    CANCELLED: gettext_lazy("Your meeting was cancelled: %(when)s"),
    ReminderStep.DAY: gettext_lazy("Reminder: your meeting on %(when)s"),
    ReminderStep.HOUR: gettext_lazy("Reminder: your meeting begins soon, %(when)s"),
}
_FIRST: dict[str, Any] = {
    BOOKED: gettext_lazy("your meeting is booked:"),
    MOVED: gettext_lazy("your meeting was moved. It is now:"),
    CANCELLED: gettext_lazy("this meeting was cancelled:"),
    ReminderStep.DAY: gettext_lazy("you have a meeting with us:"),
    ReminderStep.HOUR: gettext_lazy("your meeting with us begins soon:"),
}
_HOST_SUBJECTS: dict[str, Any] = {
    BOOKED: gettext_lazy("New meeting with %(lead)s: %(when)s"),
    MOVED: gettext_lazy("Meeting with %(lead)s was moved: %(when)s"),
    CANCELLED: gettext_lazy("Meeting with %(lead)s was cancelled: %(when)s"),
    ReminderStep.DAY: gettext_lazy("Reminder: meeting with %(lead)s, %(when)s"),
    ReminderStep.HOUR: gettext_lazy("Begins soon: meeting with %(lead)s, %(when)s"),
}


def tell_both(
    meetings: Sequence[Meeting], what: str, *, by: Actor, as_of: datetime, is_first: bool = False
) -> None:
    """Tell guests and hosts what happened; ``lead``, ``kind`` and ``host`` must be loaded.

    Once for each state of a meeting, whatever is tried again. ``is_first`` says that a stranger
    asked for it, so that the cap for one mailbox holds.
    """
    _tell_guests(meetings, what, by=by, as_of=as_of, is_first=is_first)
    for meeting in meetings:
        _tell_host(meeting, what, by=by, as_of=as_of)


def _tell_guests(
    meetings: Sequence[Meeting], what: str, *, by: Actor, as_of: datetime, is_first: bool
) -> None:
    requests = [
        ReplyRequest(
            lead_id=meeting.lead_id or 0,
            kind=REPLY if is_first else REPLY_LATER,
            email=meeting.guest_email,
            email_key=normalise_email(meeting.guest_email).key,
            language=meeting.language,
            dedupe_key=f"meeting:{meeting.public_id}:{meeting.sequence}:{what}",
            data=tell(meeting, what, zone=meeting.guest_zone).to_json(),
        )
        for meeting in meetings
        if meeting.guest_email
    ]
    ask_replies(requests, by=by, as_of=as_of)


def _tell_host(meeting: Meeting, what: str, *, by: Actor, as_of: datetime) -> None:
    host, lead = meeting.host, meeting.lead
    told = tell(meeting, what, zone=host.time_zone)

    def subject() -> str:
        words = {"lead": str(lead), "when": in_zone(told.starts_at, told.zone)}
        return str(_HOST_SUBJECTS[what]) % words

    def text() -> str:
        return "\n\n".join(_host_lines(meeting, told))

    notify_users(
        [host],
        subject=lazy(subject, str)(),
        text=lazy(text, str)(),
        link=f"{settings.BASE_URL}{reverse('meeting_detail', args=[meeting.public_id])}",
        by=by,
        as_of=as_of,
        dedupe_key=f"meeting:{meeting.public_id}:{meeting.sequence}:{what}",
        files=(FILES, [told.to_json(), as_of.isoformat(), host.language]),
    )


def _host_lines(meeting: Meeting, told: Told) -> list[str]:
    language = translation.get_language() or "en"
    lines = [
        f"{told.name_in(language)}\n{in_zone(told.starts_at, told.zone)}",
        where(told, is_host=True),
        _("With: %(lead)s") % {"lead": meeting.lead},
    ]
    if meeting.lead and meeting.lead.phone:
        lines.append(_("Phone: %(phone)s") % {"phone": meeting.lead.phone})
    if meeting.guest_zone != told.zone:
        theirs = in_zone(told.starts_at, meeting.guest_zone)
        lines.append(_("For the guest it is: %(when)s") % {"when": theirs})
    if meeting.note:
        lines.append(_("The guest writes: %(note)s") % {"note": meeting.note})
    if told.is_cancelled and told.reason:
        lines.append(_("Reason: %(reason)s") % {"reason": told.reason})
    return lines


def write(reply: FormReply) -> ReplyMail:
    """Write the guest's mail; nothing in it was typed by a visitor."""
    told = Told.from_json(reply.data)
    when = in_zone(told.starts_at, told.zone)
    name = told.name_in(reply.language)
    lines = [str(_FIRST[told.what]), f"{name}\n{when}"]
    if told.is_cancelled:
        lines.append(_("You can book another time whenever you like."))
        return ReplyMail(str(_SUBJECTS[told.what]) % {"when": when}, lines)
    lines += [where(told), _("With: %(host)s") % {"host": told.host}]
    return ReplyMail(
        subject=str(_SUBJECTS[told.what]) % {"when": when},
        paragraphs=lines,
        link=manage_link(told.public_id),
        link_text=_("Cancel or choose another time"),
    )


def attach(reply: FormReply) -> list[Attachment]:
    """Return the file for the guest's calendar."""
    told = Told.from_json(reply.data)
    return _files(told, reply.language, reply.asked_at, is_host=False)


def attach_for_host(data: Any) -> list[Attachment]:
    """Return the file for the host's calendar."""
    told, stamp, language = data
    moment = datetime.fromisoformat(stamp)
    return _files(Told.from_json(told), language, moment, is_host=True)


def _files(told: Told, language: str, stamp: datetime, *, is_host: bool) -> list[Attachment]:
    if told.what in ReminderStep.values:
        return []
    method = CANCEL if told.is_cancelled else REQUEST
    data = invitation(told, language, stamp=stamp, is_host=is_host)
    return [Attachment("invite.ics", content_type(method), data)]


register_writer(REPLY, write, attach)
register_writer(REPLY_LATER, write, attach, is_capped=False)
register_files(FILES, attach_for_host)
