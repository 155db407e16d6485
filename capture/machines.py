"""Whether a request was made by a machine of its own accord."""

import re

from django.http import HttpRequest

_ROBOTS = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scanner|monitor|headless|lighthouse|curl/|wget/|python-|"
    r"okhttp|java/|go-http|facebookexternalhit|facebookcatalog|meta-external|whatsapp|pingdom|"
    r"uptime|safelinks|proofpoint|mimecast|barracuda|embedly|skypeuripreview|vkshare",
    re.IGNORECASE,
)


def machine_reason(request: HttpRequest) -> str:
    """Return why ``request`` was sent by a machine, as a code; "" for a person's browser.

    ``head``: nobody looks at a page by asking for its head. ``prefetch``: a browser or program
    fetches what might be opened. ``no_agent``, ``robot``: what it says of itself.
    """
    if request.method == "HEAD":
        return "head"
    purpose = "".join(request.headers.get(n, "") for n in ("Sec-Purpose", "Purpose", "X-Moz"))
    if "prefetch" in purpose.lower() or "preview" in purpose.lower():
        return "prefetch"
    agent = request.headers.get("User-Agent", "")
    if not agent:
        return "no_agent"
    return "robot" if _ROBOTS.search(agent) else ""


def is_machine(request: HttpRequest) -> bool:
    """Say whether a crawler, a link scanner or a prefetching browser sent ``request``."""
    return bool(machine_reason(request))
