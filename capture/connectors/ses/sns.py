"""Amazon SNS: who signed a message, and saying yes to a subscription.

SECURITY: the message itself says where its certificate lies, and whoever made it may have written
that. The whole address is held against one pattern, so that no two readers of addresses can
disagree about its host.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from capture.connectors.payloads import load_json, moment
from capture.connectors.signatures import TOLERANCE
from capture.connectors.told import HookError, Keys, RefusedError
from ground.errors import PermanentError, RetryableError
from ground.outside import fetch, origin_of

NOTIFICATION = "Notification"
SUBSCRIBE, UNSUBSCRIBE = "SubscriptionConfirmation", "UnsubscribeConfirmation"
# Amazon signs a message once and tries for an hour at most to deliver it; each try is the same.
OLDEST = timedelta(hours=1) + TOLERANCE
_HOST = r"https://sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/[A-Za-z0-9_-]{1,200}\.pem")
_CONFIRMATION = re.compile(
    _HOST + r"/\?(?=[^#]*\bAction=ConfirmSubscription\b)[A-Za-z0-9=&%:._~+-]{1,2000}"
)
_NAMES = ("Type", "MessageId", "TopicArn", "Message", "Timestamp", "Signature", "SigningCertURL")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBE: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_SIGNED[UNSUBSCRIBE] = _SIGNED[SUBSCRIBE]
_IN_ONE_LINE = frozenset(_SIGNED[SUBSCRIBE]) - {"Message"}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
_PATIENCE_SECONDS = 5.0
_LARGEST_CERTIFICATE = 64 * 1024


def envelope_of(body: bytes) -> Mapping[str, Any]:
    """Return the message in ``body``; raises ``RefusedError`` for what SNS does not write."""
    try:
        value = load_json(body)
    except HookError as error:
        raise RefusedError("signature_missing") from error
    if not isinstance(value, dict) or value.get("Type") not in _SIGNED:
        raise RefusedError("signature_missing")
    if not all(isinstance(value.get(name), str) for name in _NAMES):
        raise RefusedError("signature_missing")
    # SECURITY: names and values are signed in lines. With a line break in its id a message would be
    # another one under the same signature, and come in twice.
    if any("\n" in text for name, text in value.items() if name in _IN_ONE_LINE):
        raise RefusedError("signature_wrong")
    return value


def check_age(envelope: Mapping[str, Any], now: datetime) -> None:
    """Raise ``RefusedError`` for a message of the future, or of longer ago than SNS tries."""
    sent_at = moment(envelope["Timestamp"])
    if sent_at is None:
        raise RefusedError("time_missing")
    if sent_at - now > TOLERANCE:
        raise RefusedError("time_off")
    if now - sent_at > OLDEST:
        raise RefusedError("too_old")


def check_message(envelope: Mapping[str, Any], keys: Keys, now: datetime) -> None:
    """Raise ``RefusedError`` unless SNS signed it, ``HookError`` while nobody can tell."""
    algorithm = _HASHES.get(str(envelope.get("SignatureVersion")))
    if algorithm is None:
        raise RefusedError("signature_wrong")
    url = envelope["SigningCertURL"]
    if not (_CERTIFICATE.fullmatch(url) or (url.endswith(".pem") and _stands_in(url, keys))):
        raise RefusedError("certificate_wrong")
    key = _key(url, now)
    try:
        given = base64.b64decode(envelope["Signature"], validate=True)
        key.verify(given, signed_text(envelope), PKCS1v15(), algorithm())
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise RefusedError("signature_wrong") from error


def signed_text(envelope: Mapping[str, Any]) -> bytes:
    """Return what is signed: some values below their names, each in a line of its own.

    Raises ``ValueError`` for half a character, of which nobody can say how it was signed.
    """
    names = [name for name in _SIGNED[envelope["Type"]] if isinstance(envelope.get(name), str)]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def confirm(url: str, keys: Keys) -> bytes:
    """Say yes to a subscription; raises ``HookError`` or ``RetryableError``."""
    if not (_CONFIRMATION.fullmatch(url) or _stands_in(url, keys)):
        raise HookError("server_refused", text="SubscribeURL")
    try:
        answer = fetch(url)
    except PermanentError as error:
        raise HookError("server_refused", text=str(error)) from error
    if answer.status >= 500 or answer.status == 429:
        raise RetryableError(f"SNS answered {answer.status}.")
    if answer.status >= 400:
        raise HookError("server_refused", text=answer.body[:300].decode("utf-8", "replace"))
    return answer.body or b"-"


def _stands_in(url: str, keys: Keys) -> bool:
    """Say whether an address is that of a server in Amazon's place, which the operator allows.

    SECURITY: the setting alone is not enough: an operator must have named the server as well.
    """
    origin = origin_of(keys.setting("sns_url"))
    allowed = {origin_of(it) for it in settings.ALLOWED_SERVERS}
    return bool(origin) and origin in allowed and origin_of(url) == origin


class Certificates:
    """The certificates that were fetched, by their addresses, each for a day."""

    KEPT, KEPT_SECONDS = 20, 24 * 3600

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[float, x509.Certificate]] = OrderedDict()
        self._lock = Lock()

    def get(self, url: str) -> x509.Certificate:
        """Return the certificate at ``url``; raises ``RefusedError`` or ``HookError``."""
        with self._lock:
            fetched_at, known = self._rows.get(url, (0.0, None))
        if known is not None and monotonic() - fetched_at < self.KEPT_SECONDS:
            return known
        found = _fetched(url)
        with self._lock:
            self._rows[url] = (monotonic(), found)
            self._rows.move_to_end(url)
            if len(self._rows) > self.KEPT:
                self._rows.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._rows.clear()


certificates = Certificates()


def _key(url: str, now: datetime) -> RSAPublicKey:
    found = certificates.get(url)
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise RefusedError("certificate_wrong")
    try:
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RefusedError("certificate_wrong") from error
    if not isinstance(key, RSAPublicKey):
        raise RefusedError("certificate_wrong")
    return key


def _fetched(url: str) -> x509.Certificate:
    try:
        answer = fetch(url, patience=_PATIENCE_SECONDS, limit=_LARGEST_CERTIFICATE)
    except PermanentError as error:
        raise RefusedError("certificate_wrong") from error
    except RetryableError as error:
        raise HookError("server_away") from error
    if answer.status >= 500 or answer.status == 429:
        raise HookError("server_away")
    try:
        return x509.load_pem_x509_certificate(answer.body)
    except ValueError as error:
        raise RefusedError("certificate_wrong") from error
