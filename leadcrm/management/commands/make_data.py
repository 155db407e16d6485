import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leadcrm.logs import only_errors
from leadcrm.made_data.build import make_data
from leads.models import Lead


class Command(BaseCommand):
    """Fill an installation with invented leads by the million, to see how it bears them."""

    help = (
        "Makes invented leads with their history, to try out how fast LeadCRM is. A million with"
        " ten million activities take some minutes, in which nobody else can work. Prints a JSON"
        " summary as its last line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--leads", type=int, default=10_000)
        parser.add_argument("--activities", type=int, help="by default ten a lead")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same data")
        parser.add_argument("--as-of", type=_moment, help="when the history ends (ISO 8601)")
        parser.add_argument(
            "--into-existing", action="store_true", help="also where there are leads already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        leads = options["leads"]
        activities = options["activities"] or 10 * leads
        if leads < 1:
            raise CommandError("At least one lead.")
        if Lead.objects.exists() and not options["into_existing"]:
            raise CommandError(
                "There are leads already, and the made ones could not be told from them."
                " With --into-existing they are made all the same."
            )
        as_of = options["as_of"] or timezone.now().replace(microsecond=0)
        try:
            with only_errors():
                made = make_data(
                    leads=leads, activities=activities, seed=options["seed"], as_of=as_of
                )
        except ValueError as error:
            raise CommandError(str(error)) from error
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        self.stdout.write(json.dumps(made.as_dict()))


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise CommandError(f"{text} is not a time such as 2026-03-01T10:00:00+01:00.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
