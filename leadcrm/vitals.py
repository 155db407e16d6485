"""How the installation is doing: queues, ticks, disk, spool. Read by every door that asks.

Reads only. ``as_of`` is the moment against which everything is late or not.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from capture import spool
from ground.due import LATE, DueRow, queues
from ground.models import TickRun
from ground.ticks import TICKS, database_now
from nurturing.actions.queueing import SEND_TICK
from nurturing.queries import oldest_waiting_mail

# An alarm comes within five minutes of a silent stop.
LATE_QUEUE = LATE
# A tick may run as long as Celery lets a task run, and a moment more.
LATE_TICK = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 30)
LATE_SPOOL = timedelta(minutes=5)
LATE_MAIL = timedelta(minutes=5)
FULL_DISK = 0.95
# Clocks that are set over the network differ by milliseconds.
WRONG_CLOCK = timedelta(seconds=30)


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
    finished_at: datetime | None
    succeeded_at: datetime | None
    worked_at: datetime | None
    last_error: str

    def is_late(self, as_of: datetime) -> bool:
        """Tell whether the tick should have started again by now; one that never ran should."""
        return self.started_at is None or as_of - self.started_at > self.every + LATE_TICK

    def is_hanging(self, as_of: datetime) -> bool:
        """Tell whether the tick began and has not ended in the time that it has."""
        if self.started_at is None or as_of - self.started_at <= LATE_TICK:
            return False
        return self.finished_at is None or self.finished_at < self.started_at

    def is_failing(self, as_of: datetime) -> bool:
        """Tell whether the tick has ended in errors for longer than one missed run."""
        if not self.last_error:
            return False
        return self.succeeded_at is None or as_of - self.succeeded_at > self.every + LATE_TICK

    def is_well(self, as_of: datetime) -> bool:
        """Tell whether the tick runs in time, comes to an end and does its work."""
        return not (self.is_late(as_of) or self.is_hanging(as_of) or self.is_failing(as_of))


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
    return [_tick_state(name, tick.every, runs.get(name)) for name, tick in sorted(TICKS.items())]


def _tick_state(name: str, every: timedelta, run: TickRun | None) -> TickState:
    if run is None:
        return TickState(name, every, None, None, None, None, "")
    return TickState(
        name,
        every,
        run.started_at,
        run.finished_at,
        run.succeeded_at,
        run.worked_at,
        run.last_error,
    )


def is_database_there() -> bool:
    """Tell whether the database answers a query and takes changes, as one in recovery does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only') = 'off'")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def clock_offset() -> timedelta:
    """Return how far the clock of this machine is ahead of the database's; negative when behind.

    What is asked for here is due that much later, and a worker whose clock is a minute ahead takes
    every tick for one that came too late.
    """
    before = timezone.now()
    there = database_now()
    return before + (timezone.now() - before) / 2 - there


def is_clock_right() -> bool:
    """Tell whether the clock of this machine goes by that of the database."""
    return abs(clock_offset()) <= WRONG_CLOCK


def is_redis_there() -> bool:
    """Tell whether Redis answers within two seconds and has room for what it is given."""
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.set("leadcrm:there", 1, ex=60))
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def disk_use() -> float:
    """Return the part of the disk under the data folder that is used, 0 to 1.

    Of what we may use: a twentieth or more is often kept back for the system, and a disk of which
    95 % are used has no room for us.
    """
    usage = shutil.disk_usage(settings.VAR_DIR)
    return usage.used / (usage.used + usage.free)


def spooled(as_of: datetime) -> tuple[int, timedelta]:
    """Return how many submissions wait in the spool on this machine and how long the oldest has."""
    times = []
    for path in spool.waiting():
        # A file may be drained in between.
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    if not times:
        return 0, timedelta(0)
    return len(times), timedelta(seconds=max(0.0, as_of.timestamp() - min(times)))


def unreadable() -> int:
    """Return how many files of the spool were put aside because nobody can read them."""
    folder = spool.refused_folder()
    return sum(1 for _path in folder.iterdir()) if folder.is_dir() else 0


def stalled_mail(as_of: datetime) -> timedelta:
    """Return for how long mails have waited while none went out; nothing when some did."""
    oldest = oldest_waiting_mail(as_of)
    if oldest is None or as_of - oldest <= LATE_MAIL:
        return timedelta(0)
    run = TickRun.objects.filter(name=SEND_TICK).first()
    is_moving = run and run.worked_at and as_of - run.worked_at <= LATE_MAIL
    return timedelta(0) if is_moving else as_of - oldest


def readiness(as_of: datetime) -> dict[str, bool | list[str]]:
    """Return which parts are well, by name; asks no further when the database is away.

    ``clock`` says that beat and a worker answer: every tick starts in time, ends and does not
    fail. ``time`` says that the clock of this machine is right, ``queues`` that no due row waits
    too long, ``spool`` that submissions come out of the folder, ``mails`` that due mails go out.
    ``late`` names what is not well, where it has a name.
    """
    is_spool_well = spooled(as_of)[1] <= LATE_SPOOL
    parts: dict[str, bool] = {
        "database": is_database_there(),
        "redis": is_redis_there(),
        "clock": False,
        "time": False,
        "queues": False,
        "spool": is_spool_well,
        "mails": False,
    }
    if not parts["database"]:
        return dict(parts)
    ticks = [tick.name for tick in tick_states() if not tick.is_well(as_of)]
    late = [queue.name for queue in queue_states(as_of) if queue.is_late(as_of)]
    parts |= {"clock": not ticks, "time": is_clock_right()}
    parts |= {"queues": not late, "mails": not stalled_mail(as_of)}
    return parts | ({"late": [*ticks, *late]} if ticks or late else {})
