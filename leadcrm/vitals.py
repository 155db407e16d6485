"""How the installation is doing: queues, ticks, disk, spool. Read by every door that asks.

Reads only. ``as_of`` is the moment against which everything is late or not.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Min, Q
from redis import Redis
from redis.exceptions import RedisError

from ground.due import DueRow, queues
from ground.models import TickRun
from ground.ticks import TICKS

# An alarm comes within five minutes of a silent stop.
LATE_QUEUE = timedelta(minutes=5)
# A tick may run as long as Celery lets a task run, and a moment more.
LATE_TICK = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)
LATE_SPOOL = timedelta(minutes=5)
FULL_DISK = 0.95


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue of due rows: how many are due, since when the oldest, how many are set aside."""

    name: str
    due: int
    oldest_due_at: datetime | None
    quarantined: int

    def age(self, as_of: datetime) -> timedelta:
        """Return for how long the oldest due row has waited."""
        return as_of - self.oldest_due_at if self.oldest_due_at else timedelta(0)

    def is_late(self, as_of: datetime) -> bool:
        """Tell whether the queue stands still."""
        return self.age(as_of) > LATE_QUEUE


@dataclass(frozen=True, slots=True)
class TickState:
    """One tick: how often it should run, when it last started, what went wrong then."""

    name: str
    every: timedelta
    started_at: datetime | None
    last_error: str

    def is_late(self, as_of: datetime) -> bool:
        """Tell whether the tick should have started again by now; one that never ran should."""
        return self.started_at is None or as_of - self.started_at > self.every + LATE_TICK


def queue_states(as_of: datetime) -> list[QueueState]:
    """Return every queue, by name; one query a queue."""
    return [_queue_state(queue, as_of) for queue in queues()]


def _queue_state(queue: type[DueRow], as_of: datetime) -> QueueState:
    due = Q(due_at__lte=as_of, quarantined_at=None)
    found = queue._default_manager.aggregate(
        due=Count("pk", filter=due),
        oldest=Min("due_at", filter=due),
        quarantined=Count("pk", filter=Q(quarantined_at__isnull=False)),
    )
    return QueueState(queue.queue_name(), found["due"], found["oldest"], found["quarantined"])


def tick_states() -> list[TickState]:
    """Return every tick that is registered now, by name; one query."""
    runs = TickRun.objects.in_bulk()
    return [
        TickState(
            name,
            tick.every,
            runs[name].started_at if name in runs else None,
            runs[name].last_error if name in runs else "",
        )
        for name, tick in sorted(TICKS.items())
    ]


def is_database_there() -> bool:
    """Tell whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def is_redis_there() -> bool:
    """Tell whether Redis answers within two seconds."""
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def disk_use() -> float:
    """Return the part of the disk under the data folder that is used, 0 to 1."""
    usage = shutil.disk_usage(settings.VAR_DIR)
    return usage.used / usage.total


def spooled(as_of: datetime) -> tuple[int, timedelta]:
    """Return how many submissions wait in the spool on this machine and how long the oldest has."""
    spooled = settings.SPOOL_DIR / "submissions"
    if not spooled.is_dir():
        return 0, timedelta(0)
    times = [path.stat().st_mtime for path in spooled.rglob("*") if path.is_file()]
    if not times:
        return 0, timedelta(0)
    return len(times), timedelta(seconds=max(0.0, as_of.timestamp() - min(times)))


def readiness(as_of: datetime) -> dict[str, bool]:
    """Return which parts are well, by name; asks no further when the database is away.

    ``clock`` says that beat and a worker answer: every tick has started in time. ``queues`` says
    that no due row waits too long.
    """
    parts: dict[str, Callable[[], bool]] = {
        "redis": is_redis_there,
        "clock": lambda: not any(tick.is_late(as_of) for tick in tick_states()),
        "queues": lambda: not any(queue.is_late(as_of) for queue in queue_states(as_of)),
    }
    if not is_database_there():
        return {"database": False, "redis": is_redis_there(), "clock": False, "queues": False}
    return {"database": True} | {name: is_well() for name, is_well in parts.items()}
