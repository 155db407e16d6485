"""The system actors of this app, each with just the rights it needs."""

from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.rights import Right

# Runs the steps of sequences, sends what is due and notes what came of it.
SEQUENCES = system_actor(
    "Sequences",
    Right.LEADS_READ,
    Right.LEADS_EDIT,
    Right.SEQUENCES_MANAGE,
    shown=_("Sequences"),
)
# A reader of a mail who used a link in it.
READER = system_actor(
    "Reader of a mail", Right.LEADS_READ, Right.CONSENT_WITHDRAW, shown=_("Reader of a mail")
)
# Mail servers and mail services that tell what became of mails.
REPORTS = system_actor(
    "Reports on mails",
    Right.LEADS_READ,
    Right.LEADS_EDIT,
    Right.SEQUENCES_MANAGE,
    Right.CONSENT_WITHDRAW,
    shown=_("Reports on mails"),
)
# Sends the mails that ask for a confirmation and keeps them as proof.
CONFIRMATIONS = system_actor(
    "Confirmation mails", Right.LEADS_READ, Right.CONSENT_ADD, shown=_("Confirmation mails")
)
