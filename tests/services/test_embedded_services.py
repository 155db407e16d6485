import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from leadcrm.embedded import addresses
from leadcrm.embedded.hold import Hold, hold
from leadcrm.embedded.keeper import Keeper, StopAskedError, listen
from leadcrm.embedded.postgres import Postgres
from leadcrm.embedded.service import ServiceError
from tests.services.running import is_alive, processes_with, wait_until

BOTH = ["postgres", "redis"]


def _ask(var: Path, statement: str) -> tuple:
    connection = psycopg2.connect(addresses.embedded_database_url(var))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else ()
    finally:
        connection.close()


def _redis(var: Path) -> Redis:
    return Redis.from_url(addresses.embedded_redis_url(var))


def _keeper(var: Path, name: str) -> int:
    return int((var / name / "ready").read_text())


def _written(path: Path) -> str:
    """Return what stands in a file by now; "" while it is not there or not written yet."""
    return path.read_text().strip() if path.exists() else ""


def _server(var: Path, name: str) -> int:
    path = {"postgres": "data/postmaster.pid", "redis": "redis.pid"}[name]
    return int((var / name / path).read_text().split("\n")[0])


def test_both_services_answer_while_they_are_held_and_are_gone_afterwards(var):
    with hold(BOTH, var):
        role = _ask(
            var,
            "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user",
        )
        with _redis(var) as redis:
            policy = redis.config_get("maxmemory-policy") | redis.config_get("appendonly")

    assert role == ("leadcrm", False, True)
    assert policy == {"maxmemory-policy": "noeviction", "appendonly": "yes"}
    wait_until(lambda: not processes_with(str(var)))


def test_data_are_there_again_at_the_next_start(var):
    with hold(BOTH, var):
        _ask(var, "CREATE TABLE kept (word text)")
        _ask(var, "INSERT INTO kept VALUES ('Grüße')")
        with _redis(var) as redis:
            redis.set("kept", "Grüße")

    with hold(BOTH, var):
        with _redis(var) as redis:
            assert redis.get("kept") == "Grüße".encode()
        assert _ask(var, "SELECT word FROM kept") == ("Grüße",)


def test_the_first_to_leave_does_not_take_the_service_from_the_second(var):
    first, second = Hold("redis", var), Hold("redis", var)
    first.__enter__()
    second.__enter__()
    keeper = _keeper(var, "redis")

    first.__exit__()

    with _redis(var) as redis:
        assert redis.ping()
    assert _keeper(var, "redis") == keeper
    second.__exit__()
    wait_until(lambda: not is_alive(keeper))


def test_a_killed_holder_leaves_nothing_running(var):
    code = """
import sys, time
from pathlib import Path
from leadcrm.embedded.hold import hold
with hold(["postgres", "redis"], Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(99)
"""
    holder = subprocess.Popen([sys.executable, "-c", code, str(var)], stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()

    wait_until(lambda: not processes_with(str(var)))


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_a_killed_keeper_takes_its_server_along_and_the_next_start_recovers(var):
    with hold(["postgres"], var):
        _ask(var, "CREATE TABLE kept (word text)")
        server = _server(var, "postgres")
        os.kill(_keeper(var, "postgres"), signal.SIGKILL)
        wait_until(lambda: not is_alive(server))

    with hold(["postgres"], var):
        assert _ask(var, "SELECT count(*) FROM kept") == (0,)


def test_a_server_that_dies_is_started_again(var):
    with hold(["redis"], var):
        server = _server(var, "redis")
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: _written(var / "redis/redis.pid") not in ("", str(server)))
        wait_until((var / "redis/ready").exists)

        with _redis(var) as redis:
            assert redis.ping()


def test_a_server_that_outlived_its_keeper_is_ended_first(var):
    service = Postgres(var)
    service.prepare()
    orphan = service.start()
    wait_until(service.is_ready)

    with hold(["postgres"], var):
        assert orphan.wait(10) == 0
        assert _server(var, "postgres") != orphan.pid


def test_a_process_id_that_somebody_else_has_now_stops_no_start(var):
    with hold(["postgres"], var):
        left = (var / "postgres/data/postmaster.pid").read_text().split("\n")
    left[0] = str(os.getpid())
    (var / "postgres/data/postmaster.pid").write_text("\n".join(left))

    with hold(["postgres"], var):
        assert _ask(var, "SELECT 1") == (1,)


def test_two_checkouts_run_side_by_side(var):
    other = var.parent / "other"
    with hold(BOTH, var), hold(BOTH, other):
        _ask(var, "CREATE TABLE here (id int)")

        assert _ask(var, "SELECT to_regclass('here') IS NULL") == (False,)
        assert _ask(other, "SELECT to_regclass('here') IS NULL") == (True,)
        assert _server(var, "redis") != _server(other, "redis")


def test_a_path_that_is_too_long_for_a_socket_works_too(var):
    deep = var / ("ä" * 60)
    with hold(BOTH, deep):
        assert _ask(deep, "SELECT 1") == (1,)
        with _redis(deep) as redis:
            assert redis.ping()

    assert addresses.socket_folder(deep).parent == Path(tempfile.gettempdir())


def test_a_blank_and_a_capital_in_the_path_are_no_trouble(var):
    named = var / "Meine Ablage"
    with hold(BOTH, named):
        assert _ask(named, "SELECT 1") == (1,)


def test_a_start_that_fails_says_why(var, monkeypatch):
    monkeypatch.setenv("LEADCRM_POSTGRES_BIN", "/nowhere")

    with pytest.raises(ServiceError, match="/nowhere"), hold(["postgres"], var):
        pytest.fail("It cannot have started.")

    assert not Hold("postgres", var).has_keeper()


def test_a_sockets_folder_of_somebody_else_is_refused(var, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr("leadcrm.embedded.postgres.server_account", lambda data: None)

    with pytest.raises(ServiceError, match="belongs to somebody else"):
        Postgres(var).prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a server as somebody else")
def test_root_gives_postgresql_to_somebody_who_keeps_no_other_right(var):
    with hold(["postgres"], var):
        status = Path(f"/proc/{_server(var, 'postgres')}/status").read_text()

    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert "0" not in fields["Uid"].split()
    assert int(fields["CapEff"], 16) in (1 << 1, 1 << 2)
    assert (var / "postgres/data").stat().st_mode & 0o777 == 0o700


class Interrupted:
    """A server whose keeper is asked to end while it looks whether the server lives."""

    looks = 0

    def poll(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        self.looks += 1


def test_being_asked_to_end_interrupts_no_look_at_the_server(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    keeper = Keeper(Postgres(tmp_path), lambda: None, listen())
    keeper.server = server = Interrupted()

    try:
        keeper._mend()
        with pytest.raises(StopAskedError):
            keeper._pause(5)
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, before)

    assert server.looks == 1
