"""Who is at the other end of a request, by address."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the IP address of the client, or "" when the server does not know it.

    SECURITY: only as many entries at the right end of ``X-Forwarded-For`` are believed as there
    are own proxies (``LEADCRM_TRUSTED_PROXIES``); what stands further left is the client's word.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    if 0 < count <= len(forwarded):
        return _clean(forwarded[-count]) or _clean(peer)
    return _clean(peer)


def client_network(request: HttpRequest) -> str:
    """Return what to count tries by: the IPv4 address, or the /64 that an IPv6 client owns."""
    address = client_ip(request)
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False).network_address)


def wide_network(address: str) -> str:
    """Return the network around an address, /24 or /48: who rents many addresses rents these."""
    if not address:
        return ""
    return str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))


def _clean(value: str) -> str:
    try:
        address = ip_address(value.strip().split("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
