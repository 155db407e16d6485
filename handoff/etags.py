"""Tags by which a page asks whether something has changed."""

from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse


def tag_of(*parts: Any) -> str:
    """Return an ETag for data that can be told apart by its text."""
    return f'"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def pulse(request: HttpRequest, tag: str) -> HttpResponse:
    """Answer 304 while nothing has changed since the tag that was sent, else 204 with ``tag``."""
    same = request.headers.get("If-None-Match") == tag
    response = HttpResponse(status=304 if same else 204)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response
