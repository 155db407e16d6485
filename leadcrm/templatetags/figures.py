"""Badges, numbers, money and times in the language of the reader; built in like ``ui``."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import Organisation
from ground.badges import write_badge
from leads.position import position_label as name_position
from leads.stages import STAGE_TONES, Stage, Temperature

register = template.Library()

Number = int | float | Decimal | None
DASH = "–"
TEMPERATURES = {
    Temperature.COLD: ("blue", "snowflake"),
    Temperature.WARM: ("amber", "sun"),
    Temperature.HOT: ("red", "flame"),
}
GRADE_TONES = {"A": "green", "B": "teal", "C": "amber", "D": "slate"}
# The words that many things use for how they are; others give their tone.
STATUS_TONES = {
    "draft": "slate",
    "active": "green",
    "paused": "amber",
    "archived": "slate",
    "queued": "slate",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "pending": "amber",
    "accepted": "green",
    "rejected": "red",
    "overdue": "red",
    "open": "blue",
    "closed": "slate",
    "published": "green",
    "received": "blue",
    "processed": "green",
    "quarantined": "amber",
    "throttled": "amber",
    "conflict": "amber",
}

# Seconds of a unit, and its words for the past and the future.
_UNITS: tuple[tuple[int, Callable[[int], str], Callable[[int], str]], ...] = (
    (
        31_536_000,
        lambda n: ngettext("%(count)d year ago", "%(count)d years ago", n),
        lambda n: ngettext("in %(count)d year", "in %(count)d years", n),
    ),
    (
        2_592_000,
        lambda n: ngettext("%(count)d month ago", "%(count)d months ago", n),
        lambda n: ngettext("in %(count)d month", "in %(count)d months", n),
    ),
    (
        86_400,
        lambda n: ngettext("%(count)d day ago", "%(count)d days ago", n),
        lambda n: ngettext("in %(count)d day", "in %(count)d days", n),
    ),
    (
        3_600,
        lambda n: ngettext("%(count)d hour ago", "%(count)d hours ago", n),
        lambda n: ngettext("in %(count)d hour", "in %(count)d hours", n),
    ),
    (
        60,
        lambda n: ngettext("%(count)d minute ago", "%(count)d minutes ago", n),
        lambda n: ngettext("in %(count)d minute", "in %(count)d minutes", n),
    ),
)


@register.simple_tag
def badge(label: Any, tone: str = "slate", icon: str = "", url: str = "") -> SafeString:
    """Show a word in a tone."""
    return write_badge(label, tone, icon=icon, url=url)


@register.simple_tag
def status(value: str, label: Any = "", tone: str = "") -> SafeString:
    """Show how something is; ``label`` is the word for readers."""
    shown = tone or STATUS_TONES.get(str(value), "slate")
    return write_badge(label or value, shown, kind="dot")


@register.simple_tag
def stage(value: str, url: str = "") -> SafeString:
    """Show a stage of the lifecycle."""
    known = Stage(value)
    return write_badge(known.label, STAGE_TONES[known], kind="dot", url=url)


@register.simple_tag
def temperature(value: str) -> SafeString:
    """Show how warm a lead is, by word and sign and not by colour alone."""
    known = Temperature(value)
    tone, sign = TEMPERATURES[known]
    return write_badge(known.label, tone, icon=sign)


@register.simple_tag
def grade(value: str, url: str = "") -> SafeString:
    """Show a grade (A1 to D4)."""
    return write_badge(value or DASH, GRADE_TONES.get(value[:1], "slate"), kind="grade", url=url)


@register.simple_tag
def score(value: Number, maximum: int = 100, tone: str = "teal") -> SafeString:
    """Show a score with its bar."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', DASH)
    return format_html(
        '<span class="score tone-{}"><svg viewBox="0 0 100 12" preserveAspectRatio="none"'
        ' aria-hidden="true"><rect class="bar-ground" width="100" height="12" rx="6"/>'
        '<rect class="bar-value" width="{}" height="12" rx="6"/></svg>{}</span>',
        tone,
        _share(value, maximum),
        number(value),
    )


@register.inclusion_tag("components/progress.html")
def progress(value: Number, maximum: Number, label: str, tone: str = "teal") -> dict[str, Any]:
    """Show how far something has come: "n of m"."""
    share = _share(value, maximum)
    return {"value": value, "maximum": maximum, "label": label, "tone": tone, "share": share}


@register.inclusion_tag("components/stat.html")
def stat(
    label: str,
    value: Any,
    note: str = "",
    url: str = "",
    change: Number = None,
    is_less_better: bool = False,
    points: Sequence[float] = (),
    tone: str = "teal",
) -> dict[str, Any]:
    """Show one figure; ``change`` is the difference in per cent, ``points`` draw a line."""
    return {
        "label": label,
        "value": value,
        "note": note,
        "url": url,
        "change": change,
        "is_good": change is not None and (change < 0 if is_less_better else change > 0),
        "points": points,
        "tone": tone,
    }


@register.inclusion_tag("components/sparkline.html")
def sparkline(points: Sequence[float], label: str = "", tone: str = "teal") -> dict[str, Any]:
    """Draw a line without axes; ``label`` says it for those who do not see it."""
    top = max(points, default=0) or 1
    step = 100 / max(1, len(points) - 1)
    places = [(round(i * step, 2), round(28 - 26 * p / top, 2)) for i, p in enumerate(points)]
    line = " ".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y) in enumerate(places))
    return {"line": line, "area": f"{line} L100 30 L0 30 Z", "label": label, "tone": tone}


@register.filter
def position_label(phase: str) -> str:
    """Show what a position in the funnel is called here."""
    return name_position(phase) if phase else ""


@register.filter
def number(value: Number, places: int = 0) -> str:
    """Write a number as the reader's language does, halves away from 0; a dash for none."""
    if value is None:
        return DASH
    if not isinstance(value, int):
        # Django cuts off what it does not show: 0.999 would be 99 %.
        value = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def percent(value: Number, places: int = 0) -> str:
    """Write a share (0.25) as per cent; a dash for none."""
    if value is None:
        return DASH
    return _("%(number)s %%") % {"number": number(Decimal(str(value)) * 100, places)}


@register.filter
def money(value: Number, currency: str = "") -> str:
    """Write an amount with its currency where the reader's language puts it.

    Without ``currency`` it is the organisation's own.
    """
    if value is None:
        return DASH
    currency = currency or Organisation.current().currency
    sign = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF"}.get(currency, currency)
    places = 0 if value == int(value) else 2
    text = number(value, places)
    if get_language() == "de" or len(sign) > 1:
        return f"{text}\u00a0{sign}"
    return f"-{sign}{text[1:]}" if text.startswith("-") else f"{sign}{text}"


@register.simple_tag
def ago(moment: datetime | None, as_of: datetime | None = None) -> SafeString | str:
    """Say how long ago or how soon, with the exact time as a tip."""
    if moment is None:
        return DASH
    return _time(moment, spoken_distance(moment, as_of or timezone.now()))


def spoken_distance(moment: datetime, now: datetime) -> str:
    """Return how far ``moment`` is from ``now`` in one unit: "3 days ago", "in 2 hours"."""
    seconds = (now - moment).total_seconds()
    for size, past, future in _UNITS:
        count = int(abs(seconds) // size)
        if count:
            return (past if seconds > 0 else future)(count) % {"count": count}
    return _("just now")


@register.simple_tag
def moment(value: datetime | date | None) -> SafeString | str:
    """Write a date, or a date and time in the reader's time zone."""
    if value is None:
        return DASH
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return _time(value, date_format(local, "SHORT_DATETIME_FORMAT"))
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "SHORT_DATE_FORMAT")
    )


def _time(moment: datetime, text: str) -> SafeString:
    exact = date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)


def _share(value: Number, maximum: Number) -> int:
    """Return how much of ``maximum`` is reached, 0 to 100."""
    if not value or not maximum:
        return 0
    return max(0, min(100, round(100 * float(value) / float(maximum))))
