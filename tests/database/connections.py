"""Work on connections of its own, beside that of the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction

Result = TypeVar("Result")


def elsewhere(work: Callable[[], Result]) -> Result:
    """Run ``work`` on another connection and return what it returns."""
    (result,) = in_parallel(1, work)
    return result


def in_parallel(number: int, work: Callable[[], Result]) -> list[Result]:
    """Run ``work`` in threads with connections of their own, all at the same moment."""
    ready, results, errors = threading.Barrier(number), [], []

    def run() -> None:
        try:
            _be_impatient()
            ready.wait()
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results


def _be_impatient() -> None:
    """Give up waiting for a lock, so that a test ends that waits for itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")


@contextmanager
def open_transaction(work: Callable[[], object]) -> Iterator[None]:
    """Keep a transaction open on another connection in which ``work`` was done."""
    is_done, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            work()
            is_done.set()
            may_end.wait(timeout=60)

    thread = threading.Thread(target=lambda: in_parallel(1, hold))
    thread.start()
    try:
        assert is_done.wait(timeout=60)
        yield
    finally:
        may_end.set()
        thread.join()
