"""The one place where a refusal becomes an answer, for pages and for the API."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from ground.errors import ConflictError, DomainError
from leadcrm.fragments import add_toasts, unswapped
from leadcrm.views import bad_request

_UNIQUE_VIOLATION = "23505"


class DomainErrorMiddleware:
    """Answer a refusal that no form caught with a page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for a ``DomainError``, a NUL or a twin; leave everything else alone."""
        if _is_nul(error):
            return bad_request(request)
        error = _refusal_of(error)
        if not isinstance(error, DomainError):
            return None
        if request.headers.get("HX-Request") == "true":
            return add_toasts(unswapped(error.status), [{"level": "error", "text": str(error)}])
        return render(request, "errors/refused.html", {"error": error}, status=error.status)


def _is_nul(error: Exception) -> bool:
    """Say whether the driver refused text that PostgreSQL cannot hold.

    Forms, serializers and conditions refuse a NUL themselves; other parts of a request may not. No
    statement was sent, so the transaction is still good.
    """
    return isinstance(error, ValueError) and "NUL (0x00)" in str(error)


def _refusal_of(error: Exception) -> Exception:
    """Return the refusal that stands for a twin: the same was written between look and write.

    A double click sends two requests that both find the name free. Everything that the second one
    wrote was taken back.
    """
    if not isinstance(error, IntegrityError):
        return error
    if getattr(error.__cause__, "pgcode", "") != _UNIQUE_VIOLATION:
        return error
    text = _("The same was saved just now, perhaps by a second click. Look whether it is there.")
    return ConflictError("saved_meanwhile", text)


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return ``{code, message, field}`` for every refusal of the API."""
    error = _refusal_of(error)
    if isinstance(error, DomainError):
        body = {"code": error.code, "message": str(error), "field": error.field}
        return Response({**body, "details": error.details}, status=error.status)
    # Imported here: the middleware above is loaded before Django REST framework may be.
    from rest_framework.views import exception_handler

    response = exception_handler(error, context)
    if response is None:
        return None
    detail = getattr(error, "detail", None)
    code, message, field = _first_problem(detail)
    response.data = {"code": code, "message": message, "field": field, "errors": response.data}
    return response


def _first_problem(detail: Any, field: str = "") -> tuple[str, str, str]:
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        return _first_problem(inner, f"{field}.{name}" if field else str(name))
    if isinstance(detail, list) and detail:
        return _first_problem(detail[0], field)
    return getattr(detail, "code", "error"), str(detail), field
