"""The link of a double opt-in, and how often one address may be asked.

The token is derived from the secret key and stored as a hash: whoever reads the database cannot
confirm anything, and the link can still be written again while it is valid.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from capture.activities import OPTIN_OUTDATED
from capture.models import OptIn
from leads.models import Activity

LIFE = timedelta(days=7)
# Against subscription bombing: at most this many requests for one mailbox, across all forms.
MAX_A_DAY, MAX_A_MONTH = 1, 3
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})
# Purposes and ways that were asked for and not confirmed are forgotten after this.
FORGOTTEN_AFTER = timedelta(days=30)


def token_of(public_id: UUID) -> str:
    """Return the token in the link of the opt-in ``public_id``."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"capture.optin", "sha256")
    return urlsafe_b64encode(hmac.digest(key, public_id.bytes, "sha256")).decode().rstrip("=")


def token_hash(token: str) -> str:
    """Return what is stored in place of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


def opt_in_link(opt_in: OptIn) -> str:
    """Return the absolute address under which ``opt_in`` is confirmed.

    Built from the configured address of this installation, never from a request.
    """
    path = reverse("confirm_opt_in", kwargs={"token": token_of(opt_in.public_id)})
    return f"{settings.BASE_URL}{path}"


def find_opt_in(token: str) -> OptIn | None:
    """Return the opt-in that ``token`` belongs to, whatever became of it."""
    return OptIn.objects.select_related("lead", "form").filter(token_hash=token_hash(token)).first()


def is_outdated(opt_in: OptIn) -> bool:
    """Say whether the click came when the lead had another address, and so agreed to nothing."""
    told = Activity.objects.filter(lead=opt_in.lead_id, kind=OPTIN_OUTDATED)
    return told.filter(data__opt_in_id=opt_in.pk).exists()


def mailbox_of(email_key: str) -> str:
    """Return the mailbox behind a normalised address, as most providers deliver.

    What stands behind a plus is a note to oneself, and Gmail reads over dots: somebody who wants to
    bury a mailbox in mails has as many spellings of its address as they like.
    """
    local, _at, domain = email_key.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _WITHOUT_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def open_requests(mailboxes: set[str], *, as_of: datetime) -> dict[str, int]:
    """Return how many more requests each mailbox may get now, by ``mailbox_of`` its addresses."""
    counts = (
        OptIn.objects.filter(mailbox_key__in=mailboxes, requested_at__gt=as_of - timedelta(days=30))
        .order_by()
        .values_list("mailbox_key")
        .annotate(
            month=Count("pk"),
            day=Count("pk", filter=Q(requested_at__gt=as_of - timedelta(hours=24))),
        )
    )
    left = dict.fromkeys(mailboxes, min(MAX_A_DAY, MAX_A_MONTH))
    for key, month, day in counts:
        left[key] = max(0, min(MAX_A_DAY - day, MAX_A_MONTH - month))
    return left
