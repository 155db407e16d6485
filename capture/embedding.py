"""The lines that show a form on a website."""

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from capture.models import Form, FormKind


def embed_line(form: Form) -> str:
    """Return the line of HTML that shows ``form`` where it stands."""
    if form.kind == FormKind.CHAT:
        address = f"{settings.BASE_URL}/chat.js"
        return f'<script src="{address}" data-chat="{form.public_id}" async></script>'
    return (
        f'<script src="{settings.BASE_URL}/embed.js" data-form="{form.public_id}" async></script>'
    )


def frame_line(form: Form, headline: str) -> str:
    """Return the line that shows ``form`` in a frame, where a website allows no scripts."""
    page = "public_chat" if form.kind == FormKind.CHAT else "public_form"
    address = f"{settings.BASE_URL}{reverse(page, args=[form.public_id])}"
    title = escape(headline or form.name)
    return (
        f'<iframe src="{address}" title="{title}" width="100%" height="760" loading="lazy"'
        ' style="border:0"></iframe>'
    )
