import json
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from accounts.models import User
from leadcrm.demo.story.stage_set import PASSWORD
from leads.models import Lead


class Command(BaseCommand):
    """Bring the database up to date and fill a demo; `up` runs this before the web server."""

    help = "Brings the database up to date, loads the sample data of a demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", choices=["yes", "no", "auto"], default="no")
        parser.add_argument("--result", type=int, help="number of the pipe to `up`, for JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        is_demo = options["demo"] == "yes" or (options["demo"] == "auto" and _is_demo())
        if is_demo:
            settings.DEMO = True
            self._load_demo()
        lines = [*_setup_lines(), *_login_lines(is_demo)]
        if options["result"]:
            # SECURITY: the way in for the first administrator touches no disk.
            with open(options["result"], "w") as pipe:
                json.dump({"is_demo": is_demo, "lines": lines}, pipe)
        else:
            self.stdout.write("\n".join(lines))

    def _load_demo(self) -> None:
        if "load_demo" in get_commands() and not Lead.objects.exists():
            self.stdout.write("    up | Loading the sample data …")
            self.stdout.flush()
            call_command("load_demo")
        _demo_mark().touch()


def _is_demo() -> bool:
    """Tell whether to run as a demo when nobody said: a demo stays one, a real one stays real."""
    return _demo_mark().exists() or not User.objects.exists()


def _demo_mark() -> Path:
    return Path(settings.VAR_DIR / "demo")


def _setup_lines() -> list[str]:
    if find_spec("accounts.setup") is None:
        return []
    address = import_module("accounts.setup").setup_address()
    return [f"Set it up here, once: {address}"] if address else []


def _login_lines(is_demo: bool) -> list[str]:
    """Return how to get in, with one person for each role."""
    by_role: dict[str, User] = {}
    for person in User.objects.filter(is_sample=True).order_by("pk") if is_demo else ():
        by_role.setdefault(person.role, person)
    if not by_role:
        return []
    roles = [f"  {person.email} ({person.get_role_display()})" for person in by_role.values()]
    return [f"Log in with the password {PASSWORD} as", *roles]
