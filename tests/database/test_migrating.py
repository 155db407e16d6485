"""A start that is killed while it brings the database up to date, and two starts at once."""

import threading
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.db.migrations.state import ProjectState
from django.utils import timezone

from ground.indexes import AddIndexConcurrently
from ground.models import TickRun
from leadcrm.management.commands import migrate
from tests.architecture.sources import modules
from tests.database.connections import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
INDEX = models.Index(fields=["started_at"], name="scene_started")


@pytest.fixture
def add(transactional_db):
    """Run the operation that makes the index, as a migration without a transaction does."""
    state = ProjectState.from_apps(models.options.apps)

    def run() -> None:
        with connection.schema_editor(atomic=False) as editor:
            AddIndexConcurrently("tickrun", INDEX).database_forwards("ground", editor, state, state)

    yield run
    ask("DROP INDEX IF EXISTS scene_started")


def ask(statement: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def index() -> list:
    return ask(
        "SELECT indexrelid, indisvalid FROM pg_index"
        " WHERE indexrelid = to_regclass('scene_started')"
    )


def test_an_index_that_is_there_already_stays(add):
    add()
    first = index()

    add()

    assert [is_valid for _number, is_valid in first] == [True]
    assert index() == first


def test_an_index_that_was_left_half_built_is_built_anew(add):
    for name in ("one", "two"):
        TickRun.objects.create(name=name, started_at=timezone.now())
    with suppress(IntegrityError):
        ask("CREATE UNIQUE INDEX CONCURRENTLY scene_started ON ground_tickrun ((1))")
    ((_number, was_valid),) = index()

    add()

    ((_number, is_valid),) = index()
    assert (was_valid, is_valid) == (False, True)


def test_every_migration_builds_indexes_so_that_it_may_be_killed():
    texts = {path: path.read_text() for path in modules(with_migrations=True)}
    plain = [
        path
        for path, text in texts.items()
        if "AddIndexConcurrently(" in text and "from ground.indexes import" not in text
    ]

    assert [path for path in plain if path.parts[0] != "ground"] == []


def test_a_second_start_waits_for_the_first(monkeypatch):
    begun, may_end, waits = threading.Event(), threading.Event(), []

    def hold() -> None:
        with migrate._only_one():
            begun.set()
            may_end.wait(timeout=60)

    def end_the_first(seconds: float) -> None:
        waits.append(seconds)
        may_end.set()
        first.join()

    monkeypatch.setattr(migrate, "sleep", end_the_first)
    first = threading.Thread(target=lambda: elsewhere(hold))
    first.start()
    assert begun.wait(timeout=60)

    call_command("migrate", verbosity=0)

    assert waits == [migrate._PAUSE]
