"""The self-hosted check that a person, or at least a browser that worked for it, sent a form.

With JavaScript the browser solves a proof of work (ALTCHA); without it the visitor answers a small
sum. Both are signed with the secret key, expire and need neither database nor Redis. See
``docs/adr/0010-proof-of-work-and-a-sum.md``.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from altcha import v1 as altcha
from django.conf import settings
from django.utils.translation import gettext as _

# About 0.1 s on a laptop and 1 s on an old phone.
MAX_NUMBER = 50_000
LIFE = timedelta(hours=2)
# A form may stay open for a day before it is sent.
STARTED_LIFE = timedelta(hours=24)
SUM_FIELD, SUM_ANSWER, PROOF, STARTED = "check_token", "check_answer", "altcha", "started"
SEAL = "talk_seal"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of the check: which way, its one-time key, and why it failed ("" when passed).

    ``way`` is ``"work"``, ``"sum"`` or "". ``reason`` is ``missing``, ``wrong`` or ``expired``.
    """

    way: str
    key: str
    reason: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether the check was passed."""
        return not self.reason


def _key(purpose: str) -> bytes:
    return _derived(settings.SECRET_KEY, purpose)


@cache
def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"capture.{purpose}".encode(), "sha256")


def new_challenge(form_id: str, *, as_of: datetime) -> dict[str, Any]:
    """Return a challenge for one form, as the ALTCHA protocol (version 1) writes it."""
    options = altcha.ChallengeOptions(
        algorithm="SHA-256",
        max_number=MAX_NUMBER,
        hmac_key=_key("challenge"),
        expires=as_of + LIFE,
        params={"form": form_id},
    )
    return dict(altcha.create_challenge(options).to_dict())


def check_work(payload: str, form_id: str, *, as_of: datetime) -> Check:
    """Verify a solved challenge for this form."""
    try:
        data = json.loads(base64.b64decode(payload, validate=True))
        is_right, _error = altcha.verify_solution(data, _key("challenge"), check_expires=False)
        salt = altcha.extract_params(data)
        expires = int(salt["expires"][0])
        is_ours = salt["form"] == [form_id]
        key = str(data["challenge"])[:64]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Check("work", "", "wrong")
    if not is_right or not is_ours:
        return Check("work", "", "wrong")
    return Check("work", key, "expired" if expires < as_of.timestamp() else "")


def new_sum(*, as_of: datetime) -> tuple[str, str]:
    """Return a small sum as a question in the reader's language and its signed token."""
    first, second = secrets.randbelow(8) + 2, secrets.randbelow(8) + 2
    content = f"{int(as_of.timestamp())}.{secrets.token_hex(8)}"
    question = _("What is %(first)s plus %(second)s?") % {"first": first, "second": second}
    return question, f"{content}.{_sign_sum(content, first + second)}"


def _sign_sum(content: str, answer: int) -> str:
    return hmac.new(_key("sum"), f"{content}.{answer}".encode(), "sha256").hexdigest()


def check_sum(token: str, answer: str, *, as_of: datetime) -> Check:
    """Verify the answer to the sum of ``token``."""
    try:
        content, signature = token.rsplit(".", 1)
        asked_at = datetime.fromtimestamp(int(content.split(".")[0]), UTC)
        given = int(answer.strip())
    except (ValueError, OverflowError, OSError):
        return Check("sum", "", "wrong")
    if not hmac.compare_digest(_sign_sum(content, given).encode(), signature.encode()):
        return Check("sum", "", "wrong")
    key = hashlib.sha256(content.encode()).hexdigest()
    return Check("sum", key, "" if asked_at <= as_of <= asked_at + LIFE else "expired")


def check(values: dict[str, str], form_id: str, *, as_of: datetime) -> Check:
    """Verify whichever check the fields of a submission carry."""
    if values.get(SEAL):
        return check_seal(values[SEAL], form_id)
    if values.get(PROOF):
        return check_work(values[PROOF], form_id, as_of=as_of)
    if values.get(SUM_FIELD) and values.get(SUM_ANSWER):
        return check_sum(values[SUM_FIELD], values[SUM_ANSWER], as_of=as_of)
    return Check("", "", "missing")


def new_seal(passed: Check, form_id: str) -> str:
    """Return a mark by which a check that was passed when a talk began holds for what it became."""
    content = f"{passed.way}.{passed.key}"
    return f"{content}.{_sign_seal(content, form_id)}"


def _sign_seal(content: str, form_id: str) -> str:
    return hmac.new(_key("seal"), f"{content}.{form_id}".encode(), "sha256").hexdigest()


def check_seal(token: str, form_id: str) -> Check:
    """Verify a mark of ours; it is made here alone and does not expire."""
    content, _dot, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign_seal(content, form_id).encode(), signature.encode()):
        return Check("work", "", "wrong")
    way, _dot, key = content.partition(".")
    return Check(way, key)


def new_started(form_id: str, *, as_of: datetime) -> str:
    """Return the signed moment at which a form was shown."""
    stamp = str(int(as_of.timestamp() * 1000))
    return f"{stamp}.{_sign_started(stamp, form_id)}"


def _sign_started(stamp: str, form_id: str) -> str:
    return hmac.new(_key("started"), f"{stamp}.{form_id}".encode(), "sha256").hexdigest()[:32]


def time_to_fill(token: str, form_id: str, *, as_of: datetime) -> timedelta | None:
    """Return how long filling in took; None for a token that is missing, forged or too old."""
    stamp, _dot, signature = token.partition(".")
    if not hmac.compare_digest(_sign_started(stamp, form_id).encode(), signature.encode()):
        return None
    took = timedelta(milliseconds=int(as_of.timestamp() * 1000) - int(stamp))
    return took if timedelta() <= took <= STARTED_LIFE else None
