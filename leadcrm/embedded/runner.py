"""Runs the processes of one installation side by side, their lines under their names.

A process that ends is started again after a growing pause: a worker that was killed for its memory
must come back without a person. One that ends ``GIVE_UP_AFTER`` times in a row within ``STEADY`` of
its start can never run (a port that is taken, a wrong setting); then all are stopped and the exit
code is 1, so that nobody takes half an installation for a whole one.

Not honcho: it stops everything when one process ends, and leaves everything running when it is
killed itself.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, cast

from leadcrm.embedded.rights import starter

GIVE_UP_AFTER = 5
STEADY = 10.0
STOP_LIMIT = 7.0
_LONGEST_PAUSE = 30.0
_LOOK_EVERY = 0.25
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Program:
    """One process: its name in the output, its command, and how it is doing."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0
    unfinished: bytes = field(default=b"", repr=False)


class Runner:
    """Runs ``programs`` under ``environment`` until a signal, ``give_up`` or a hopeless one.

    ``say`` prints a line of the name and the text. ``look`` is called a few times a second; a text
    that it returns ends everything and says why.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        environment: Mapping[str, str],
        *,
        say: Callable[[str, str], None],
        look: Callable[[], str],
    ) -> None:
        self.programs = programs
        self.environment = environment
        self.say = say
        self.look = look
        self.asked = 0
        self._pipes = selectors.DefaultSelector()

    def run(self) -> int:
        """Run all; return 0 after a signal, 1 when something cannot run."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in STOP_SIGNALS}
        trouble = ""
        try:
            while not self.asked and not trouble:
                for program in self.programs:
                    trouble = trouble or self._tend(program)
                self._relay(_LOOK_EVERY)
                trouble = trouble or self.look()
        finally:
            if trouble:
                self.say("up", f"{trouble} Stopping everything.")
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 1 if trouble else 0

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    def _tend(self, program: Program) -> str:
        """Start ``program`` when it is time to; return why there is no use in trying again."""
        now = time.monotonic()
        if program.process is None:
            if now >= program.start_at:
                self._start(program)
            return ""
        code = program.process.poll()
        if code is None:
            return ""
        self._relay(0)
        program.process = None
        program.failures = 1 if now - program.started_at > STEADY else program.failures + 1
        if program.failures >= GIVE_UP_AFTER:
            return f"{program.name} ended {program.failures} times right after its start."
        pause = min(2.0 ** (program.failures - 1), _LONGEST_PAUSE)
        program.start_at = now + pause
        self.say("up", f"{program.name} ended (code {code}); starting it again in {pause:.0f} s.")
        return ""

    def _start(self, program: Program) -> None:
        program.started_at = time.monotonic()
        program.process = subprocess.Popen(  # noqa: S603 - our own command
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.environment),
            # Ctrl-C reaches us alone, so that we stop the others in order.
            start_new_session=True,
            preexec_fn=starter(None, when_orphaned=signal.SIGTERM),
        )
        if program.process.stdout is not None:
            os.set_blocking(program.process.stdout.fileno(), False)
            self._pipes.register(program.process.stdout, selectors.EVENT_READ, program)

    def _relay(self, seconds: float) -> None:
        """Print what has been written; wait up to ``seconds`` for something."""
        if not self._pipes.get_map():
            time.sleep(seconds)
            return
        for key, _events in self._pipes.select(seconds):
            program: Program = key.data
            data = os.read(key.fd, 65_536)
            *lines, program.unfinished = (program.unfinished + data).split(b"\n")
            if not data:
                self._pipes.unregister(key.fileobj)
                cast("IO[bytes]", key.fileobj).close()
                lines, program.unfinished = [program.unfinished], b""
            for line in lines:
                if text := line.decode(errors="replace").rstrip():
                    self.say(program.name, text)

    def _stop(self) -> None:
        running = [program.process for program in self.programs if program.process]
        for process in running:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + STOP_LIMIT
        # A second Ctrl-C means at once.
        while any(process.poll() is None for process in running):
            if time.monotonic() > end or self.asked > 1:
                break
            self._relay(0.05)
        for process in running:
            _kill_group(process)
            process.wait()
        self._relay(0)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    # Its children too: a killed worker leaves its pool behind.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
