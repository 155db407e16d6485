"""What of accounts can be stuck."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.mails import TICK
from accounts.models import AccountMail, User
from accounts.models.bookkeeping import MailKind
from ground.stuck import Told, register_queue

_TEXTS = {
    MailKind.RESET: _("Link for a new password, to %(email)s"),
    MailKind.INVITATION: _("Invitation of %(email)s"),
    MailKind.NOTICE: _("Notice of a change to the account of %(email)s"),
}


def _tell(keys: Sequence[int]) -> dict[int, Told]:
    mails = list(AccountMail.objects.filter(pk__in=keys))
    people = {user.email: user for user in User.objects.filter(email__in=[m.email for m in mails])}
    return {mail.pk: _told(mail, people.get(mail.email)) for mail in mails}


def _told(mail: AccountMail, person: User | None) -> Told:
    text = str(_TEXTS[MailKind(mail.kind)]) % {"email": mail.email}
    return Told(text, reverse("person", args=[person.public_id]) if person else "")


register_queue(
    AccountMail,
    tick=TICK,
    label=_("Mails about accounts"),
    loss=_(
        "The mail is not sent. Somebody can be invited again on their page, and a link for a new"
        " password can be asked for again."
    ),
    tell=_tell,
)
