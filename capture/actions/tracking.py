"""Switching what is measured on websites."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.changes import assign
from accounts.rights import Right
from capture import switches
from capture.activities import TRACKING_SWITCHED
from capture.models import TrackingSettings
from capture.models.tracking import ONLY
from ground.errors import DomainError

PARTS = ("visits", "dwell", "scroll", "clicks", "events")
_HOST = re.compile(r"^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*$")


@action
def switch_tracking(*, by: Actor, as_of: datetime, **values: Any) -> TrackingSettings:
    """Set ``values`` of ``PARTS``, ``sites`` and ``retention_days``; the others stay as they are.

    Raises ``DomainError`` (``visits_missing``, ``site_unreadable``, ``retention_out_of_range``).
    """
    by.require(Right.FORMS_MANAGE)
    TrackingSettings.objects.bulk_create([TrackingSettings()], ignore_conflicts=True)
    row = TrackingSettings.objects.select_for_update().get(pk=ONLY)
    if "sites" in values:
        values["sites"] = clean_sites(values["sites"])
    changed = assign(row, values)
    _refuse(row)
    if changed:
        row.save(update_fields=list(changed))
        switches.forget()
        audit.record(TRACKING_SWITCHED, by=by, as_of=as_of, data=changed)
    return row


def _refuse(row: TrackingSettings) -> None:
    if not row.visits and any(getattr(row, part) for part in PARTS):
        raise DomainError(
            "visits_missing", _("The other parts need visits and pages to be on."), "visits"
        )
    if not 7 <= row.retention_days <= 400:
        raise DomainError(
            "retention_out_of_range", _("Choose between 7 and 400 days."), "retention_days"
        )


def clean_sites(lines: Iterable[str]) -> list[str]:
    """Return the hosts in ``lines``, of which each may be a host or an address.

    Raises ``DomainError`` (``site_unreadable``).
    """
    hosts = []
    for line in lines:
        text = line.strip().lower()
        if not text:
            continue
        try:
            host = urlsplit(text if "://" in text else f"https://{text}").hostname or ""
            host = host.encode("idna").decode()
        except (ValueError, UnicodeError):
            host = ""
        if not _HOST.match(host):
            text = _("“%(line)s” is no website.") % {"line": line.strip()[:60]}
            raise DomainError("site_unreadable", text, "sites")
        hosts.append(host)
    return list(dict.fromkeys(hosts))
