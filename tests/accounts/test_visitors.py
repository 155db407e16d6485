import pytest
from django.test import RequestFactory

from accounts.visitors import client_ip, client_network


def request_from(peer, forwarded=None):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.case("C28")
@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.2.3.4", "203.0.113.9"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "203.0.113.9"),
        (1, "", "203.0.113.9"),
        (1, "not an address", "203.0.113.9"),
        (1, "1.2.3.4\r\nX: y", "203.0.113.9"),
    ],
)
def test_only_own_proxies_are_believed(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = request_from("203.0.113.9")
    request.META["HTTP_X_FORWARDED_FOR"] = forwarded

    assert client_ip(request) == expected


@pytest.mark.parametrize(
    ("peer", "address", "network"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::1", "fe80::"),
        ("", "", ""),
    ],
)
def test_an_ipv6_client_counts_as_its_network(peer, address, network):
    request = request_from(peer)

    assert client_ip(request) == address
    assert client_network(request) == network
