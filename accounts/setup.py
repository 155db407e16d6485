"""The first start: a way in for the first administrator, and for nobody after."""

from django.conf import settings
from django.utils import timezone

from accounts.actions.first_start import make_setup_link
from accounts.actor import system_actor
from accounts.models import User


def setup_address() -> str | None:
    """Return a one-time address of the set-up, or None when there is a person already."""
    if User.objects.exists():
        return None
    token = make_setup_link(by=system_actor("first start"), as_of=timezone.now())
    return f"{settings.BASE_URL}/setup/{token}/"
