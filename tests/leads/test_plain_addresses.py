"""Addresses of the usual shape are read at once, and just as the library reads them."""

import itertools

import pytest
from email_validator import EmailNotValidError, validate_email

from leads.normalise import _read_plain, normalise_email

LOCALS = ["a", "Ada.Lovelace", "o'brien+x", "INFO", "Sales", "a..b", ".a", "a.", "", "x" * 100]
DOMAINS = [
    "b.de",
    "B.DE",
    "bücher.de",
    "xn--bcher-kva.de",
    "localhost",
    "a_b.de",
    "-a.de",
    "b.test",
    "b",
    "b..de",
    "[127.0.0.1]",
    "b.d1",
    "x" * 64 + ".de",
    "a@b.de",
    "",
]


@pytest.mark.parametrize(("local", "domain"), [*itertools.product(LOCALS, DOMAINS)])
def test_a_plain_address_is_read_as_the_library_reads_it(local, domain):
    address = f"{local}@{domain}"
    try:
        parts = validate_email(address, check_deliverability=False, test_environment=True)
        expected = (parts.normalized, f"{parts.local_part}@{parts.ascii_domain}".casefold())
    except EmailNotValidError:
        expected = None

    found = _read_plain(address)

    if found is not None:
        assert (found.value, found.key) == expected
    assert normalise_email(address).is_valid == (expected is not None)


def test_most_addresses_take_the_short_way():
    assert _read_plain("Ada.Lovelace+x@Firma.Example") == (
        "Ada.Lovelace+x@firma.example",
        "ada.lovelace+x@firma.example",
        True,
        True,
    )
