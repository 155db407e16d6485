"""Tags by which a page asks whether something has changed."""

from hashlib import blake2b
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse


def tag_of(*parts: Any) -> str:
    """Return an ETag for data that can be told apart by its text."""
    return f'"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def tag_of_rows(*asked: QuerySet[Any, Any]) -> str:
    """Return an ETag for the rows of querysets: one query that answers with a sum of each.

    Each of ``asked`` says in which order its rows come.
    """
    sums: list[str] = []
    parameters: list[Any] = []
    for rows in asked:
        try:
            sql, own = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        sums.append(f"(SELECT md5(string_agg(told::text, ' ')) FROM ({sql}) AS told)")  # noqa: S608
        parameters += own
    if not sums:
        return tag_of()
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(sums), parameters)
        return tag_of(cursor.fetchone())


def pulse(request: HttpRequest, tag: str) -> HttpResponse:
    """Answer 304 while nothing has changed since the tag that was sent, else 204 with ``tag``."""
    same = request.headers.get("If-None-Match") == tag
    response = HttpResponse(status=304 if same else 204)
    response["ETag"] = tag
    response["Cache-Control"] = "no-store"
    return response
