import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.actor import user_actor
from accounts.models import Team, User
from accounts.rights import Role
from capture import outage, switches
from capture.guard import doors, held, throttle
from ground import days
from leadcrm.embedded.hold import hold
from tests.factories import NOW, make_team, make_user
from tests.filled import filled

pytest_plugins = [
    "tests.browser.pages",
    "tests.browser.website",
    "tests.journeys.recorder",
    "tests.services.running",
]

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs its own event loop


def pytest_configure(config: pytest.Config) -> None:
    """Have the embedded services running where the environment names none."""
    stack = ExitStack()
    stack.enter_context(hold(settings.EMBEDDED_SERVICES, settings.VAR_DIR))
    config.add_cleanup(stack.close)


# What takes longest, so that no process of the run is left alone with it at the end.
_FIRST = ("faults", "browser", "journeys", "services", "api", "rights", "imports", "database")


@pytest.hookimpl(tryfirst=True)  # before pytest-django, which puts tests with transactions last
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders of ``_FIRST``."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return _FIRST.index(folder) if folder in _FIRST else len(_FIRST)

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests out as ``tests.sharing`` says."""
    from tests.sharing import Shares

    return Shares(config, log)


@pytest.fixture(autouse=True, scope="session")
def _quick_settings():
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # Every new client reads the middleware anew: do not list 1,600 static files each time.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True, scope="session")
def _patient_door():
    """Let no pause of a busy machine count as an outage; ``test_outage`` keeps what is promised."""
    outage.PATIENCE = 60.0


@pytest.fixture(autouse=True, scope="session")
def _emptied_quickly():
    """Empty after a test with transactions of its own what it filled, past the audit log's guards.

    Emptying each of the tables makes files anew for it, its indexes and its long texts: half a
    second of the processor, 500 times. What Django makes of the models stays.
    """
    # Of the class: under a browser the same thread may have a connection of its own.
    operations = type(connection.ops)
    kept = {"django_content_type", "auth_permission"}

    def sql_flush(self, style: object, tables: list[str], **options: object) -> list[str]:
        names = [self.quote_name(name) for name in filled(self.connection, set(tables) - kept)]
        return [
            *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names),
            *(f"DELETE FROM {name}" for name in names),
            # The keys are looked at now: tables cannot be changed while that is still to be done.
            "SET CONSTRAINTS ALL IMMEDIATE",
            *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names),
        ]

    operations.sql_flush = sql_flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Cut off at the end what a thread of the live server still holds: the database is dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND backend_type = 'client backend'
            """
        )


@pytest.fixture(autouse=True)
def _english():
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _zone_of_the_settings():
    """Begin with the organisation's time zone known, so that no query of a test asks for it."""
    days.assume(ZoneInfo(settings.TIME_ZONE))


@pytest.fixture(autouse=True)
def _nothing_held():
    """Begin with the count of what is held known, so that no query of a test asks for it."""
    held.assume(0)


@pytest.fixture(autouse=True)
def _nobody_guessed():
    """Forget the 404s of the tests before, which all come from one address."""
    throttle.guesses.clear()
    throttle.link_guesses.clear()
    doors.clear()


@pytest.fixture(autouse=True)
def _nothing_switched():
    """Forget what the tests before switched on."""
    switches.clear()


@pytest.fixture
def now():
    """The moment at which tests take place."""
    return NOW


@pytest.fixture
def team(db) -> Team:
    return make_team("Vertrieb Süd")


@pytest.fixture
def admin(db) -> User:
    return make_user(Role.ADMIN, name="Alma Admin")


@pytest.fixture
def marketer(db) -> User:
    return make_user(Role.MARKETER, name="Mara Marketing")


@pytest.fixture
def manager(team: Team) -> User:
    return make_user(Role.SALES_MANAGER, name="Max Leitung", team=team)


@pytest.fixture
def rep(team: Team) -> User:
    return make_user(Role.SALES_REP, name="Rita Vertrieb", team=team)


@pytest.fixture
def stranger(db) -> User:
    """A rep of another team."""
    return make_user(Role.SALES_REP, name="Sven Fremd", team=make_team("Vertrieb Nord"))


@pytest.fixture
def service(db) -> User:
    return make_user(Role.SERVICE, name="Sina Service")


@pytest.fixture
def viewer(db) -> User:
    return make_user(Role.VIEWER, name="Vera Blick")


@pytest.fixture
def actor():
    """Return the actor for a person."""
    return lambda user: user_actor(user)


@pytest.fixture
def as_user():
    """Return a browser-like client in which ``user`` is logged in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return log_in


@pytest.fixture
def no_gates(monkeypatch):
    """Let leads into every stage, for tests that need history and not the way there."""
    monkeypatch.setattr("leads.gates._gates", {})
