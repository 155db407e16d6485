"""What the domain name system says about the domain that our mails come from."""

from email.utils import parseaddr

import dns.exception
import dns.resolver

_SECONDS = 5.0
# Names that never reach the public system (RFC 2606, RFC 6761, RFC 6762).
_LOCAL_ENDINGS = ("localhost", "local", "test", "example", "invalid", "internal")


def sender_domain(address: str) -> str:
    """Return the domain of a From address, "" when it is a local or reserved name."""
    domain = parseaddr(address)[1].rpartition("@")[2].lower().rstrip(".")
    if "." not in domain or domain.rpartition(".")[2] in _LOCAL_ENDINGS:
        return ""
    return domain


def missing_records(domain: str) -> list[str]:
    """Return what receivers will miss in the records of ``domain``, as sentences.

    Asks for SPF (RFC 7208) and DMARC (RFC 7489). A system that does not answer is a finding too.
    """
    found = []
    for name, start, what in (
        (domain, "v=spf1", "an SPF record"),
        (f"_dmarc.{domain}", "v=DMARC1", "a DMARC record"),
    ):
        try:
            if not any(text.startswith(start) for text in _texts(name)):
                found.append(f"{name} has no TXT record “{start} …” ({what}).")
        except dns.exception.DNSException as error:
            found.append(f"{name} could not be looked up: {type(error).__name__}.")
    return found


def _texts(name: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode(errors="replace") for record in answer]
