"""The web server as in production, over the database of the benchmark."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection


@contextmanager
def served(*, settings_module: str = "leadcrm.settings", **environment: str) -> Iterator[int]:
    """Run gunicorn with two workers, as ``manage.py up`` does; gives its port."""
    port = _free_port()
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:leadcrm.web_server"),
            *("--bind", f"127.0.0.1:{port}", "leadcrm.wsgi"),
        ],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": settings_module,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "WEB_CONCURRENCY": "2",
            "PROMETHEUS_MULTIPROC_DIR": str(settings.VAR_DIR / f"metrics-{port}"),
        }
        | environment,
    )
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        running.terminate()
        running.wait(30)


def database_url() -> str:
    """Return the address of the database that this process uses now."""
    used = connection.settings_dict
    who = quote(used["USER"]) + (f":{quote(used['PASSWORD'])}" if used["PASSWORD"] else "")
    if str(used["HOST"]).startswith("/"):
        return f"postgresql://{who}@/{used['NAME']}?host={used['HOST']}"
    return f"postgresql://{who}@{used['HOST']}:{used['PORT'] or 5432}/{used['NAME']}"


class Client:
    """One connection that stays open, as a browser keeps it."""

    def __init__(self, port: int, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = headers

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> int:
        """Return the status of the answer, which is read to its end."""
        try:
            return self._ask(method, path, body, headers)
        except (ConnectionError, http.client.HTTPException):
            # The server closed a connection that was idle; a browser opens another one as well.
            self.connection.close()
            return self._ask(method, path, body, headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> int:
        self.connection.request(method, path, body, self.headers | headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def at_once(
    workers: int, seconds: float, ask: Callable[[int], bool], *, per_second: float = 0
) -> tuple[int, float, list[float]]:
    """Let ``workers`` ask again and again; returns how many were accepted, seconds, and times.

    ``ask`` gets the number of the worker. With ``per_second`` all together ask so often, on a
    clock that does not wait for answers; a time then counts from when it should have begun.
    """
    started = time.perf_counter()
    times: list[float] = []
    accepted: list[bool] = []

    def work(number: int) -> None:
        turn = number
        while True:
            due = started + turn / per_second if per_second else time.perf_counter()
            if due >= started + seconds:
                return
            time.sleep(max(0.0, due - time.perf_counter()))
            accepted.append(ask(number))
            times.append(time.perf_counter() - due)
            turn += workers

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(accepted), time.perf_counter() - started, times


def p(share: float, times: Sequence[float]) -> float:
    """Return the quantile of ``times``, in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_it_answers(port: int) -> None:
    for _try in range(600):
        try:
            if Client(port).ask("GET", "/healthz") == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The web server does not answer.")
