"""The texts of a form in its second language, beside those of the first, in the editor."""

from typing import Any

from django import template

from capture.definition import FieldSpec
from capture.tongues import written_other_choices

register = template.Library()


@register.inclusion_tag("capture/parts/second.html", takes_context=True)
def second(
    context: dict[str, Any], part: str, label: str, name: str = "", rows: int = 0, limit: int = 200
) -> dict[str, Any]:
    """Draw the input for one text in the second language; nothing for a form in one language."""
    key = f"{part}.{name}" if name else part
    tongue = context.get("tongue")
    return {
        "tongue": tongue,
        "key": key,
        "label": label,
        "rows": rows,
        "limit": limit,
        "value": context["definition"].other.get(key, "") if tongue else "",
    }


@register.inclusion_tag("capture/parts/second.html", takes_context=True)
def second_choices(context: dict[str, Any], label: str, spec: FieldSpec) -> dict[str, Any]:
    """Draw the input for the choices of a question in the second language."""
    tongue = context.get("tongue")
    return {
        "tongue": tongue,
        "key": f"choices.{spec.name}",
        "label": label,
        "rows": 3,
        "limit": 6000,
        "value": written_other_choices(context["definition"], spec) if tongue else "",
    }
