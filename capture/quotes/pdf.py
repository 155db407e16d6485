"""A quote on paper."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation
from capture.models import FormReply

if TYPE_CHECKING:
    from fpdf import FPDF

_FONTS = settings.BASE_DIR / "node_modules" / "dejavu-fonts-ttf" / "ttf"
_MARGIN = 20  # millimetres, as everything here


def quote_pdf(reply: FormReply) -> bytes:
    """Return the quote of ``reply`` as a PDF of one page; the same bytes at every call."""
    # Only here: every process and command would take half a second longer to start.
    from fpdf import FPDF

    organisation, data = Organisation.current(), reply.data
    pdf = FPDF(format="A4")
    pdf.set_margin(_MARGIN)
    pdf.set_creation_date(reply.asked_at)
    pdf.set_title(data["title"])
    pdf.set_lang(reply.language)
    pdf.add_font("dejavu", "", _FONTS / "DejaVuSans.ttf")
    pdf.add_font("dejavu", "B", _FONTS / "DejaVuSans-Bold.ttf")
    pdf.add_page()
    _lines(pdf, [organisation.name], size=11, style="B")
    _lines(pdf, [date_format(reply.asked_at, "DATE_FORMAT")], size=9, after=12)
    _lines(pdf, [data["title"]], size=16, style="B", after=4)
    with pdf.table(borders_layout="HORIZONTAL_LINES", first_row_as_headings=False) as table:
        for label, value in data["rows"]:
            table.row([str(label), str(value)])
        pdf.set_font("dejavu", "B", 12)
        table.row([_("Your quote"), data["amount"]])
    until = date_format(datetime.fromisoformat(data["valid_until"]), "DATE_FORMAT")
    notes = [data["note"], _("This quote holds until %(day)s.") % {"day": until}]
    pdf.ln(6)
    _lines(pdf, [note for note in notes if note], size=10, after=14)
    _lines(pdf, organisation.imprint_lines, size=8)
    return bytes(pdf.output())


def _lines(pdf: "FPDF", texts: list[str], *, size: int, style: str = "", after: float = 0) -> None:
    pdf.set_font("dejavu", style, size)
    for text in texts:
        pdf.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.set_font("dejavu", "", 10)
    pdf.ln(after)
