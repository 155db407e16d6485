"""Meta: an app that notifies of leads and reactions, and the Graph API that it points to."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.simulators.wire import Answered, Asked, Server, ask

PAGE = "1000"


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class MetaApp:
    """Speaks to ``url`` as the webhooks of an app do."""

    url: str
    secret: str
    verify_token: str

    def subscribe(self, token: str | None = None) -> Answered:
        """Check the address, as Meta does before it sends anything."""
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": "1158201444",
            "hub.verify_token": self.verify_token if token is None else token,
        }
        return ask(f"{self.url}?{urlencode(query)}")

    def notify(self, *changes: dict[str, Any], kind: str = "page", **signing: Any) -> Answered:
        entry = {"id": PAGE, "time": int(time.time()), "changes": list(changes)}
        return self.post({"object": kind, "entry": [entry]}, **signing)

    def message(self, sender: str, text: str, mid: str = "m_1", **extra: Any) -> Answered:
        event = {
            "sender": {"id": sender},
            "recipient": {"id": PAGE},
            "timestamp": int(time.time() * 1000),
            "message": {"mid": mid, "text": text, **extra},
        }
        return self.post({"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]})

    def post(self, value: Any, *, secret: str = "", header: str | None = None) -> Answered:
        body = json.dumps(value).encode()
        signature = f"sha256={_digest(secret or self.secret, body)}" if header is None else header
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        return ask(self.url, method="POST", body=body, headers=headers)


def lead_change(lead_id: str) -> dict[str, Any]:
    value = {
        "leadgen_id": lead_id,
        "form_id": "500",
        "page_id": PAGE,
        "ad_id": "700",
        "created_time": int(time.time()),
    }
    return {"field": "leadgen", "value": value}


def feed_change(item: str, person: str, **value: Any) -> dict[str, Any]:
    """Return a comment, reaction or share on a post of the page."""
    given = {
        "item": item,
        "verb": "add",
        "post_id": f"{PAGE}_1",
        "from": {"id": person, "name": "Eva Muster"},
        "created_time": int(time.time()) - 3600,
        **value,
    }
    return {"field": "feed", "value": given}


@dataclass
class Graph:
    """The Graph API with the leads of one page; ``failures`` are answered first."""

    secret: str
    token: str = "page-token"
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[tuple[int, Any]] = field(default_factory=list)

    def add(
        self, lead_id: str, *, created: str = "2026-11-01T09:30:00+0000", **answers: str
    ) -> None:
        given = {"full_name": "Eva Muster", "email": "eva@example.org", **answers}
        self.leads[lead_id] = {
            "id": lead_id,
            "created_time": created,
            "ad_id": "700",
            "ad_name": "Dach",
            "campaign_id": "900",
            "campaign_name": "Herbst",
            "form_id": "500",
            "platform": "ig",
            "field_data": [{"name": k, "values": [v]} for k, v in given.items()],
            "custom_disclaimer_responses": [{"checkbox_key": "news", "is_checked": "1"}],
        }

    def server(self) -> Server:
        return Server(self.answer)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if self.failures:
            return self.failures.pop(0)
        proof = _digest(self.secret, self.token.encode())
        if asked.query.get("access_token") != self.token:
            return 400, _error(190, "Error validating access token: Session has expired.")
        if asked.query.get("appsecret_proof") != proof:
            return 400, _error(100, "Invalid appsecret_proof provided in the API argument")
        name = asked.path.rsplit("/v23.0/", 1)[-1]
        if name == PAGE:
            return 200, {"id": PAGE, "name": "Sonnendach"}
        if name == f"{PAGE}/leadgen_forms":
            return 200, {"data": [{"id": "500", "name": "Anfrage"}]}
        if name == "500/leads":
            return 200, self._page(asked)
        if name in self.leads:
            return 200, self.leads[name]
        return 400, _error(100, "Object does not exist")

    def _page(self, asked: Asked) -> dict[str, Any]:
        """Return two leads a page, with a cursor to the next."""
        rows = list(self.leads.values())
        start = int(asked.query.get("after", "0"))
        paging: dict[str, Any] = {"cursors": {"after": str(start + 2)}}
        if start + 2 < len(rows):
            paging["next"] = "https://graph.facebook.com/next"
        return {"data": rows[start : start + 2], "paging": paging}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code}}
