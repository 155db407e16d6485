"""What an address, a number or a name is compared by, and how raw text becomes storable.

Nothing is refused here: what cannot be read is kept as it came and marked as not valid.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from phonenumbers import NumberParseException, PhoneNumberFormat

DEFAULT_REGION = "DE"
# As long as their columns. Normalising makes text longer, ``ß`` becomes ``ss``: cut afterwards.
KEY_LENGTH = 400
NAME_KEY_LENGTH = 200

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
# What needs no second look before the @ of an address (RFC 5322, "dot-atom").
_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_PLAIN_LENGTH = 180


class Normalised(NamedTuple):
    """A value to show, the key it is compared by, and whether it is well formed.

    ``decides`` says whether the key tells one person from another: ``n/a`` and ``0`` do not.
    """

    value: str
    key: str
    is_valid: bool
    decides: bool = True


def clean_text(value: str, *, limit: int | None = None, lines: bool = False) -> str:
    """Return ``value`` without NULs, control characters and lone surrogates, trimmed.

    With ``lines`` line breaks stay, else all white space becomes single spaces. The result has at
    most ``limit`` characters.
    """
    if not value:
        return value
    if value.isascii() and value.isprintable():
        text = value.strip() if lines or "  " not in value else _SPACES.sub(" ", value).strip()
        return text if limit is None else text[:limit].rstrip()
    text = value.encode("utf-8", "replace").decode("utf-8")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.strip() if lines else _SPACES.sub(" ", text).strip()
    return text if limit is None else text[:limit].rstrip()


def normalise_email(value: str) -> Normalised:
    """Compare addresses without case and with the domain in ASCII (RFC 5891).

    Dots and plus parts stay: they tell people apart at many providers. Addresses that exist but
    break the RFC (``a..b@docomo.ne.jp``) are kept and marked; they decide as long as they have a
    local part and a domain.
    """
    shown = clean_text(value, limit=320)
    bare = shown.removeprefix("mailto:").strip("<>").strip().rstrip(".")
    if known := _read_plain(bare):
        return known
    try:
        parts = validate_email(bare, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        local, at, domain = bare.rpartition("@")
        key = (local + at + _ascii_domain(domain)).casefold()[:KEY_LENGTH]
        return Normalised(shown, key, is_valid=False, decides=_is_word(local) and _is_word(domain))
    key = f"{parts.local_part}@{parts.ascii_domain}".casefold()
    return Normalised(parts.normalized, key, is_valid=True)


def _read_plain(address: str) -> Normalised | None:
    """Read an address of the usual shape: what stands behind the @ is judged once for all.

    The whole of the library takes 50 µs an address, this 2 µs.
    """
    local, _at, domain = address.partition("@")
    if len(address) > _PLAIN_LENGTH or not _PLAIN.fullmatch(local):
        return None
    known = _read_domain(domain)
    if known is None or len(known[1]) > _PLAIN_LENGTH:
        return None
    if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES:
        local = local.lower()
    return Normalised(f"{local}@{known[0]}", f"{local}@{known[1]}".casefold(), is_valid=True)


@lru_cache(maxsize=20_000)
def _read_domain(domain: str) -> tuple[str, str] | None:
    """Return a domain as it is shown and in ASCII; None for what is none."""
    try:
        parts = validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return parts.domain, parts.ascii_domain


def _is_word(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def normalise_phone(value: str, *, region: str = DEFAULT_REGION) -> Normalised:
    """Compare numbers in E.164; a number without country code belongs to ``region``.

    What cannot be a number keeps its digits and letters as key. Only numbers of a known range
    count as valid and decide.
    """
    shown = clean_text(value, limit=60).removeprefix("p:").strip()
    try:
        number = phonenumbers.parse(re.sub(r"\(0\)", "", shown), region or DEFAULT_REGION)
    except NumberParseException:
        number = None
    is_valid = number is not None and phonenumbers.is_valid_number(number)
    if number is None or not (is_valid or phonenumbers.is_possible_number(number)):
        key = re.sub(r"[^0-9a-z+]", "", shown.casefold())
        return Normalised(shown, key, is_valid=False, decides=False)
    key = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    nice = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return Normalised(nice, key, is_valid, decides=is_valid)


def normalise_name(value: str) -> str:
    """Return the key by which names of companies and handles are compared."""
    key = unicodedata.normalize("NFKC", clean_text(value, limit=200)).casefold()
    return key[:NAME_KEY_LENGTH]


def normalise_postal(street: str, postal_code: str, city: str) -> str:
    """Return the key of a postal address, or "" while a part of it is missing."""
    parts = [normalise_name(part) for part in (postal_code, city, street)]
    if not all(parts):
        return ""
    parts[2] = re.sub(r"str(\.|asse|aße)\b", "str", parts[2].replace("straße", "strasse"))
    return "|".join(parts)[:KEY_LENGTH]
