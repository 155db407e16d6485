"""Tags by which a page asks whether something has changed."""

from hashlib import blake2b
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags


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


def known_tags(request: HttpRequest) -> set[str]:
    """Return the tags of what the browser has, all of them strong.

    Whatever compresses an answer on its way, ours or a proxy, makes its tag a weak one.
    """
    sent = parse_etags(request.headers.get("If-None-Match", ""))
    return {tag.removeprefix("W/") for tag in sent}


def tagged(request: HttpRequest, response: HttpResponse, tag: str) -> HttpResponse:
    """Return ``response`` under ``tag``, or 304 in its place where the browser has it already."""
    if tag in known_tags(request):
        response = HttpResponse(status=304)
    response["ETag"] = tag
    return response


def pulse(request: HttpRequest, tag: str) -> HttpResponse:
    """Answer 304 while nothing has changed since the tag that was sent, else 204 with ``tag``."""
    response = tagged(request, HttpResponse(status=204), tag)
    response["Cache-Control"] = "no-store"
    return response
