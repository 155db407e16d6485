"""What people tell the guard."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.changes import assign
from accounts.rights import Right
from capture.activities import GUARD_CHANGED
from capture.guard.models import ONLY, GuardSettings
from ground.errors import DomainError

_DOMAIN = re.compile(r"^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})+$")


@action
def change_guard(*, by: Actor, as_of: datetime, **values: Any) -> GuardSettings:
    """Set ``values`` of ``GuardSettings``; the others stay as they are.

    Raises ``DomainError`` (``domain_unreadable``, ``domain_twice``).
    """
    by.require(Right.FORMS_MANAGE)
    GuardSettings.objects.bulk_create([GuardSettings()], ignore_conflicts=True)
    row = GuardSettings.objects.select_for_update().get(pk=ONLY)
    for name in ("allowed_domains", "denied_domains"):
        if name in values:
            values[name] = clean_domains(values[name], name)
    changed = assign(row, values)
    if both := set(row.allowed_domains) & set(row.denied_domains):
        text = _("“%(domain)s” stands on both lists.") % {"domain": min(both)}
        raise DomainError("domain_twice", text, "denied_domains")
    if changed:
        row.save(update_fields=list(changed))
        audit.record(GUARD_CHANGED, by=by, as_of=as_of, data=changed)
    return row


def clean_domains(lines: Iterable[str], field: str) -> list[str]:
    """Return the domains in ``lines``, of which each may be a domain or an address.

    Raises ``DomainError`` (``domain_unreadable``).
    """
    found = []
    for line in lines:
        text = line.strip().lower().rpartition("@")[2].strip(".")
        if not text:
            continue
        try:
            domain = text.encode("idna").decode()
        except UnicodeError:
            domain = ""
        if not _DOMAIN.match(domain):
            said = _("“%(line)s” is no domain.") % {"line": line.strip()[:60]}
            raise DomainError("domain_unreadable", said, field)
        found.append(domain)
    return list(dict.fromkeys(found))
