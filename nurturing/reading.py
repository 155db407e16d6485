"""Mails as colleagues read them: what is a secret of the reader is left out."""

import re
from functools import cache

from django.conf import settings
from django.urls import reverse

# SECURITY: whoever has the address behind one of these acts as the reader of the mail.
_SECRET_LINKS = ("confirm_opt_in", "unsubscribe", "follow_link", "open_pixel")
_PLACE = "PLACE"


@cache
def _pattern(base: str) -> re.Pattern[str]:
    paths = [re.escape(base + reverse(name, kwargs={"token": _PLACE})) for name in _SECRET_LINKS]
    links = [path.replace(_PLACE, r"[\w.~%-]+?") for path in paths]
    # Here the form stands before the token, which has colons.
    return re.compile("|".join([*links, re.escape(base) + r"/f/[0-9a-f-]{36}/p/[\w.~%:-]+/"]))


def without_secrets(content: str) -> str:
    """Return text or HTML of a mail whose links neither confirm, unsubscribe nor count a visit."""
    return _pattern(settings.BASE_URL).sub(f"{settings.BASE_URL}/…", content)
