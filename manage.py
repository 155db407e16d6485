#!/usr/bin/env python
"""Run a management command, with the embedded services where it needs them."""

import os
import sys
from contextlib import ExitStack

# Commands that touch neither the database nor the queue; `up` looks after the services itself.
WITHOUT_SERVICES = {
    *("check", "collectstatic", "compile_messages", "diffsettings", "findstatic", "help"),
    *("messages", "up", "version"),
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    from django.core.management import execute_from_command_line

    with ExitStack() as stack:
        hold_services(stack)
        execute_from_command_line(sys.argv)


def hold_services(stack: ExitStack) -> None:
    """Have the services running until ``stack`` is left, unless the command needs none."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    from leadcrm.embedded.hold import hold
    from leadcrm.embedded.service import ServiceError

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    is_idle = command.startswith("-") or command in WITHOUT_SERVICES or "--help" in sys.argv
    try:
        names = [] if is_idle else settings.EMBEDDED_SERVICES
        stack.enter_context(hold(names, settings.VAR_DIR))
    except (ImproperlyConfigured, ServiceError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
