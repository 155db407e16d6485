"""Everything of one installation, until Ctrl-C: what `manage.py up` becomes.

The services first, then the database is brought up to date, then the processes. On the way down
the same backwards; at most ten seconds.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO

from leadcrm.embedded.hold import Hold, hold
from leadcrm.embedded.installation import Installation, InstallationError, choose
from leadcrm.embedded.rights import starter
from leadcrm.embedded.runner import STOP_SIGNALS, Runner
from leadcrm.embedded.service import ServiceError


def say(name: str, text: str) -> None:
    """Print one line of a process."""
    sys.stdout.write(f"{name:>6} | {text}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Run until a signal; return 0 after one, 1 when something cannot run."""
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            # A second Ctrl-C must not break the way down.
            stack.callback(_ignore_signals)
            code = _run(_options(words), stack)
            _ignore_signals()
    except KeyboardInterrupt:
        code = 0
    except (InstallationError, ServiceError) as error:
        say("up", str(error))
        return 1
    say("up", "Stopped.")
    return code


def _options(words: list[str]) -> Namespace:
    parser = ArgumentParser()
    parser.add_argument("--var", type=Path, required=True)
    parser.add_argument("--service", action="append", default=[])
    parser.add_argument("--port", type=int)
    parser.add_argument("--demo", choices=["yes", "no", "auto"], default="auto")
    return parser.parse_args(words)


def _run(options: Namespace, stack: ExitStack) -> int:
    lock = _be_the_only_one(options.var, stack)
    installation = choose(options.var, port=options.port, is_demo=options.demo != "no")
    if options.service:
        say("up", f"Starting {' and '.join(options.service)} …")
    holds = stack.enter_context(hold(options.service, options.var))
    is_demo, lines = _prepare(installation, options.demo)
    if not is_demo:
        installation = replace(installation, is_demo=False, site_port=0, mail_port=0)
    lock.write(installation.address)
    lock.flush()
    runner = Runner(
        installation.programs(),
        installation.environment(os.environ),
        say=say,
        look=_look(installation, holds, lines),
    )
    return runner.run()


def _be_the_only_one(var: Path, stack: ExitStack) -> IO[str]:
    var.mkdir(parents=True, exist_ok=True)
    lock = stack.enter_context((var / "up.lock").open("a+"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise InstallationError(f"LeadCRM is running already: {lock.read().strip()}") from None
    lock.truncate(0)
    return lock


def _prepare(installation: Installation, demo: str) -> tuple[bool, list[str]]:
    """Bring the database up to date; return whether this is a demo, and lines for the greeting."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "prepare", f"--demo={demo}", f"--result={writing}"],
            env=installation.environment(os.environ),
            pass_fds=[writing],
            # Ctrl-C reaches us alone; we end it.
            start_new_session=True,
            preexec_fn=starter(None, when_orphaned=signal.SIGTERM),
        )
        try:
            os.close(writing)
            result = pipe.read()
            code = child.wait()
        finally:
            # Gone before the services are given back: it holds them too.
            child.kill()
            child.wait()
    if code:
        raise InstallationError("The database could not be prepared.")
    prepared = json.loads(result)
    return prepared["is_demo"], prepared["lines"]


def _look(installation: Installation, holds: list[Hold], lines: list[str]) -> Callable[[], str]:
    """Return what the runner asks: it greets when the pages are there, and misses a service."""
    to_say = greeting(installation, lines)

    def look() -> str:
        if to_say and _answers(installation.address):
            sys.stdout.write("\n".join(to_say))
            sys.stdout.flush()
            to_say.clear()
        for held in holds:
            if not held.has_keeper():
                return f"{held.name} has stopped; see {held.home}."
        return ""

    return look


def greeting(installation: Installation, lines: list[str]) -> list[str]:
    """Return the lines that say where everything is and how to get in."""
    places = [f"LeadCRM runs at {installation.address}"]
    if installation.site_port:
        places.append(f"A website with its forms: {installation.site_address}")
    if installation.mail_port:
        places.append(f"The mails that it sends: {installation.address}/demo/mails/")
    places += [*lines, "Ctrl-C stops everything."]
    return ["", *(f"  {line}" for line in places), "", ""]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=0.5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
