"""Proofs that a request comes from who it says, over the raw bytes and in constant time."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from capture.connectors.told import RefusedError

# How far the clock of a sender may be off, either way.
TOLERANCE = timedelta(minutes=5)


def hex_hmac(secret: str, message: bytes) -> str:
    """Return the HMAC-SHA256 of ``message`` in lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_same(given: str, expected: str) -> bool:
    """Compare two texts in a time that says nothing about where they differ."""
    return hmac.compare_digest(*(text.encode("utf-8", "replace") for text in (given, expected)))


def check_secret(given: str, expected: str) -> None:
    """Raise ``RefusedError`` unless the sender knows the secret."""
    if not expected:
        raise RefusedError("no_secret")
    if not given:
        raise RefusedError("signature_missing")
    if not is_same(given, expected):
        raise RefusedError("signature_wrong")


def check_signature(secret: str, given: str, message: bytes) -> None:
    """Raise ``RefusedError`` unless ``given`` is the HMAC of ``message`` under ``secret``."""
    check_secret(given.strip().lower(), hex_hmac(secret, message) if secret else "")


def check_time(seconds: str, now: datetime) -> None:
    """Raise ``RefusedError`` unless ``seconds`` since 1970 lie within ``TOLERANCE`` of now."""
    try:
        sent_at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise RefusedError("time_missing") from error
    if abs(now - sent_at) > TOLERANCE:
        raise RefusedError("time_off")


def check_dated_signature(secret: str, header: str, body: bytes, now: datetime) -> None:
    """Check ``t=<seconds>,s=<hex>``, where the seconds, a dot and the body are signed."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    seconds = parts.get("t", "")
    check_signature(secret, parts.get("s", ""), seconds.encode() + b"." + body)
    check_time(seconds, now)


def dated_signature(secret: str, body: bytes, now: datetime) -> str:
    """Return the header that ``check_dated_signature`` accepts."""
    seconds = str(int(now.timestamp()))
    return f"t={seconds},s={hex_hmac(secret, seconds.encode() + b'.' + body)}"
