from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leadcrm.backups import BackupError, restore


class Command(BaseCommand):
    """Fill an empty installation from a file of ``backup``."""

    help = "Fills an empty installation from a file that the command backup wrote."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            left = restore(options["file"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for line in left:
            self.stdout.write(line)
        self.stdout.write("Restored. Now run: manage.py migrate, then: manage.py doctor")
