import json
import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.services.running import Up, free_port, processes_with, wait_until


def files_with(text: str, folder: Path) -> list[Path]:
    """Return the files below ``folder``, those of the services too, in which ``text`` stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_the_installation_survives_kill_9_and_leaves_nothing_after_ctrl_c(var):
    up = Up(var, free_port())
    up.wait_until_ready()
    doctor = up.manage("doctor", "--json")
    second = up.manage("up", "--no-demo")
    way_in = re.compile(r"/setup/([\w-]+)/")
    wait_until(lambda: way_in.search(up.log.read_text()))
    (token,) = way_in.findall(up.log.read_text())

    assert json.loads(doctor.stdout)["problems"] == []
    assert doctor.returncode == 0
    assert second.returncode == 1
    assert f"LeadCRM is running already: http://127.0.0.1:{up.port}" in second.stdout
    assert files_with(token, var) == []

    up.process.kill()
    up.process.wait()
    wait_until(lambda: not processes_with(str(var)))

    up = Up(var, up.port)
    up.wait_until_ready()
    os.killpg(up.process.pid, signal.SIGINT)
    assert up.process.wait(60) == 0
    wait_until(lambda: not processes_with(str(var)))
    assert "Traceback" not in up.log.read_text()


def test_a_port_that_was_asked_for_and_is_taken_is_refused(var):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        up = Up(var, port)

        assert up.process.wait(30) == 1

    assert f"The port {port} is taken." in up.log.read_text()
