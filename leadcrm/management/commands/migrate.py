from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.core.management.commands import migrate
from django.db import connection

_LOCK = 7_366_170_300
_PAUSE = 0.5


class Command(migrate.Command):
    """Bring the database up to date, one start after the other.

    Two at once, as two machines of a new version do, would both make the same tables.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        with _only_one():
            super().handle(*args, **options)


@contextmanager
def _only_one() -> Iterator[None]:
    # Asked for again and again: whoever waited in the database would hold up the building of
    # indexes, which waits for everybody who began before it.
    while not _ask("SELECT pg_try_advisory_lock(%s)"):
        sleep(_PAUSE)
    try:
        yield
    finally:
        _ask("SELECT pg_advisory_unlock(%s)")


def _ask(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [_LOCK])
        return bool(cursor.fetchone()[0])
