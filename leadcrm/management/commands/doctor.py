import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.audit import is_end_whole
from capture import spool
from leadcrm import vitals
from leadcrm.mail_dns import missing_records, sender_domain
from nurturing.sources import open_alarms


class Command(BaseCommand):
    """Tell how the installation is doing; exit 1 when something is late or stuck."""

    help = "Tells how the installation is doing; ends with 1 when something needs a person."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        report = examine(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
        else:
            self._write(report)
        if report["problems"]:
            raise SystemExit(1)

    def _write(self, report: dict[str, Any]) -> None:
        for area in ("versions", "queues", "ticks"):
            self.stdout.write(self.style.MIGRATE_HEADING(area.capitalize()))
            for name, value in report[area].items():
                self.stdout.write(f"  {name}: {_in_words(value)}")
        for note in report["notes"]:
            self.stdout.write(self.style.WARNING(f"Note: {note}"))
        for problem in report["problems"]:
            self.stdout.write(self.style.ERROR(f"Problem: {problem}"))
        if not report["problems"]:
            self.stdout.write(self.style.SUCCESS("Nothing is late."))


def _in_words(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {part}" for name, part in value.items() if part not in (None, ""))


def examine(as_of: datetime) -> dict[str, Any]:
    """Return everything that an operator asks first, ready for JSON.

    ``problems`` need a person; ``notes`` are worth knowing.
    """
    report: dict[str, Any] = {"at": as_of.isoformat(), "problems": [], "notes": []}
    report |= {"versions": {"django": django.__version__}, "queues": {}, "ticks": {}}
    problems = report["problems"]
    if not vitals.is_redis_there():
        problems.append("Redis does not answer or takes nothing; work goes on with the next tick.")
    if vitals.disk_use() > vitals.FULL_DISK:
        problems.append(f"The disk of {settings.VAR_DIR} is {vitals.disk_use():.0%} full.")
    _examine_spool(problems, as_of)
    if domain := sender_domain(settings.DEFAULT_FROM_EMAIL):
        report["notes"] += missing_records(domain)
    if not vitals.is_database_there():
        problems.append("The database does not answer or takes no changes.")
        return report
    report["versions"]["postgresql"] = _server_version()
    if not vitals.is_clock_right():
        seconds = round(vitals.clock_offset().total_seconds())
        which = "ahead of" if seconds > 0 else "behind"
        problems.append(
            f"The clock of this machine is {abs(seconds)} s {which} the database's: work is done"
            " late or not at all."
        )
    if waiting := _waiting_migrations():
        problems.append(f"{waiting} migrations are not applied; run: manage.py migrate")
        return report
    if not is_end_whole():
        problems.append("The end of the audit log is missing; check it in the settings.")
    _examine_queues(report, as_of)
    _examine_ticks(report, as_of)
    for alarm in open_alarms():
        problems.append(
            f"{alarm.alarm.bounced} mails came back within an hour, as “{alarm.name}” tells;"
            " an administrator must look at it under Suppression list → Bounces by source."
        )
    if waits := vitals.stalled_mail(as_of):
        problems.append(f"Mails wait for {round(waits.total_seconds())} s and none goes out.")
    return report


def _examine_spool(problems: list[str], as_of: datetime) -> None:
    if not spool.is_writable():
        problems.append(
            f"Nothing can be written to {settings.SPOOL_DIR}: submissions that come while the"
            " database is away would be refused."
        )
    count, age = vitals.spooled(as_of)
    if age > vitals.LATE_SPOOL:
        problems.append(f"{count} submissions wait in {settings.SPOOL_DIR}.")
    if unreadable := vitals.unreadable():
        problems.append(f"{unreadable} files of {settings.SPOOL_DIR} cannot be read.")


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def _waiting_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _examine_queues(report: dict[str, Any], as_of: datetime) -> None:
    for queue in vitals.queue_states(as_of):
        report["queues"][queue.name] = {
            "due": queue.due,
            "oldest_seconds": round(queue.age(as_of).total_seconds()),
            "quarantined": queue.quarantined,
        }
        if queue.is_late(as_of):
            waited = round(queue.age(as_of).total_seconds())
            report["problems"].append(f"The oldest row of {queue.name} waits for {waited} s.")
        if queue.quarantined:
            report["problems"].append(f"{queue.quarantined} rows of {queue.name} are set aside.")


def _examine_ticks(report: dict[str, Any], as_of: datetime) -> None:
    for tick in vitals.tick_states():
        age = round((as_of - tick.started_at).total_seconds()) if tick.started_at else None
        report["ticks"][tick.name] = {"age_seconds": age, "last_error": tick.last_error}
        if tick.is_late(as_of):
            when = f"{age} s ago" if age is not None else "never"
            report["problems"].append(f"The tick {tick.name} last started {when}.")
        elif tick.is_hanging(as_of):
            report["problems"].append(f"The tick {tick.name} started {age} s ago and hangs.")
        if tick.last_error:
            report["problems"].append(f"The tick {tick.name} failed: {tick.last_error}")
