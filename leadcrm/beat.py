"""The clock: fires the ticks through Celery, and runs them itself while the queue takes none."""

from typing import Any

import structlog
from celery.beat import PersistentScheduler, ScheduleEntry, SchedulingError
from django.db import close_old_connections

from ground.ticks import database_now, run_tick

log = structlog.get_logger(__name__)


class TickScheduler(PersistentScheduler):
    """Beat's plan, which needs no Redis: without it everything is done here, one after the other.

    Slower than workers, but nothing waits for Redis to come back or to have room again.
    """

    # Beat would wait for a connection of its own; publishing opens one, or fails at once.
    producer = None  # type: ignore[assignment]

    def apply_async(
        self,
        entry: ScheduleEntry,
        producer: object = None,
        advance: bool = True,
        **options: Any,
    ) -> Any:
        """Publish a tick; when the queue does not take it, run it."""
        try:
            return super().apply_async(entry, None, advance, **options)
        except SchedulingError as error:
            log.warning("tick_not_queued", tick=entry.name, error=type(error.__context__).__name__)
        return self._run(str(entry.name))

    def _run(self, name: str) -> int | None:
        close_old_connections()
        try:
            return run_tick(name, as_of=database_now())
        except Exception:
            log.exception("tick_failed", tick=name)
            return None
