import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadcrm.embedded import runner
from leadcrm.embedded.runner import Program, Runner
from tests.services.running import processes_with, wait_until

WAIT = "import time; time.sleep(99)"


def _program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def _run(*programs: Program, look=lambda: "") -> tuple[int, list[str]]:
    lines: list[str] = []
    code = Runner(
        programs, os.environ, say=lambda name, text: lines.append(f"{name}: {text}"), look=look
    ).run()
    return code, lines


def test_what_the_programs_write_comes_out_under_their_names():
    lines = []
    one = _program("one", f"print('hello', flush=True); {WAIT}")
    two = _program("two", f"print('a\\nb', flush=True); {WAIT}")

    code = Runner(
        [one, two],
        os.environ,
        say=lambda name, text: lines.append((name, text)),
        look=lambda: "Enough." if len(lines) >= 3 else "",
    ).run()

    assert code == 1
    assert sorted(lines[:3]) == [("one", "hello"), ("two", "a"), ("two", "b")]
    assert lines[3] == ("up", "Enough. Stopping everything.")


def test_a_program_that_ends_is_started_again(tmp_path):
    starts = tmp_path / "starts"
    worker = _program(
        "worker",
        f"""
import sys, time
with open({str(starts)!r}, "a") as file: file.write("x")
if open({str(starts)!r}).read() == "x": sys.exit(3)
time.sleep(99)
""",
    )

    def look():
        return "Seen." if starts.exists() and starts.read_text() == "xx" else ""

    _code, lines = _run(worker, look=look)

    assert lines[0] == "up: worker ended (code 3); starting it again in 1 s."


def test_a_program_that_cannot_run_ends_everything(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "_LONGEST_PAUSE", 0.01)
    mark = str(tmp_path)

    code, lines = _run(
        _program("web", "import sys; sys.exit(1)"), _program("beat", f"{WAIT} # {mark}")
    )

    assert code == 1
    assert lines[-1] == "up: web ended 5 times right after its start. Stopping everything."
    assert processes_with(mark) == []


def test_a_program_that_does_not_listen_is_killed_with_its_children(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "STOP_LIMIT", 0.5)
    mark = str(tmp_path)
    stubborn = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99) # {mark}"])
open({mark!r} + "/there", "w").close()
time.sleep(99)
"""
    started = time.monotonic()

    code, _lines = _run(
        _program("worker", stubborn),
        look=lambda: "Enough." if Path(mark, "there").exists() else "",
    )

    assert code == 1
    wait_until(lambda: not processes_with(mark))
    # The program itself ends after 99 seconds.
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_and_counts_as_success(number):
    sent = []

    def look():
        if not sent:
            sent.append(os.kill(os.getpid(), number))
        return ""

    before = signal.getsignal(number)
    code, _lines = _run(_program("web", WAIT), look=look)

    assert code == 0
    assert signal.getsignal(number) is before


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_programs_do_not_outlive_a_killed_runner(tmp_path):
    mark = str(tmp_path)
    code = f"""
import os, sys
from leadcrm.embedded.runner import Program, Runner
wait = [sys.executable, "-c", "import time; time.sleep(99) # {mark}"]
Runner([Program("a", wait), Program("b", wait)], os.environ, say=print, look=lambda: "").run()
"""
    parent = subprocess.Popen([sys.executable, "-c", code])
    # The two and the runner itself, whose code has the mark in it too.
    wait_until(lambda: len(processes_with(mark)) == 3)

    parent.kill()
    parent.wait()

    wait_until(lambda: not processes_with(mark))
