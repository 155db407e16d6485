"""Codes of personal links; one follows from the submission that asked for it."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

# Under this name the code stands in the address to which a personal link leads.
PARAMETER = "lcr"
_LENGTH = 20
_CODE = re.compile(r"^[0-9a-f]{20}$")


def code_of(submission: UUID) -> str:
    """Return the code that belongs to ``submission``: 80 bits that nobody can guess."""
    return salted_hmac("capture.referrals", submission.hex, algorithm="sha256").hexdigest()[
        :_LENGTH
    ]


def personal_link(code: str) -> str:
    """Return the absolute address that somebody passes on."""
    return f"{settings.BASE_URL}{reverse('referral_link', args=[code])}"


def code_in(address: str) -> str:
    """Return the code in the address of a page, "" where there is none."""
    try:
        pairs = parse_qsl(urlsplit(address).query, max_num_fields=200)
    except ValueError:
        return ""
    code = dict(pairs).get(PARAMETER, "")
    return code if _CODE.match(code) else ""


def with_code(path: str, code: str) -> str:
    """Return ``path`` with ``code`` as its parameter."""
    return f"{path}?{urlencode({PARAMETER: code})}"
