"""``Idempotency-Key``: a request of the API that is repeated is answered, not done again.

The answer is stored in the transaction of the change. A second request with the same key that
arrives meanwhile waits for it at the unique index, and gets the same answer.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, IdempotencyKey
from ground.errors import ConflictError, DomainError

LIFE = timedelta(hours=24)
LONGEST_KEY = 255
_WAIT_MS = 10_000
_KEPT_HEADERS = ("Location", "ETag")

Method = Callable[..., Response]


def idempotent(method: Method) -> Method:
    """Answer a repeated call of this API method from what was stored; without key, just call it.

    Only answers below 400 are kept: a refused request changed nothing and may be sent again.
    Raises ``DomainError`` when the key belongs to another request, ``ConflictError`` when the
    first one takes longer than ten seconds.
    """

    @wraps(method)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return method(view, request, *args, **kwargs)
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise DomainError("bad_idempotency_key", _("The key is too long or not readable."))
        assert isinstance(request.auth, ApiToken)
        with transaction.atomic():
            row, is_new = _claim(request, request.auth, key)
            if not is_new:
                return _stored_answer(row, request)
            response = method(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _store(row, response)
            return response

    return run


def sweep(*, as_of: datetime) -> int:
    """Forget answers after a day; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=as_of - LIFE).delete()[0]


def _claim(request: Request, token: ApiToken, key: str) -> tuple[IdempotencyKey, bool]:
    row = IdempotencyKey(
        token=token,
        key=key,
        method=str(request.method),
        path=request.path[:500],
        request_hash=_hash(request),
        created_at=timezone.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(_WAIT_MS)])
    try:
        with transaction.atomic():
            IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    except OperationalError as error:
        raise ConflictError(
            "request_in_progress", _("The first request with this key is still running.")
        ) from error
    kept = IdempotencyKey.objects.get(token=token, key=key)
    return kept, kept.response_status is None


def _stored_answer(row: IdempotencyKey, request: Request) -> Response:
    if row.request_hash != _hash(request):
        raise DomainError(
            "idempotency_key_reused", _("This key was used for another request before.")
        )
    data = json.loads(row.response_body) if row.response_body else None
    headers = {**row.response_headers, "Idempotent-Replayed": "true"}
    return Response(data, status=row.response_status, headers=headers)


def _store(row: IdempotencyKey, response: Response) -> None:
    row.response_status = response.status_code
    row.response_headers = {
        name: response[name] for name in _KEPT_HEADERS if response.has_header(name)
    }
    if response.data is not None:
        row.response_body = JSONRenderer().render(response.data).decode()
    row.save(update_fields=["response_status", "response_headers", "response_body"])


def _hash(request: Request) -> str:
    digest = hashlib.sha256()
    query = str(request.META.get("QUERY_STRING", ""))
    for part in (str(request.method), request.path, query):
        digest.update(part.encode() + b"\n")
    digest.update(request._request.body)
    return digest.hexdigest()
