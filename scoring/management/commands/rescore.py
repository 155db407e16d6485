import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.actor import system_actor
from accounts.rights import Right
from scoring.actions.rescoring import Rescored, rescore
from scoring.due import drain_scores


class Command(BaseCommand):
    """Work out scores again: those that are due, or all; now, or as seen at another time."""

    help = "Work out scores again. Prints a JSON summary as its last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="all leads, not only those due")
        parser.add_argument("--as-of", type=_moment, help="time to look from (ISO 8601)")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = options["as_of"] or timezone.now()
        if options["all"]:
            by = system_actor("command rescore", Right.SCORING_MANAGE)
            done = rescore(None, as_of=as_of, by=by)
        else:
            done = _drain(as_of)
        self.stdout.write(json.dumps(done.as_dict()))


def _drain(as_of: datetime) -> Rescored:
    total = Rescored()
    while (done := drain_scores(as_of)).leads:
        total += done
    return total


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text} is not a time such as 2026-03-01T10:00:00+01:00.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
