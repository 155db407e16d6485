"""What speaks against something by itself, without a look at anything else."""

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from disposable_email_domains import blocklist

from capture.guard.candidate import Candidate
from capture.guard.doors import Check
from capture.guard.language import language_of
from capture.guard.rules import Rules
from capture.guard.verdict import Reason

TOO_FAST = timedelta(seconds=2)
# Known providers that the list of the package leaves out.
_MORE_DISPOSABLE = frozenset(
    {"burnermail.io", "mail-temp.com", "owlymail.com", "spamgourmet.com"}
    | {"temp-mail.io", "tempmail.dev", "tempmail.net"}
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+|\[url", re.IGNORECASE)
_HOST = re.compile(r"^(?:https?://)?(?:www\.)?([^/:?#\s]+)", re.IGNORECASE)
# An address in a name: written out, or a domain with one of the endings that spam prefers.
_LINK_IN_NAME = re.compile(
    r"://|www\.|@|\b[\w-]+\.(?:com|net|org|info|biz|ru|cn|xyz|top|tld|click|link|site|online|io|tk)\b",
    re.IGNORECASE,
)
_LATIN_LANGUAGES = frozenset({"de", "en"})
# Nobody reads there; and many do, or it is no one person.
_NOBODY = frozenset(
    {"abuse", "hostmaster", "mailer-daemon", "no-reply", "noreply", "postmaster", "webmaster"}
)
ROLES = _NOBODY | frozenset(
    {"info", "kontakt", "contact", "office", "buero", "sales", "vertrieb", "verkauf", "marketing"}
    | {"admin", "support", "service", "hello", "hallo", "team", "mail", "post", "einkauf"}
    | {"bewerbung", "jobs", "hr", "billing", "buchhaltung", "rechnung", "presse", "press"}
)

Signal = Callable[[Candidate, Rules], Reason | None]


def _trap(item: Candidate, rules: Rules) -> Reason | None:
    return Reason("trap", 100) if item.is_trapped else None


def _time(item: Candidate, rules: Rules) -> Reason | None:
    if item.took is None:
        return Reason("time_unknown", 20)
    fast = item.took < TOO_FAST
    return Reason("too_fast", 60, f"{item.took.total_seconds():.1f} s") if fast else None


def _without_script(item: Candidate, rules: Rules) -> Reason | None:
    return Reason("without_script", 10) if item.way == "sum" else None


def links_in(text: str) -> list[str]:
    """Return the addresses that a text names."""
    return _LINK.findall(text)


def _links(item: Candidate, rules: Rules) -> Reason | None:
    text = item.text.replace(item.website, "") if item.website else item.text
    found = [link for link in links_in(text) if not _is_own(link, item.domain)]
    points = {0: 0, 1: 10, 2: 30}.get(max(0, len(found) - item.door.free_links), 60)
    return Reason("links", points, str(len(found))) if points else None


def _is_own(link: str, domain: str) -> bool:
    """Say whether a link leads to the website of the sender's own address."""
    host = _HOST.match(link)
    return bool(domain and host and f".{host[1].lower()}".endswith(f".{domain}"))


def _link_in_name(item: Candidate, rules: Rules) -> Reason | None:
    found = next((name for name in item.names if _LINK_IN_NAME.search(name)), "")
    return Reason("link_in_name", 100, found[:80]) if found else None


def _denied(item: Candidate, rules: Rules) -> Reason | None:
    return Reason("denied_domain", 100, item.domain[:80]) if rules.denies(item.domain) else None


def _disposable(item: Candidate, rules: Rules) -> Reason | None:
    is_found = is_disposable(item.domain) and not rules.allows(item.domain)
    return Reason("disposable", 50, item.domain[:80]) if is_found else None


def _dead(item: Candidate, rules: Rules) -> Reason | None:
    is_dead = item.domain in rules.dead_domains and not rules.allows(item.domain)
    return Reason("dead_domain", 30, item.domain[:80]) if is_dead else None


def _role(item: Candidate, rules: Rules) -> Reason | None:
    local = item.email_key.partition("@")[0]
    return Reason("role_address", 30, local) if local in _NOBODY else None


def _script(item: Candidate, rules: Rules) -> Reason | None:
    if item.language[:2] not in _LATIN_LANGUAGES:
        return None
    letters = [char for char in item.message if char.isalpha()]
    foreign = [char for char in letters if not unicodedata.name(char, "").startswith("LATIN")]
    return Reason("foreign_script", 30) if len(foreign) * 2 > len(letters) else None


def _language(item: Candidate, rules: Rules) -> Reason | None:
    found = language_of(item.message)
    is_other = bool(found) and found != item.language[:2]
    # A German form answered in English is everyday business: a sign, and hardly a weight.
    return Reason("other_language", 5, found) if is_other else None


def _origin(item: Candidate, rules: Rules) -> Reason | None:
    return None if item.is_origin_allowed else Reason("origin", 40, item.origin[:200])


SIGNALS: tuple[tuple[Check, Signal], ...] = (
    (Check.TRAP, _trap),
    (Check.TIME, _time),
    (Check.PROOF, _without_script),
    (Check.LINKS, _links),
    (Check.NAMES, _link_in_name),
    (Check.ADDRESS, _denied),
    (Check.ADDRESS, _disposable),
    (Check.ADDRESS, _dead),
    (Check.ADDRESS, _role),
    (Check.SCRIPT, _script),
    (Check.SCRIPT, _language),
    (Check.ORIGIN, _origin),
)


def is_role(email_key: str) -> bool:
    """Say whether an address belongs to a post rather than to a person."""
    return email_key.partition("@")[0] in ROLES


def is_disposable(domain: str) -> bool:
    """Say whether ``domain``, or one above it, gives out throw-away addresses."""
    return any(name in _disposable_domains() for name in parents(domain))


def parents(domain: str) -> list[str]:
    """Return ``domain`` and the domains above it, without the last part alone."""
    parts = domain.split(".")
    return [".".join(parts[at:]) for at in range(max(1, len(parts) - 1))] if domain else []


@cache
def _disposable_domains() -> frozenset[str]:
    return frozenset(blocklist) | _MORE_DISPOSABLE
