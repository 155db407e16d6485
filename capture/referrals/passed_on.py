"""Forms by which people recommend us: each gets a link to pass on.

SECURITY: nobody who was recommended is ever written to; a mail that a machine sends to a friend is
advertising without consent. Whoever recommends passes the link on himself.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from capture.actions.replies import ReplyRequest, ask_replies
from capture.definition import Definition
from capture.intake import Intake
from capture.judging import Judged
from capture.kinds import Slice, Told, register_slice
from capture.models import Form, FormKind, FormReply, FormState
from capture.problems import Problem
from capture.referrals.actions import NewLink, give_links
from capture.referrals.links import code_of, personal_link
from capture.replies import ReplyMail, register_writer
from capture.snapshots import PublicForm

REPLY = "referral"


def check(definition: Definition) -> list[Problem]:
    """Refuse a form whose links would lead nowhere."""
    if definition.target and target_forms().filter(public_id=UUID(definition.target)).exists():
        return []
    message = gettext_lazy("Choose the published form to which personal links lead.")
    return [Problem("target_missing", "target", message)]


def target_forms() -> QuerySet[Form]:
    """Return the forms to which a personal link can lead."""
    return Form.objects.filter(state=FormState.PUBLISHED).exclude(kind=FormKind.REFERRAL)


def tell(form: PublicForm, key: UUID, judged: Judged, as_of: datetime) -> Told | None:
    """Give the personal link at once."""
    if judged.is_trapped:
        return None
    link = personal_link(code_of(key))
    text = gettext_lazy("This is your personal link. Pass it on to whom you want:")
    return Told(text=text, link=link, link_text=link)


def follow_up(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    """Keep the links, and send each by mail to whoever asked for it."""
    links = [
        NewLink(code_of(item.submission.pk), item.submission.lead_id or 0, item.form)
        for item in items
    ]
    give_links(links, by=by, as_of=as_of)
    ask_replies(
        [
            ReplyRequest(
                lead_id=item.submission.lead_id or 0,
                kind=REPLY,
                email=item.judged.answers.email,
                email_key=item.email_key,
                language=item.form.language,
                dedupe_key=f"referral:{item.submission.pk}",
                submission=item.submission,
                data={"code": code_of(item.submission.pk)},
            )
            for item in items
            if item.is_mailable
        ],
        by=by,
        as_of=as_of,
    )


def write(reply: FormReply) -> ReplyMail:
    """Write the mail with the link."""
    link = personal_link(reply.data["code"])
    return ReplyMail(
        subject=_("Your personal link"),
        paragraphs=[
            _("thank you for recommending us. This is your personal link:"),
            link,
            _("Pass it on to people who may like what we do. We write to nobody by ourselves."),
        ],
    )


register_slice(Slice(frozenset({FormKind.REFERRAL}), check, tell, follow_up))
register_writer(REPLY, write)
