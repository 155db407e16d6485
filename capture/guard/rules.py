"""What the organisation told the guard, as it is read once for everything weighed together."""

from collections.abc import Iterable
from dataclasses import dataclass

from capture.guard.models import ONLY, GuardSettings, MailDomain


def names_above(domain: str) -> set[str]:
    """Return ``domain`` and the domains above it."""
    parts = domain.split(".")
    return {".".join(parts[at:]) for at in range(len(parts))}


@dataclass(frozen=True, slots=True)
class Rules:
    """Domains that are always welcome or never, with those below them; and dead ones."""

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    dead_domains: frozenset[str] = frozenset()
    learns: bool = True
    checks_mail_domains: bool = False

    def allows(self, domain: str) -> bool:
        """Say whether ``domain`` is on the list of the welcome."""
        return bool(self.allowed & names_above(domain))

    def denies(self, domain: str) -> bool:
        """Say whether ``domain`` is on the list of the unwelcome."""
        return bool(self.denied & names_above(domain)) and not self.allows(domain)


def settings() -> GuardSettings:
    """Return the settings; those of the start where nobody ever set one."""
    return GuardSettings.objects.filter(pk=ONLY).first() or GuardSettings()


def read_rules(domains: Iterable[str]) -> Rules:
    """Return the rules, with what is known of ``domains``."""
    row = settings()
    dead: frozenset[str] = frozenset()
    if row.checks_mail_domains:
        known = MailDomain.objects.filter(domain__in=set(domains), is_dead=True)
        dead = frozenset(known.values_list("domain", flat=True))
    return Rules(
        frozenset(row.allowed_domains),
        frozenset(row.denied_domains),
        dead,
        row.learns,
        row.checks_mail_domains,
    )
