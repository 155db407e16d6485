"""Mails about accounts: asked for in the transaction of a change, sent by a tick."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.links import INVITATION_LIFE, absolute, invitation_link, reset_link
from accounts.models import AccountMail, Organisation, User
from accounts.models.bookkeeping import MailKind
from ground.due import ask, drain
from ground.ticks import wake

TICK = "accounts.mails"
NOTICES = {
    "password_changed": _("Your password was changed."),
    "totp_activated": _("The second factor at sign-in was switched on."),
    "totp_deactivated": _("The second factor at sign-in was switched off."),
    "recovery_codes_generated": _("New recovery codes were made; the old ones are void."),
}


def ask_for_mail(kind: MailKind, email: str, subject: str = "", *, as_of: datetime) -> None:
    """Have one mail sent; a reset or invitation that is waiting already is not sent twice."""
    key = f"{kind}:{uuid.uuid4() if kind == MailKind.NOTICE else email}"[:120]
    ask(AccountMail, "key", [key], due_at=as_of, kind=kind, email=email, subject=subject)
    wake(TICK)


def send_account_mails(as_of: datetime) -> int:
    """Send the mails that are due, one transaction each; returns how many were dealt with."""
    return drain(AccountMail, _send_all, as_of=as_of, chunk=1).done


def _send_all(rows: list[AccountMail]) -> None:
    for row in rows:
        user = User.objects.active().filter(email=row.email).first()
        if user is not None:
            _send(row, user)


def _send(row: AccountMail, user: User) -> None:
    if row.kind == MailKind.INVITATION and not user.invitation_nonce:
        return
    with translation.override(user.language):
        context = {"user": user, "organisation": Organisation.current(), **_content(row, user)}
        name = f"accounts/mail/{row.kind}"
        message = EmailMessage(
            subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
            body=render_to_string(f"{name}.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
    message.send()


def _content(row: AccountMail, user: User) -> dict[str, object]:
    if row.kind == MailKind.RESET:
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        return {"link": reset_link(user), "hours": hours}
    if row.kind == MailKind.INVITATION:
        return {"link": invitation_link(user), "days": INVITATION_LIFE.days}
    return {"notice": NOTICES[row.subject], "link": absolute("/")}
