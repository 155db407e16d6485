"""What every endpoint of the API shares: pages, errors in the document, a parser that cannot break.

Errors are always ``{"code", "message", "field"}``.
"""

from collections.abc import Callable, Mapping, Set
from functools import wraps
from typing import IO, Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from ground.errors import DomainError

F = TypeVar("F", bound=Callable[..., Any])

MAX_DEPTH = 20
# What every list takes.
_PAGING = frozenset({"cursor", "page_size"})


class UnknownParameterError(DomainError):
    """The address names something that the endpoint does not know."""

    status = 400


class StrictJSONParser(JSONParser):
    """JSON that is nested no deeper than a person would write it, and whose texts are texts.

    A hundred thousand opening brackets exhaust the stack of the parser, and half of a character
    (``"\\ud800"``) can be neither stored nor told again; both are a bad request and not an error of
    ours.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises ``ParseError``."""
        try:
            data = super().parse(stream, media_type, parser_context)  # type: ignore[arg-type]
            _check(data)
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:
            raise ParseError(_("This JSON holds half of a character.")) from error
        return data


def _check(data: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(_("This JSON is nested too deeply."))
    if isinstance(data, str):
        data.encode()
    inner = [*data, *data.values()] if isinstance(data, dict) else data
    for item in inner if isinstance(inner, list) else ():
        _check(item, depth + 1)


class NewestFirst(CursorPagination):
    """Pages by cursor, the newest first; they stay right while rows are added."""

    ordering = "-pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return a page. Raises ``NotFound`` for a cursor whose place is none in this order."""
        cursor = self.decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            name = self.get_ordering(request, queryset, view)[0].lstrip("-")
            field = (
                queryset.model._meta.pk if name == "pk" else queryset.model._meta.get_field(name)
            )
            try:
                field.to_python(cursor.position)
            except ValidationError as error:
                raise NotFound(self.invalid_cursor_message) from error
        return super().paginate_queryset(queryset, request, view)


class ErrorSerializer(serializers.Serializer):
    """What every refusal says; more names may follow."""

    code = serializers.CharField(help_text="A stable word for programs.")
    message = serializers.CharField(help_text="A sentence in the language of the request.")
    field = serializers.CharField(help_text="The input it is about, or nothing.", allow_blank=True)


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key again gets the same answer for 24 hours and does nothing twice.",
)


def documented(
    summary: str, responses: Mapping[int, Any], *, errors: tuple[int, ...] = (), **more: Any
) -> Callable[[F], F]:
    """Describe an endpoint with its answers; those that every endpoint may give are added.

    What the description does not name in the address is refused: a filter with a slip in its name
    would narrow nothing, and nobody would notice.
    """
    common = (400, 401, 403, 404, 429, *errors)
    answers = {**dict.fromkeys(common, ErrorSerializer), **responses}
    parameters = more.get("parameters", ())
    named = {item.name for item in parameters if item.location == OpenApiParameter.QUERY}

    def describe(method: F) -> F:
        @wraps(method)
        def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
            _refuse_others(request, named | _PAGING)
            return method(view, request, *args, **kwargs)

        return extend_schema(summary=summary, responses=answers, **more)(answer)  # type: ignore[return-value]

    return describe


def _refuse_others(request: Request, known: Set[str]) -> None:
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        text = _("There is no parameter “%(name)s” here.") % {"name": unknown[0][:60]}
        raise UnknownParameterError("unknown_parameter", text, field=unknown[0][:60])
