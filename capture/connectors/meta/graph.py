"""Asking the Graph API of Meta, with a proof that the token is used by its own app."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from capture.connectors.payloads import as_dict, as_list, as_text, load_json, to_bytes
from capture.connectors.signatures import hex_hmac
from capture.connectors.told import HookError, Item, Keys
from ground.errors import PermanentError, RetryableError
from ground.outside import fetch

LEAD_FIELDS = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,"
    "is_organic,platform,field_data,custom_disclaimer_responses"
)
# Codes of errors that pass: unknown, busy, too many calls of several kinds.
_PASSING = frozenset({1, 2, 4, 17, 32, 341, 613})
_TOKEN = frozenset({102, 190})
_PAGE_SIZE = 100


def ask(keys: Keys, path: str, **query: str) -> dict[str, Any]:
    """Return the answer of Graph; raises ``HookError`` or ``RetryableError``."""
    token = keys.secret("access_token")
    if not token:
        raise HookError("no_token")
    proof = hex_hmac(keys.secret("app_secret"), token.encode())
    given = urlencode({**query, "access_token": token, "appsecret_proof": proof})
    base = keys.setting("graph_url").rstrip("/")
    try:
        answer = fetch(f"{base}/{path}?{given}")
    except PermanentError as error:
        raise HookError("server_refused", text=str(error)) from error
    if answer.status >= 500:
        raise RetryableError(f"Graph answered {answer.status}.")
    try:
        value = as_dict(load_json(answer.body))
    except HookError as error:
        raise RetryableError("Graph answered with something unreadable.") from error
    if "error" in value or answer.status >= 400:
        raise _failure(as_dict(value.get("error")), answer.status)
    return value


def _failure(error: dict[str, Any], status: int) -> Exception:
    code = error.get("code")
    text = as_text(error.get("message"))[:300]
    if code in _PASSING or status == 429:
        return RetryableError(f"Graph: {text}")
    if code in _TOKEN:
        return HookError("token_expired", text=text)
    return HookError("server_refused", text=text or str(status))


def lead(keys: Keys, lead_id: str) -> bytes:
    """Return what Graph tells of one lead."""
    return to_bytes(ask(keys, lead_id, fields=LEAD_FIELDS))


def leads_since(keys: Keys, since: datetime) -> Iterator[Item]:
    """Yield every lead of every form of the page that came after ``since``."""
    after = (
        f'[{{"field":"time_created","operator":"GREATER_THAN","value":{int(since.timestamp())}}}]'
    )
    page = keys.setting("page_id")
    for form in _pages(keys, f"{page}/leadgen_forms", fields="id,name"):
        form_id = as_text(form.get("id"))
        for found in _pages(keys, f"{form_id}/leads", fields=LEAD_FIELDS, filtering=after):
            lead_id = as_text(found.get("id"))
            change = {"leadgen_id": lead_id, "form_id": form_id, "page_id": page}
            body = to_bytes({"object": "page", "page": page, "leadgen": change})
            yield Item(f"leadgen:{lead_id}", body, to_bytes(found))


def _pages(keys: Keys, path: str, **query: str) -> Iterator[dict[str, Any]]:
    """Yield from page to page until there is no next one, or the same comes again."""
    after, seen = "", set[str]()
    while after not in seen:
        seen.add(after)
        more = {"after": after} if after else {}
        answer = ask(keys, path, limit=str(_PAGE_SIZE), **query, **more)
        yield from map(as_dict, as_list(answer.get("data")))
        paging = as_dict(answer.get("paging"))
        after = as_text(as_dict(paging.get("cursors")).get("after"))
        if not after or not paging.get("next"):
            return
