import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from django.db import connection

from leadcrm.backups import BackupError, restore

PROJECT = Path(__file__).parent.parent.parent
COUNT = """
import json
from leads.models import Lead
from django.conf import settings
print(json.dumps([list(Lead.objects.values_list("first_name", flat=True)), settings.SECRET_KEY]))
"""
ENTER = """
from django.conf import settings
from tests.factories import make_lead
make_lead(first_name="Jörg")
settings.MEDIA_ROOT.mkdir(parents=True)
(settings.MEDIA_ROOT / "offer.pdf").write_bytes(b"%PDF")
"""


class Installation:
    """Commands on an installation of its own with embedded services."""

    def __init__(self, var: Path) -> None:
        self.var = var
        kept = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment["LEADCRM_VAR_DIR"] = str(var)

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )

    def shown(self) -> list:
        return json.loads(self.manage("shell", "--no-imports", "-c", COUNT).stdout)


@pytest.mark.case("D09")
def test_a_backup_restores_into_an_empty_installation_and_into_no_other(var):
    first = Installation(var)
    assert first.manage("migrate", "--verbosity=0").returncode == 0
    entered = first.manage("shell", "--no-imports", "-c", ENTER)
    assert entered.returncode == 0, entered.stderr
    file = var.parent / "backup.tar"

    made = first.manage("backup", str(file))
    again = Installation(var.parent / "other")
    restored = again.manage("restore", str(file))
    refused = again.manage("restore", str(file))

    assert made.returncode == 0, made.stderr
    assert restored.returncode == 0, restored.stderr
    assert again.shown() == first.shown()
    assert again.shown()[0] == ["Jörg"]
    assert (again.var / "media/offer.pdf").read_bytes() == b"%PDF"
    assert file.stat().st_mode & 0o777 == 0o600
    assert refused.returncode == 1
    assert "The database is not empty; nothing was changed." in refused.stderr


def test_a_file_that_is_no_backup_is_refused(var):
    file = var.parent / "backup.tar"
    file.write_text("something else")

    refused = Installation(var.parent / "empty").manage("restore", str(file))

    assert refused.returncode == 1
    assert "is no backup of LeadCRM" in refused.stderr


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "media/../../escaped"])
def test_a_backup_that_reaches_outside_is_refused(db, monkeypatch, tmp_path, name):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    file = tmp_path / "backup.tar"
    with tarfile.open(file, "w") as archive:
        archive.addfile(tarfile.TarInfo(name))

    with pytest.raises(BackupError, match="is no backup of LeadCRM"):
        restore(file)
