from typing import Any

from django.core.management.base import BaseCommand

from leadcrm.catalogues import LANGUAGES, compile_catalogue


class Command(BaseCommand):
    help = "Compile the catalogues in locale/ for Django."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language in LANGUAGES:
            compile_catalogue(language)
