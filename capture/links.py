"""Short links: their codes, and the address that each of them leads to."""

import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.visitors import client_network
from capture.attribution import CLICK_IDS, LINK_PARAMETER, clean_address
from capture.models import ShortLink
from ground.errors import DomainError

# Without what is mistaken for something else when it is read from paper; 57 ** 9 is 52 bits.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LENGTH = 9
_CLICK_ID = re.compile(r"^[\w.~-]{1,200}$", re.ASCII)


def new_code() -> str:
    """Return a random code, which tells nothing about those before and after it."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(_LENGTH))


def short_address(link: ShortLink) -> str:
    """Return the address of ``link`` as it is published."""
    return f"{settings.BASE_URL}{reverse('short_link', args=[link.code])}"


def clean_target(text: str) -> str:
    """Return the address that a link may lead to.

    Raises ``DomainError`` (``target_unreadable``, ``target_is_link``).
    """
    target = clean_address(text)
    try:
        parts = urlsplit(target)
        host, _port = parts.hostname, parts.port
    except ValueError:
        target = host = ""
    # SECURITY: browsers read a backslash as a slash, and what stands before "@" looks like a host.
    if not host or parts.username is not None or "\\" in target or " " in target:
        raise DomainError(
            "target_unreadable", _("Enter an address that begins with https://."), "target"
        )
    if target.startswith(f"{settings.BASE_URL}/l/"):
        raise DomainError("target_is_link", _("This is a short link itself."), "target")
    return target


def click_ids_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return the ids that networks put onto links which are clicked; everything else is left."""
    return {name: query[name] for name in CLICK_IDS if _CLICK_ID.match(query.get(name, ""))}


def destination(link: ShortLink, click_ids: Mapping[str, str] | None = None) -> str:
    """Return where ``link`` leads: its stored target with network, post and link as parameters.

    What the target says itself stays. Of the request nothing is used but ``click_ids``.
    """
    post = link.post
    campaign = post.campaign.code if post.campaign else slugify(post.title)[:80]
    added = {
        "utm_source": post.network,
        "utm_medium": "social",
        "utm_campaign": campaign or "post",
        "utm_content": slugify(link.label) or slugify(post.title)[:80] or link.code,
        **(click_ids or {}),
    }
    parts = urlsplit(link.target)
    given = parse_qsl(parts.query, keep_blank_values=True)
    names = {name for name, _value in given}
    own = [pair for pair in given if pair[0] != LINK_PARAMETER]
    more = [(name, value) for name, value in added.items() if name not in names]
    query = urlencode([*own, *more, (LINK_PARAMETER, link.code)])
    return parts._replace(query=query).geturl()


def who_clicks(request: HttpRequest) -> str:
    """Return by what simultaneous clicks of one browser are told apart; "" for who objects.

    A hash with a key, kept for a minute: nobody is recognised by it later.
    """
    if request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1":
        return ""
    told = f"{client_network(request)}|{request.headers.get('User-Agent', '')[:300]}"
    return salted_hmac("capture.links", told, algorithm="sha256").hexdigest()[:32]
