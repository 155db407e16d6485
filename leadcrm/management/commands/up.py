import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Start the whole installation and keep it running until Ctrl-C."""

    help = "Starts the database, the queue, the web server, the worker and the clock."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="port of the web server (8000)")
        demo = parser.add_mutually_exclusive_group()
        demo.add_argument(
            "--demo", action="store_const", const="yes", default="auto", help="with sample data"
        )
        demo.add_argument(
            "--no-demo", action="store_const", const="no", dest="demo", help="without"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        words = [f"--var={settings.VAR_DIR}", f"--demo={options['demo']}"]
        words += [f"--service={name}" for name in settings.EMBEDDED_SERVICES]
        if options["port"] is not None:
            words.append(f"--port={options['port']}")
        # In place of this process: what waits from here on needs no Django, and 50 MB less.
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "leadcrm.embedded.up", *words])  # noqa: S606
