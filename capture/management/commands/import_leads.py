import csv
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from capture.actors import IMPORTER
from capture.imports.actions import (
    import_counts,
    stage_import,
    start_import,
    summary_line,
    take_rows,
)
from capture.imports.export import refused_rows
from capture.imports.models import LeadImport
from capture.imports.problems import tell
from ground.errors import DomainError
from leads.stages import Channel


class Command(BaseCommand):
    help = "Import leads from a CSV or XLSX file; prints a JSON summary as its last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="", choices=["", *Channel.values])
        parser.add_argument("--mapping", type=Path, help="a JSON file; guessed where left out")
        parser.add_argument("--dry-run", action="store_true", help="report, then change nothing")
        parser.add_argument("--errors", type=Path, help="write the refused rows to this CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
            mapping = options["mapping"] and json.loads(options["mapping"].read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        try:
            with transaction.atomic() if options["dry_run"] else nullcontext():
                lead_import = self._run(content, mapping, options)
                counts = import_counts(lead_import)
                self._report(lead_import, options["errors"])
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary_line(counts))

    def _run(self, content: bytes, mapping: Any, options: dict[str, Any]) -> LeadImport:
        now = timezone.now()
        lead_import = stage_import(
            content,
            file_name=options["file"].name,
            mapping=mapping,
            channel=options["source"],
            by=IMPORTER,
            as_of=now,
        )
        start_import(lead_import, mapping=lead_import.mapping, by=IMPORTER, as_of=now)
        lead_import.refresh_from_db()
        done = 0
        while taken := take_rows(lead_import, by=IMPORTER, as_of=now):
            done += taken
            self.stderr.write(f"{done} / {lead_import.row_count}")
        return lead_import

    def _report(self, lead_import: LeadImport, path: Path | None) -> None:
        rows = lead_import.rows.exclude(problems=[]).order_by("number")[:20]
        for row, reason in tell(rows):
            self.stderr.write(f"row {row.number}: {reason}")
        if path:
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file, delimiter=";").writerows(refused_rows(lead_import))
