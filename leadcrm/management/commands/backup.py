from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadcrm.backups import BackupError, back_up


class Command(BaseCommand):
    """Write the whole installation into one file."""

    help = "Writes the database, the files and the keys into one tar file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            back_up(options["file"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        size = options["file"].stat().st_size / 1_000_000
        self.stdout.write(f"{options['file']}: {size:.1f} MB. It holds personal data and the keys.")
