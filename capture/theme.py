"""How a form looks beside its accent: font, colours, corners, and some CSS of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.own_css import read_css
from leads.normalise import clean_text

# Only what is on the reader's device: no font is fetched from anywhere.
FONTS: dict[str, tuple[str | Promise, str]] = {
    "": (_("As on the page around"), ""),
    "system": (
        _("Plain (that of the device)"),
        'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
    ),
    "humanist": (
        _("Humanist"),
        'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
    ),
    "geometric": (
        _("Geometric"),
        'Avenir, Montserrat, Corbel, "URW Gothic", source-sans-pro, sans-serif',
    ),
    "serif": (_("With serifs"), 'Charter, "Bitstream Charter", "Sitka Text", Cambria, serif'),
    "classic": (_("Classic"), 'Georgia, "Times New Roman", Times, serif'),
    "mono": (_("Typewriter"), 'ui-monospace, "Cascadia Code", Menlo, Consolas, monospace'),
}
CORNERS: dict[str, tuple[str | Promise, str]] = {
    "square": (_("Square"), "0"),
    "": (_("Slightly round"), ""),
    "round": (_("Round"), "1em"),
    "pill": (_("Very round"), "1.4em"),
}
MAX_CSS = 4000
# WCAG 2.2: 1.4.3 for text, 1.4.11 for what shows a control.
TEXT_CONTRAST, CONTROL_CONTRAST = 4.5, 3.0
_HEX = frozenset("0123456789abcdef")


def read_colour(value: Any) -> str:
    """Return a colour as ``#rrggbb``, "" for what is none."""
    text = str(value or "").strip().lower()
    is_colour = len(text) == 7 and text[0] == "#" and _HEX.issuperset(text[1:])
    return text if is_colour else ""


@dataclass(frozen=True, slots=True)
class Theme:
    """The looks of one form; "" stands for what the page around has.

    ``ink`` and ``ground`` are the colours of text and background, ``css`` is what was written,
    of which ``capture/own_css.py`` lets through what is harmless.
    """

    font: str = ""
    corners: str = ""
    ink: str = ""
    ground: str = ""
    css: str = ""

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read it; what does not fit gets its default."""
        data = data if isinstance(data, Mapping) else {}
        font, corners = str(data.get("font") or ""), str(data.get("corners") or "")
        return cls(
            font=font if font in FONTS else "",
            corners=corners if corners in CORNERS else "",
            ink=read_colour(data.get("ink")),
            ground=read_colour(data.get("ground")),
            css=clean_text(str(data.get("css") or ""), limit=MAX_CSS, lines=True),
        )

    @property
    def sheet(self) -> str:
        """What it adds to the style sheet of a form."""
        rules = []
        if family := FONTS[self.font][1]:
            rules.append(f".lf{{font-family:{family}}}")
        if radius := CORNERS[self.corners][1]:
            rules.append(f".lf{{--lf-radius:{radius}}}")
        if self.ink:
            rules.append(f".lf{{color:{self.ink}}}")
        if self.ground:
            rules.append(f".lf{{background:{self.ground};padding:1.25em;border-radius:.75em}}")
        if self.ink or self.ground:
            # The colour of errors follows the page's scheme no longer, which knows nothing of it.
            wrong = readable_red(self.ground or _opposite(self.ink))
            rules.append(f".lf.lf,.lf-page .lf,.lf-box .lf{{--lf-wrong:{wrong}}}")
        return "\n".join([*rules, *read_css(self.css).rules])


def warnings(theme: Theme, accent: str) -> list[str | Promise]:
    """Return what is hard to read with this theme; ``accent`` is the colour of the button."""
    found: list[str | Promise] = []
    grounds = [theme.ground] if theme.ground else ["#ffffff"]
    ink = theme.ink or ("" if not theme.ground else "#16202a")
    if ink and contrast(ink, grounds[0]) < TEXT_CONTRAST:
        found.append(
            _("Text on its background has a contrast of %(ratio)s : 1; at least 4.5 : 1 is needed.")
            % {"ratio": _ratio(ink, grounds[0])}
        )
    if accent and contrast(accent, grounds[0]) < CONTROL_CONTRAST:
        found.append(
            _("The button has a contrast of %(ratio)s : 1 to its background; 3 : 1 is needed.")
            % {"ratio": _ratio(accent, grounds[0])}
        )
    return found


def _ratio(first: str, second: str) -> str:
    return f"{contrast(first, second):.1f}"


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2), between 0 and 1."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours (WCAG 2.2), between 1 and 21."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def readable_red(ground: str) -> str:
    """Return the red in which an error is read on ``ground``."""
    return max(("#b3261e", "#ff9d94"), key=lambda red: contrast(red, ground))


def _opposite(ink: str) -> str:
    return "#ffffff" if luminance(ink) < 0.179 else "#000000"
