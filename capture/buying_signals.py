"""What leads do in forms that tells that they want to buy."""

from collections.abc import Callable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from capture.activities import FORM_SUBMITTED, MAIL_RECEIVED
from capture.models import FormKind
from leads.buying_signals import register_signal


def _of(kind: FormKind) -> Callable[[], Q]:
    return lambda: Q(data__contains={"form_kind": kind.value})


register_signal(
    "form.quote", _("Asked for a price in a quote calculator"), FORM_SUBMITTED, _of(FormKind.QUOTE)
)
register_signal("form.contact", _("Sent a contact form"), FORM_SUBMITTED, _of(FormKind.CONTACT))
register_signal("form.callback", _("Asked for a callback"), FORM_SUBMITTED, _of(FormKind.CALLBACK))
register_signal("mail.received", _("Wrote an e-mail"), MAIL_RECEIVED, is_usual=False)
