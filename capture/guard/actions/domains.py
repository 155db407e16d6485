"""Asking name servers whether domains take mail, with nobody waiting for the answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from accounts.action import action
from accounts.actor import Actor
from capture.guard.models import MailDomain

HOLDS, KEPT = timedelta(days=7), timedelta(days=60)
LIFETIME_SECONDS = 3.0
AT_ONCE = 20


@action
def note_domains(domains: Iterable[str], *, by: Actor, as_of: datetime) -> None:
    """Have ``domains`` asked for that nobody asked for in the last week.

    Everybody may do this: it is behind the public doors, and asks no more than once a week.
    """
    named = sorted(domain for domain in set(domains) if len(domain) <= 255)
    MailDomain.objects.bulk_create(
        [MailDomain(domain=domain) for domain in named], ignore_conflicts=True
    )
    old = MailDomain.objects.filter(domain__in=named, asked_at__lt=as_of - HOLDS)
    old.order_by("domain").update(asked_at=None)


def ask_domains(*, by: Actor, as_of: datetime, resolver: Resolver | None = None) -> int:
    """Ask for the domains that wait, each for three seconds at most; returns how many."""
    waiting = MailDomain.objects.filter(asked_at=None).order_by("domain")
    names = list(waiting.values_list("domain", flat=True)[:AT_ONCE])
    for name in names:
        is_dead = takes_no_mail(name, resolver or Resolver())
        keep_domain(name, is_dead, by=by, as_of=as_of)
    return len(names)


@action
def keep_domain(name: str, is_dead: bool, *, by: Actor, as_of: datetime) -> None:
    """Keep what the name servers said about one domain, and forget what they said long ago."""
    MailDomain.objects.filter(domain=name).update(is_dead=is_dead, asked_at=as_of)
    MailDomain.objects.filter(asked_at__lt=as_of - KEPT).delete()


def takes_no_mail(domain: str, resolver: Resolver) -> bool:
    """Say whether ``domain`` is not there, says itself that it takes no mail, or has no server.

    Without an answer it is taken for a good one: name servers fail more often than people lie.
    """
    try:
        found = _ask(resolver, domain, RdataType.MX)
        if found:
            # RFC 7505: a lone dot is "no mail here".
            return all(str(entry.exchange) == "." for entry in found)
        return not (_ask(resolver, domain, RdataType.A) or _ask(resolver, domain, RdataType.AAAA))
    except NXDOMAIN:
        return True
    except (DNSException, UnicodeError, ValueError):
        return False


def _ask(resolver: Resolver, domain: str, kind: RdataType) -> list[Any]:
    try:
        return list(resolver.resolve(domain, kind, lifetime=LIFETIME_SECONDS))
    except NoAnswer:
        return []
