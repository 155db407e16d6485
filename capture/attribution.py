"""Where a visit came from, read from the addresses that the browser told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from leads.normalise import clean_text
from leads.stages import Channel

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
CLICK_IDS: Mapping[str, str] = {
    "gclid": Channel.PAID_SEARCH,
    "gbraid": Channel.PAID_SEARCH,
    "wbraid": Channel.PAID_SEARCH,
    "msclkid": Channel.PAID_SEARCH,
    "fbclid": Channel.FACEBOOK,
    "ttclid": Channel.TIKTOK,
    "li_fat_id": Channel.LINKEDIN,
}
# By this a short link of ours says in the address that it led here.
LINK_PARAMETER = "lcl"
_LINK_CODE = re.compile(r"^[A-Za-z0-9]{4,16}$")
_SOURCES = {
    "facebook": Channel.FACEBOOK,
    "fb": Channel.FACEBOOK,
    "meta": Channel.FACEBOOK,
    "instagram": Channel.INSTAGRAM,
    "ig": Channel.INSTAGRAM,
    "tiktok": Channel.TIKTOK,
    "linkedin": Channel.LINKEDIN,
}
_MEDIA = {
    "email": Channel.EMAIL,
    "e-mail": Channel.EMAIL,
    "newsletter": Channel.EMAIL,
    "sms": Channel.SMS,
    "push": Channel.PUSH,
    "referral": Channel.REFERRAL,
    "organic": Channel.ORGANIC_SEARCH,
}
_PAID = frozenset({"cpc", "ppc", "paid", "paidsearch", "paid_search", "sem"})
_SEARCH_ENGINES = ("google.", "bing.", "duckduckgo.", "ecosia.", "yahoo.", "qwant.", "startpage.")
_NETWORKS = {
    "facebook.com": Channel.FACEBOOK,
    "instagram.com": Channel.INSTAGRAM,
    "tiktok.com": Channel.TIKTOK,
    "linkedin.com": Channel.LINKEDIN,
    "lnkd.in": Channel.LINKEDIN,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What the link that somebody followed said about itself."""

    utm: Mapping[str, str] = field(default_factory=dict)
    click_ids: Mapping[str, str] = field(default_factory=dict)
    referrer: str = ""
    landing_page: str = ""
    link_code: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it says anything beyond the page itself."""
        return bool(self.utm or self.click_ids or self.referrer or self.link_code)

    @property
    def is_told(self) -> bool:
        """Whether the link itself said so, which a referrer does not."""
        return bool(self.utm or self.click_ids or self.link_code)


def clean_address(value: str) -> str:
    """Return an http(s) address of a page as it is stored, or "" for anything else."""
    text = clean_text(value, limit=2000)
    try:
        return text if urlsplit(text).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def page_of(url: str) -> tuple[str, str] | None:
    """Return host and path of a page, None for what is no address."""
    host = host_of(url)
    return (host[:255], urlsplit(url).path or "/") if host else None


def host_of(address: str) -> str:
    """Return the host of an address in lower case, or ""."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def kept_address(address: str) -> str:
    """Return ``address`` with only those parameters that say where somebody came from.

    The others may be anything: addresses of people, tokens, what was searched for.
    """
    try:
        parts = urlsplit(address)
        pairs = parse_qsl(parts.query, max_num_fields=200)
    except ValueError:
        return ""
    kept = [(n, value) for n, value in pairs if n in UTM or n in CLICK_IDS or n == LINK_PARAMETER]
    return parts._replace(query=urlencode(kept), fragment="").geturl()


def read_origin(page_url: str, referrer: str) -> Origin:
    """Read the campaign parameters of ``page_url``; a referrer on the same host says nothing."""
    page, came_from = clean_address(page_url), clean_address(referrer)
    try:
        query = parse_qs(urlsplit(page).query, max_num_fields=200)
    except ValueError:
        query = {}
    known = {name: clean_text(values[0], limit=200) for name, values in query.items()}
    return Origin(
        utm={name: known[name] for name in UTM if known.get(name)},
        click_ids={name: known[name] for name in CLICK_IDS if known.get(name)},
        referrer="" if host_of(came_from) == host_of(page) else came_from,
        landing_page=page,
        link_code=code if _LINK_CODE.match(code := known.get(LINK_PARAMETER, "")) else "",
    )


def channel_of(origin: Origin, *, otherwise: str) -> str:
    """Return the channel that ``origin`` speaks for, or ``otherwise``."""
    source = origin.utm.get("utm_source", "").lower()
    medium = origin.utm.get("utm_medium", "").lower()
    if source in _SOURCES:
        return _SOURCES[source]
    if medium in _PAID:
        return Channel.PAID_SEARCH
    if medium in _MEDIA:
        return _MEDIA[medium]
    for name in origin.click_ids:
        return CLICK_IDS[name]
    host = host_of(origin.referrer)
    for network, channel in _NETWORKS.items():
        if host == network or host.endswith(f".{network}"):
            return channel
    if any(host.startswith(name) or f".{name}" in host for name in _SEARCH_ENGINES):
        return Channel.ORGANIC_SEARCH
    return otherwise
