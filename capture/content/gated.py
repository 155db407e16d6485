"""Forms that give content away: the link at once on the page, and once more by mail."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from capture.actions.replies import ReplyRequest, ask_replies
from capture.content.actions import attach_downloads
from capture.content.links import LIFE, Ticket, content_link
from capture.content.models import Content
from capture.definition import Definition
from capture.intake import Intake
from capture.judging import Judged
from capture.kinds import Slice, Told, register_slice
from capture.models import FormKind, FormReply
from capture.problems import Problem
from capture.replies import ReplyMail, register_writer
from capture.snapshots import PublicForm

REPLY = "content"


def check(definition: Definition) -> list[Problem]:
    """Refuse a form that promises content and has none to give."""
    there = (
        definition.content
        and Content.objects.filter(public_id=definition.content, is_archived=False).exists()
    )
    if there:
        return []
    message = gettext_lazy("Choose what people get for sending this form.")
    return [Problem("content_missing", "content", message)]


def tell(form: PublicForm, key: UUID, judged: Judged, as_of: datetime) -> Told | None:
    """Give the link at once; whoever mistyped their address gets it all the same."""
    if not form.definition.content or judged.is_trapped:
        return None
    ticket = Ticket(UUID(form.definition.content), key)
    return Told(link=content_link(ticket, as_of=as_of), link_text=_("Get it now"))


def follow_up(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    """Attach what was fetched already, and send the link by mail."""
    leads = {item.submission.pk: item.submission.lead_id or 0 for item in items}
    attach_downloads(leads, by=by, as_of=as_of)
    ask_replies(
        [
            ReplyRequest(
                lead_id=item.submission.lead_id or 0,
                kind=REPLY,
                email=item.email,
                email_key=item.email_key,
                language=item.language,
                dedupe_key=f"content:{item.submission.pk}",
                submission=item.submission,
                data={"content": item.definition.content},
            )
            for item in items
            if item.definition.content and item.is_mailable
        ],
        by=by,
        as_of=as_of,
    )


def write(reply: FormReply) -> ReplyMail:
    """Write the mail with the link."""
    content = Content.objects.get(public_id=reply.data["content"])
    ticket = Ticket(content.public_id, reply.submission_id or reply.public_id)
    until = date_format(reply.asked_at + LIFE, "DATE_FORMAT")
    return ReplyMail(
        subject=_("Here it is: %(title)s") % {"title": content.name},
        paragraphs=[
            _("you asked for “%(title)s” on our website. You get it here:")
            % {"title": content.name}
        ],
        link=content_link(ticket, as_of=reply.asked_at),
        link_text=_("Get it now"),
        after=[_("The link is for you alone and works until %(day)s.") % {"day": until}],
    )


register_slice(Slice(frozenset({FormKind.DOWNLOAD}), check, tell, follow_up))
register_writer(REPLY, write)
