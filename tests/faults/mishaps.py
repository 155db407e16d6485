"""Everything that breaks while a ledger is running, one after the other."""

import signal
from collections.abc import Callable
from functools import partial

from tests.faults.ledger import Ledger
from tests.faults.servers import Installation, kill

# So many more are accepted while something is away before it comes back.
WHILE_AWAY = 50


def let_everything_break(
    installation: Installation, ledger: Ledger, *, outage: float, redis_outage: float = 0
) -> None:
    """Hurt the installation at fixed parts of the way through the ledger; mend it each time.

    PostgreSQL is away for at least ``outage`` seconds in the middle. Redis is back before that, or
    with ``redis_outage`` after so many seconds, when almost everything else is over.
    """
    redis_back = 0.88 if redis_outage else 0.22
    steps: list[tuple[float, Callable[[Installation, Ledger], None]]] = [
        (0.03, kill_one_web_worker),
        (0.06, stop_redis),
        (0.10, kill_one_web_worker),
        (0.14, hang_postgres),
        (redis_back, partial(start_redis_empty, outage=redis_outage)),
        (0.26, end_every_connection),
        (0.30, partial(stop_postgres, outage=outage)),
        (0.65, kill_the_worker),
        (0.75, crash_postgres),
        (0.85, kill_every_web_worker),
        (0.90, flush_redis),
    ]
    for share, step in sorted(steps, key=lambda step: step[0]):
        ledger.wait_for(int(share * len(ledger.forms)))
        step(installation, ledger)


def kill_one_web_worker(installation: Installation, ledger: Ledger) -> None:
    workers = installation.web_workers()
    kill(workers[ledger.done % len(workers)])


def kill_every_web_worker(installation: Installation, ledger: Ledger) -> None:
    for pid in installation.web_workers():
        kill(pid)


def kill_the_worker(installation: Installation, ledger: Ledger) -> None:
    for pid in installation.celery():
        kill(pid)


def stop_redis(installation: Installation, ledger: Ledger) -> None:
    installation.redis.stop()


def start_redis_empty(installation: Installation, ledger: Ledger, *, outage: float) -> None:
    installation.redis.wait_until_away_for(outage)
    installation.redis.start()
    installation.flush_redis()


def flush_redis(installation: Installation, ledger: Ledger) -> None:
    installation.flush_redis()


def hang_postgres(installation: Installation, ledger: Ledger) -> None:
    with installation.postgres.frozen():
        ledger.wait_for(ledger.done + WHILE_AWAY)


def end_every_connection(installation: Installation, ledger: Ledger) -> None:
    installation.ask(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend'
        """
    )


def stop_postgres(installation: Installation, ledger: Ledger, *, outage: float) -> None:
    installation.postgres.stop()
    ledger.wait_for(ledger.done + WHILE_AWAY)
    kill_one_web_worker(installation, ledger)
    ledger.wait_for(ledger.done + WHILE_AWAY)
    installation.postgres.wait_until_away_for(outage)
    installation.postgres.start()


def crash_postgres(installation: Installation, ledger: Ledger) -> None:
    """End it in the middle of its transactions; it has to recover from its log."""
    installation.postgres.stop(signal.SIGQUIT)
    installation.postgres.start()
