import os
import sys
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from capture.actors import CAPTURE
from capture.connectors.actions.events import store_events
from capture.connectors.mail.actions import new_event
from capture.connectors.mail.letter import CONTENT_TYPE, CUT, LARGEST
from capture.connectors.models import Connection
from capture.outage import DatabaseAwayError, with_database


class Command(BaseCommand):
    help = (
        "Take one mail from standard input, as a mail server pipes it. Ends with the codes of"
        " sysexits.h: 0 kept, 67 no such connection, 69 it is closed, 75 try again later."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", required=True, type=UUID, help="the id of the mailbox")

    def handle(self, *args: Any, connection: UUID, **options: Any) -> None:
        try:
            code = receive(connection, read_input())
        except (DatabaseAwayError, DatabaseError, InterfaceError, ImproperlyConfigured, OSError):
            code = os.EX_TEMPFAIL
        if code != os.EX_OK:
            self.stderr.write(_WORDS[code])
            sys.exit(code)


_WORDS = {
    os.EX_NOUSER: "There is no such connection.",
    os.EX_UNAVAILABLE: "The connection is closed.",
    os.EX_DATAERR: "There was no mail.",
    os.EX_TEMPFAIL: "The database is away; try again later.",
}


def read_input() -> bytes:
    """Return at most what is kept whole and a byte more; the rest is read, or the pipe breaks."""
    raw = sys.stdin.buffer.read(LARGEST + 1)
    while sys.stdin.buffer.read(1024 * 1024):
        continue
    return raw


def receive(public_id: UUID, raw: bytes) -> int:
    """Keep one mail; returns the exit code. Raises ``DatabaseAwayError``."""
    if not raw.strip():
        return os.EX_DATAERR
    rows = Connection.objects.filter(connector="mail", public_id=public_id)
    connection = with_database(rows.first)
    if connection is None:
        return os.EX_NOUSER
    if not connection.is_active:
        return os.EX_UNAVAILABLE
    now = timezone.now()
    is_cut = len(raw) > LARGEST
    # What an MBOX puts before the first header is none of the mail.
    body = raw[:LARGEST].split(b"\n", 1)[-1] if raw.startswith(b"From ") else raw[:LARGEST]
    event = new_event(body, CUT if is_cut else CONTENT_TYPE, now)
    with_database(lambda: store_events(connection, [event], by=CAPTURE, as_of=now))
    return os.EX_OK
