"""The activity kinds of sequences and mails."""

from django.utils.translation import gettext_lazy as _

from accounts.events import register_event
from leads.kinds import register_kind

SEQUENCE_ENROLLED = register_kind("sequence.enrolled", _("Entered a sequence"), icon="route")
SEQUENCE_FINISHED = register_kind("sequence.finished", _("Finished a sequence"), icon="flag")
SEQUENCE_EXITED = register_kind("sequence.exited", _("Left a sequence"), icon="route-off")
EMAIL_SENT = register_kind("email.sent", _("Mail sent"), icon="mail-forward")
EMAIL_OPENED = register_kind("email.opened", _("Mail opened"), icon="mail-opened", is_touch=True)
EMAIL_CLICKED = register_kind(
    "email.clicked", _("Link in a mail followed"), icon="click", is_touch=True
)
EMAIL_REPLIED = register_kind("email.replied", _("Answered a mail"), icon="mail-up", is_touch=True)
EMAIL_BOUNCED = register_kind("email.bounced", _("Mail came back"), icon="mail-x")
EMAIL_RESTORED = register_kind(
    "email.bounce_disproved", _("The mail had not come back after all"), icon="mail-check"
)
EMAIL_COMPLAINED = register_kind("email.complained", _("Reported a mail as spam"), icon="mail-off")
EMAIL_UNSUBSCRIBED = register_kind(
    "email.unsubscribed", _("Unsubscribed from mails"), icon="bell-off", is_touch=True
)

SUPPRESSIONS_LIFTED = register_event(
    "suppression.lifted_by_source", _("Addresses taken off the suppression list by source")
)
BOUNCES_ACCEPTED = register_event(
    "suppression.bounces_accepted", _("Unusually many bounces counted as true")
)
