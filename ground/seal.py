"""Secrets that must be readable again: sealed with the key of this installation."""

import base64
import hashlib
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBrokenError(Exception):
    """The text was sealed by another installation, or was changed since."""


def seal(text: str) -> str:
    """Return ``text`` encrypted and signed, for a column that nobody may read."""
    return _box(_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed; keys in ``SECRET_KEY_FALLBACKS`` still open it.

    Raises ``SealBrokenError``.
    """
    try:
        return _box(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError("The secret cannot be opened with this SECRET_KEY.") from error


def _keys() -> tuple[str, ...]:
    return tuple(str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(b"leadcrm.seal:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
