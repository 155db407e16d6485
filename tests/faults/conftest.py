import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.killing import Site, kill
from tests.faults.smtp_server import FaultyServer, make_maildir
from tests.nurturing.conftest import organisation

__all__ = ["organisation"]

# One answer of the mail server; a claim lasts four times as long.
TIMEOUT = 3


@pytest.fixture
def mails() -> Iterator[FaultyServer]:
    """A mail server that kills and misbehaves as its plan says."""
    server = FaultyServer(strike=kill, hang=TIMEOUT + 2)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def copies(mails: FaultyServer, tmp_path: Path) -> Path:
    """The folder in which the mail server keeps a copy of all it accepts."""
    mails.copies = make_maildir(tmp_path / "copies")
    return mails.copies


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for the files of the processes."""
    found = Path(tempfile.mkdtemp(prefix="lc-"))
    yield found
    shutil.rmtree(found)


def settings_for(mails: FaultyServer, **extra: object) -> dict[str, str]:
    """Return the environment of a site that sends through ``mails`` and is quick to give up."""
    values = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": mails.port,
        "SMTP_TIMEOUT": TIMEOUT,
        "MAIL_COPY_DELAY": 1,
        "MAILS_PER_MINUTE": 100_000,
        "MAILS_PER_MINUTE_AND_DOMAIN": 100_000,
        **extra,
    }
    return {f"LEADCRM_{name}": str(value) for name, value in values.items()}


@pytest.fixture
def site(transactional_db, mails: FaultyServer, copies: Path, folder: Path) -> Iterator[Site]:
    """An installation without processes yet; its mail server can be asked what it accepted."""
    with Site(folder, **settings_for(mails, MAIL_COPY_DIR=copies)) as running:
        yield running


@pytest.fixture
def silent_site(transactional_db, mails: FaultyServer, folder: Path) -> Iterator[Site]:
    """The same with a mail server that nobody can ask."""
    with Site(folder, **settings_for(mails)) as running:
        yield running
