"""One file that holds a whole installation: the database, the files on disk, the secret keys."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import connection

from leadcrm.embedded.postgres import Postgres

_DUMP = "database.dump"
_KEYS = "keys.json"
# What stands on disk and nowhere else.
_FOLDERS = ("media", "spool")


class BackupError(Exception):
    """Nothing was written; the message says why."""


def back_up(target: Path) -> None:
    """Write the installation into the tar file ``target``, readable by its owner only.

    The dump is one consistent moment; LeadCRM may run meanwhile. The file appears whole or not at
    all. Raises ``BackupError``.
    """
    draft = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, _DUMP)
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        keys = Path(folder, _KEYS)
        keys.write_text(
            json.dumps({"secret": settings.SECRET_KEY, "suppression": settings.SUPPRESSION_KEY})
        )
        try:
            with (
                os.fdopen(
                    os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb"
                ) as out,
                tarfile.open(fileobj=out, mode="w") as archive,
            ):
                for path in (dump, keys):
                    archive.add(path, path.name)
                for path in (settings.VAR_DIR / name for name in _FOLDERS):
                    if path.is_dir():
                        archive.add(path, path.name)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def restore(source: Path) -> list[str]:
    """Fill an empty installation from ``source``; return what is left to do by hand.

    The database comes back in one transaction. Raises ``BackupError``, also when there is anything
    in the database already.
    """
    if connection.introspection.table_names():
        raise BackupError("The database is not empty; nothing was changed.")
    connection.close()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with tarfile.open(source) as archive:
                _unpack(archive, folder)
            keys = json.loads((folder / _KEYS).read_text())
        except (OSError, tarfile.TarError, ValueError) as error:
            raise BackupError(f"{source} is no backup of LeadCRM: {error}") from error
        _run(
            "pg_restore",
            *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
            str(folder / _DUMP),
        )
        for part in _FOLDERS:
            if (folder / part).is_dir():
                shutil.copytree(folder / part, settings.VAR_DIR / part, dirs_exist_ok=True)
    return _put_back(keys)


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    # SECURITY: plain files and folders below `folder` only. The filter of the library came with
    # Python 3.11.4, and Debian 12 has an older one.
    for member in archive.getmembers():
        path = Path(member.name)
        if not (member.isfile() or member.isdir()) or path.is_absolute() or ".." in path.parts:
            raise tarfile.TarError(f"{member.name} does not belong there.")
    archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
    archive.extractall(folder)  # noqa: S202 - checked above


def _put_back(keys: dict[str, str]) -> list[str]:
    path = settings.VAR_DIR / "secret_key"
    left = []
    if path.exists() and path.read_text() == settings.SECRET_KEY:
        path.write_text(keys["secret"])
    elif keys["secret"] != settings.SECRET_KEY:
        left.append(f"Set LEADCRM_SECRET_KEY to {keys['secret']}")
    if keys["suppression"] not in (keys["secret"], settings.SUPPRESSION_KEY):
        left.append(f"Set LEADCRM_SUPPRESSION_KEY to {keys['suppression']}")
    return left


def _run(program: str, *words: str) -> None:
    database = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    address = {
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"]),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [_path(program), f"--dbname={database['NAME']}", *words],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {name: value for name, value in address.items() if value},
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def _path(program: str) -> str:
    if "postgres" in settings.EMBEDDED_SERVICES:
        return Postgres(settings.VAR_DIR).program(program)
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"{program} is not installed; it comes with the client of PostgreSQL.")
    return found
