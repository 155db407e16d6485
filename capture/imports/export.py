"""The rows of an import that were not taken, as a table that opens harmlessly in Excel."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from capture.imports.models import LeadImport, Outcome
from capture.imports.problems import tell
from leads.export import harmless


def refused_rows(lead_import: LeadImport) -> Iterator[list[str]]:
    """Yield the header and every refused row with its number and the reason."""
    yield [_("Row"), _("Reason"), *(harmless(name) for name in lead_import.header)]
    rows = lead_import.rows.filter(outcome=Outcome.REJECTED).order_by("number")
    for row, reason in tell(rows.iterator(chunk_size=2000)):
        cells = (harmless(str(row.cells.get(name, ""))) for name in lead_import.header)
        yield [str(row.number), harmless(reason), *cells]
