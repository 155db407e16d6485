"""The people, keys and things that the matrix is asked with."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any

from django.test import Client

from accounts.models import Team, User
from accounts.rights import ApiScope, Role
from tests.factories import make_team, make_token, make_user

Maker = Callable[["World", User, str], Any]
OBJECTS: dict[str, Maker] = {}
# What is the same whoever asks, and what is of whoever asks wherever it stands.
COMMON: set[str] = set()
PERSONAL: set[str] = set()


def url_object(name: str) -> Callable[[Any], Any]:
    """Register what makes the part ``name`` of an address.

    It gets the world, the person who asks and where the thing is to stand (own, team, foreign), or
    the first of these that it needs, and returns what the address holds, mostly the ``public_id``.
    What takes the world alone is made once for all who ask.
    """

    def register(make: Any) -> Any:
        if name in OBJECTS:
            raise ValueError(f"{name} is made twice.")
        takes = len(signature(make).parameters)
        OBJECTS[name] = lambda *given: make(*given[:takes])
        if takes < 3:
            (COMMON if takes == 1 else PERSONAL).add(name)
        return make

    return register


class World:
    """One organisation: everybody and a colleague in one team, and a rep of another."""

    def __init__(self) -> None:
        self.team: Team = make_team("Süd")
        self.people = {
            role: make_user(role, team=self.team, password="ein guter langer Satz")
            for role in Role.values
        }
        self.colleague = make_user(Role.SALES_REP, team=self.team)
        self.stranger = make_user(Role.SALES_REP, team=make_team("Nord"))
        self._shared: dict[str, Any] = {}

    def person(self, caller: str) -> User:
        """Return who stands behind a caller of the matrix."""
        if caller == "rep":
            return self.people[Role.SALES_REP]
        return self.people.get(caller, self.people[Role.ADMIN])

    def owner(self, person: User, place: str) -> User:
        """Return who owns a thing at ``place``, seen from ``person``."""
        return {"own": person, "team": self.colleague, "foreign": self.stranger}[place]

    def client(self, caller: str) -> Client:
        """Return a client that asks as ``caller``, with a login or key of this moment."""
        if caller == "anonymous":
            return Client()
        person = self.person(caller)
        if caller in Role.values:
            return _signed_in(person)
        scopes = ApiScope.values if caller == "rep" else [caller]
        _token, key = make_token(person, *scopes)
        return Client(headers={"Authorization": f"Bearer {key}"})

    def make(self, name: str, caller: str, place: str) -> Any:
        """Return the part of the address that is called ``name``."""
        if name in self._shared:
            return self._shared[name]
        return OBJECTS[name](self, self.person(caller), place)

    @contextmanager
    def sharing(self, names: Iterable[str], place: str) -> Iterator[None]:
        """Make in this block those of ``names`` once that are not of the person who asks."""
        common = {name for name in names if name in COMMON or place != "own"} - PERSONAL
        self._shared = {name: self.make(name, "admin", place) for name in sorted(common)}
        try:
            yield
        finally:
            self._shared = {}


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client
