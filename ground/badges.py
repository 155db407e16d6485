"""The badge: a word in a tone. Lists show two in every row, so it has no template of its own."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString


def write_badge(
    label: Any, tone: str, *, kind: str = "", icon: str = "", url: str = ""
) -> SafeString:
    """Write a badge, as a link with ``url``; ``kind`` is "dot", "grade" or ""."""
    sign = format_html('<i class="ti ti-{}" aria-hidden="true"></i>', icon) if icon else ""
    look = f"lc-badge tone-{tone}{f' lc-badge-{kind}' if kind else ''}"
    if url:
        return format_html('<a href="{}" class="{}">{}{}</a>', url, look, sign, label)
    return format_html('<span class="{}">{}{}</span>', look, sign, label)
