"""Whether a request was made by a machine of its own accord."""

import re

from django.http import HttpRequest

_ROBOTS = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scanner|monitor|headless|lighthouse|curl/|wget/|python-|"
    r"okhttp|java/|go-http|facebookexternalhit|whatsapp|pingdom|uptime",
    re.IGNORECASE,
)


def is_machine(request: HttpRequest) -> bool:
    """Say whether a crawler, a link scanner or a prefetching browser sent ``request``."""
    if request.method == "HEAD":
        return True
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return "prefetch" in purpose.lower() or not agent or bool(_ROBOTS.search(agent))
