"""Opening a session for somebody who has just proved who they are."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest

from accounts.models import User


def open_session(request: HttpRequest, user: User) -> None:
    """Log ``user`` in, as if they had just entered their password."""
    record_authentication(request, user, method="password")
    get_adapter().login(request, user)
