import time
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.rights import Role
from tests.factories import make_user

PASSWORD = "ein guter langer Satz"


@pytest.fixture
def boss(db) -> User:
    """An administrator with a password."""
    return make_user(Role.ADMIN, name="Berta Boss", password=PASSWORD)


@pytest.fixture
def fresh(as_user) -> Callable[[User], Client]:
    """Return a client in which the user has just proved who they are."""

    def log_in(user: User) -> Client:
        client = as_user(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        return client

    return log_in
