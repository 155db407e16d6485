"""Checks of the wiring: of every start, and of a production installation (``--deploy``)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from leadcrm.mail_dns import sender_domain


@register(Tags.staticfiles)
def check_packages_of_the_pages(**kwargs: Any) -> list[CheckMessage]:
    """Find missing packages from the npm registry, without which pages have no looks."""
    if (settings.BASE_DIR / "node_modules" / "@tabler").is_dir():
        return []
    if (settings.STATIC_ROOT / "vendor" / "tabler").is_dir():
        return []
    return [
        Warning(
            "The packages of the pages are not installed.",
            hint="Run: npm ci --ignore-scripts",
            id="leadcrm.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_address(**kwargs: Any) -> list[CheckMessage]:
    """Find an address without TLS: cookies and passwords would travel in the clear."""
    if settings.BASE_URL.startswith("https://"):
        return []
    return [
        Warning(
            "The address of this installation is not https.",
            hint="Set LEADCRM_BASE_URL to the address that people use.",
            id="leadcrm.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_no_demo(**kwargs: Any) -> list[CheckMessage]:
    """Find a demo under a public address: everybody knows its passwords."""
    if not settings.DEMO:
        return []
    return [
        Error(
            "This installation runs as a demo, with passwords that everybody knows.",
            hint="Unset LEADCRM_DEMO.",
            id="leadcrm.E003",
        )
    ]


@register(deploy=True)
def check_sender(**kwargs: Any) -> list[CheckMessage]:
    """Find a sender that no receiver will accept."""
    if sender_domain(settings.DEFAULT_FROM_EMAIL):
        return []
    return [
        Warning(
            "Mails have no sender in a public domain.",
            hint="Set LEADCRM_FROM_EMAIL, as in: Sales <sales@your-domain.com>",
            id="leadcrm.W004",
        )
    ]
