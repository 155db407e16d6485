from typing import Any

from django.core.management.base import BaseCommand

from leadcrm.catalogues import LANGUAGES, catalogue_path, missing, update


class Command(BaseCommand):
    help = "Collect the texts of code and templates into the catalogues in locale/."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language in LANGUAGES:
            catalogue = update(language)
            lacking = len(missing(catalogue))
            self.stdout.write(f"{catalogue_path(language)}: {len(catalogue)} texts, {lacking} open")
