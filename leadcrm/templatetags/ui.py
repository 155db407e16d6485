"""The components of the pages as template tags; the style guide shows each with its code.

The library is built in: no ``{% load %}`` is needed. Figures and dates are in ``figures.py``.
"""

import json
from typing import Any
from uuid import uuid4

from django import template
from django.template.context import Context
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.actor import shown_actor
from accounts.models import Organisation
from accounts.once import FIELD
from ground.charts import Chart
from ground.listing import Page
from ground.toasts import undo_url
from leadcrm.blocks import block, compile_slot
from leadcrm.cells import compile_cell

register = template.Library()
register.tag("slot", compile_slot)

TONES = ("slate", "blue", "violet", "teal", "amber", "green", "pink", "red")
_TONE_OF_LEVEL = {"info": "blue", "success": "green", "warning": "amber", "danger": "red"}
_LEVELS = {"error": "danger", "debug": "info"}
_ICON_OF_LEVEL = {
    "info": "info-circle",
    "success": "circle-check",
    "warning": "alert-triangle",
    "danger": "alert-circle",
}


@register.simple_tag(takes_context=True)
def hx_nonce(context: Context) -> SafeString:
    """Mark an element as ours: htmx ignores every element without the nonce of the page."""
    request = getattr(context, "request", None) or context.get("request")
    nonce = getattr(request, "csp_nonce", "")
    return format_html('hx-nonce="{}"', str(nonce))


@register.simple_tag
def once() -> SafeString:
    """Number a form that makes something, so that it is obeyed once; see ``accounts/once.py``."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid4())


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """Keep what is inside under a name: ``{% capture as page_title %}…{% endcapture %}``."""
    return mark_safe(content.strip())  # noqa: S308 - rendered template


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon; with ``label`` it says something, without it is decoration."""
    if label:
        return format_html('<i class="ti ti-{}" role="img" aria-label="{}"></i>', name, label)
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.filter
def may(actor: Any, right: str) -> bool:
    """Say whether ``actor`` has ``right``: ``{% if actor|may:"leads.edit" %}``."""
    return actor is not None and right in actor.rights


@register.filter
def who(entry: Any) -> str:
    """Return what readers are told of who did what ``entry`` keeps: ``{{ activity|who }}``."""
    return shown_actor(entry.actor_kind, entry.actor_label)


@register.filter
def has_text(html: str) -> bool:
    """Say whether rendered markup shows anything."""
    return bool(strip_tags(html).strip()) or any(tag in html for tag in ("<img", "<svg", "<input"))


@register.filter
def undo_address(tags: str) -> str:
    """Return where "Undo" of a message posts to, or ""."""
    return undo_url(tags)


@register.simple_tag(takes_context=True)
def in_modal(context: Context, url: str) -> SafeString:
    """Write the attributes of a link whose page opens as a dialog over this one."""
    return format_html(
        'href="{}" hx-get="{}" hx-target="#modal-body" {}',
        url,
        url,
        hx_nonce(context),
    )


@block(register, "components/card.html")
def card(title: str = "", text: str = "", id: str = "", padded: bool = True) -> dict[str, Any]:
    """Frame content; slots ``actions`` (beside the title) and ``footer``."""
    return {"title": title, "text": text, "id": id, "padded": padded}


@block(register, "components/alert.html")
def alert(level: str = "info", title: str = "", icon: str = "") -> dict[str, Any]:
    """Say something that matters now: info, success, warning or danger."""
    level = _LEVELS.get(level, level)
    chosen = icon or _ICON_OF_LEVEL[level]
    return {
        "level": level,
        "title": title,
        "icon_name": chosen,
        "tone": _TONE_OF_LEVEL[level],
    }


@block(register, "components/menu.html")
def menu(
    label: str, icon: str = "", style: str = "quiet", id: str = "", is_bare: bool = False
) -> dict[str, Any]:
    """Open a list of links and buttons; ``is_bare`` shows only the icon."""
    return {"label": label, "icon_name": icon, "style": style, "id": id, "is_bare": is_bare}


@register.inclusion_tag("components/menu_link.html")
def menu_link(url: str, label: str, icon: str = "", is_current: bool = False) -> dict[str, Any]:
    """Show a link of a menu."""
    return {"url": url, "label": label, "icon_name": icon, "is_current": is_current}


@register.inclusion_tag("components/post_button.html")
def menu_post(
    url: str, label: str, icon: str = "", confirm: str = "", is_danger: bool = False, **data: str
) -> dict[str, Any]:
    """Show a button of a menu that posts ``data``; ``confirm`` is asked before."""
    tone = " is-danger" if is_danger else ""
    return _post(url, label, icon, confirm, is_danger, data, f"pop-item{tone}")


@register.inclusion_tag("components/post_button.html")
def post_button(
    url: str,
    label: str,
    icon: str = "",
    confirm: str = "",
    style: str = "quiet",
    is_small: bool = False,
    **data: str,
) -> dict[str, Any]:
    """Show a button that posts ``data``; ``confirm`` is asked before (style "danger" warns)."""
    css = f"btn btn-{style}{' btn-sm' if is_small else ''}"
    return _post(url, label, icon, confirm, style == "danger", data, css)


def _post(
    url: str,
    label: str,
    icon: str,
    confirm: str,
    is_danger: bool,
    data: dict[str, str],
    css: str,
) -> dict[str, Any]:
    return {
        "url": url,
        "label": label,
        "icon_name": icon,
        "confirm": confirm,
        "is_danger": is_danger,
        "data": data,
        "css": css,
    }


@register.inclusion_tag("components/empty.html")
def empty(
    title: str,
    text: str = "",
    action_label: str = "",
    action_url: str = "",
    icon: str = "inbox",
    is_modal: bool = False,
) -> dict[str, Any]:
    """Say why there is nothing, and the one thing to do next."""
    return {
        "title": title,
        "text": text,
        "action_label": action_label,
        "action_url": action_url,
        "icon_name": icon,
        "is_modal": is_modal,
    }


@block(register, "components/entry.html")
def entry(
    title: str,
    at: Any = None,
    icon: str = "point",
    tone: str = "slate",
    actor: str = "",
    id: str = "",
) -> dict[str, Any]:
    """Show one entry of a timeline, inside ``<ol class="entries">``; slot ``actions``."""
    shown = {"title": title, "at": at, "icon_name": icon, "tone": tone}
    return {**shown, "actor": actor, "id": id}


@block(register, "components/facts.html")
def facts() -> dict[str, Any]:
    """List labels and values; holds ``fact`` blocks."""
    return {}


@block(register, "components/fact.html")
def fact(label: str) -> dict[str, Any]:
    """Show one label and value; an empty value shows a dash."""
    return {"label": label}


@register.inclusion_tag("components/tabs.html")
def tabs(items: list[dict[str, Any]], label: str = "") -> dict[str, Any]:
    """Show links as tabs; items have ``label``, ``url``, ``is_active`` and perhaps ``count``."""
    return {"items": items, "label": label or _("Sections")}


@register.inclusion_tag("components/crumb.html")
def crumb(label: str, url: str = "") -> dict[str, Any]:
    """Show one step of the way to this page."""
    return {"label": label, "url": url}


@register.inclusion_tag("components/copy.html")
def copy_field(value: str, label: str, id: str) -> dict[str, Any]:
    """Show a text to copy, with a button that copies it."""
    return {"value": value, "label": label, "id": id}


@register.inclusion_tag("components/chart.html")
def chart(chart: Chart) -> dict[str, Any]:
    """Draw a chart with its number beside it and its table behind it."""
    return {"chart": chart}


@block(register, "components/board.html")
def board(label: str, columns: Any = ()) -> dict[str, Any]:
    """Lay out columns of cards; holds ``board_column`` blocks.

    ``columns`` are the (key, label) pairs that the reader can move cards to.
    """
    return {"label": label, "columns": columns}


@block(register, "components/board_column.html")
def board_column(
    key: str, title: str, count: int | None = None, tone: str = "slate", is_capped: bool = False
) -> dict[str, Any]:
    """Show a column of a board; holds ``board_card`` blocks. ``is_capped``: there are more."""
    return {"key": key, "title": title, "count": count, "tone": tone, "is_capped": is_capped}


@block(register, "components/board_card.html")
def board_card(id: str, label: str, move_url: str = "", by_hand_url: str = "") -> dict[str, Any]:
    """Show a card; with ``move_url`` it can be dragged, or moved by the menu of its board.

    Both post ``to`` (the key of the column) to ``move_url``. Without JavaScript the button of the
    menu leads to the page at ``by_hand_url`` instead.
    """
    return {"id": id, "label": label, "move_url": move_url, "by_hand_url": by_hand_url}


@block(register, "components/listing.html")
def listing(page: Page[Any]) -> dict[str, Any]:
    """Show a page of a ``Listing``; slots ``tools`` (beside the search) and ``bulk``."""
    return {"page": page, "listing": page.listing}


register.tag("cell", compile_cell)


@register.simple_tag
def person(name: str, is_large: bool = False, is_face_only: bool = False) -> SafeString:
    """Show somebody by initials and name, always in the same tone."""
    words = [word for word in name.replace("@", " ").split() if word[:1].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"
    size = " is-large" if is_large else ""
    look = f"face tone-{TONES[sum(name.encode()) % len(TONES)]}{size}"
    if is_face_only:
        return format_html(
            '<span class="person"><span class="{}" role="img" aria-label="{}" title="{}"'
            ' data-initials="{}"></span></span>',
            *(look, name, name, initials),
        )
    return format_html(
        '<span class="person"><span class="{}" aria-hidden="true" data-initials="{}"></span>'
        '<span class="truncate">{}</span></span>',
        *(look, initials, name),
    )


@register.simple_tag
def sort_url(page: Page[Any], key: str) -> str:
    """Return the address of ``page`` sorted by ``key``; a second time turns it round."""
    return page.url(ordering=f"-{key}" if page.ordering == key else key)


@register.simple_tag
def page_url(page: Page[Any], number: int) -> str:
    """Return the address of another page of the list."""
    return page.url(page=number)


@register.simple_tag
def size_url(page: Page[Any], size: int) -> str:
    """Return the address of the list with another number of rows on a page."""
    return page.url(per_page=size)


@register.simple_tag
def page_numbers(page: Page[Any]) -> list[int | None]:
    """Return the page numbers to offer; None stands for a gap."""
    near = {1, page.pages, page.number - 1, page.number, page.number + 1}
    shown = sorted(number for number in near if 1 <= number <= page.pages)
    numbers: list[int | None] = []
    for number in shown:
        if numbers and numbers[-1] is not None and number - numbers[-1] > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


@register.simple_tag
def hidden_params(page: Page[Any], *names: str, but: str = "") -> SafeString:
    """Write hidden fields that keep ``names`` of the address in a form, or all ``but`` one."""
    fields = (
        format_html('<input type="hidden" name="{}" value="{}">', name, value)
        for name, value in page.pairs
        if name in names or (but and name != but)
    )
    return mark_safe("".join(fields))  # noqa: S308 - escaped above


@register.simple_tag(takes_context=True)
def listing_row(context: Context, page: Page[Any], item: Any) -> SafeString:
    """Render one row of a list; the row's template sees the object under the list's name for it."""
    assert context.template is not None
    row = context.template.engine.get_template("components/listing_row.html")
    names = {
        "page": page,
        "listing": page.listing,
        "row_object": item,
        "row_key": getattr(item, page.listing.row_key),
        page.listing.row_name: item,
    }
    with context.push(**names):
        return SafeString(row.render(context))


@register.filter
def json_attribute(value: Any) -> str:
    """Write data as JSON for an attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False)


@register.simple_tag(takes_context=True)
def include_card(context: Context, template_name: str, values: dict[str, Any]) -> SafeString:
    """Render the template of a card or panel with values of its own."""
    assert context.template is not None
    card = context.template.engine.get_template(template_name)
    with context.push(**values):
        return SafeString(card.render(context))


@register.simple_tag
def organisation() -> Organisation:
    """Return the organisation, for pages without the frame."""
    return Organisation.current()
