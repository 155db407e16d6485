"""The events of the audit log that belong to no single room."""

from django.utils.translation import gettext_lazy as _

from accounts.events import register_event

WORK_RETRIED = register_event("work.retried", _("Stuck work tried again"))
WORK_DISCARDED = register_event("work.discarded", _("Stuck work discarded"))
MAIL_REPEATED = register_event("mail.repeated", _("Mail in doubt sent again"))
MAIL_CONFIRMED = register_event("mail.confirmed", _("Mail in doubt counted as sent"))
