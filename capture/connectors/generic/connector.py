"""Any program that can send JSON: signed with the secret, or with it as a bearer token."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.connectors.payloads import as_list, as_text, flatten, load, moment, to_bytes
from capture.connectors.registry import Connector, Setting
from capture.connectors.signatures import check_dated_signature, check_secret, dated_signature
from capture.connectors.told import Incoming, Item, Keys, Told
from capture.connectors.web import origin_fields
from leads.stages import Channel

SIGNATURE = "X-LeadCRM-Signature"
_LISTS = ("events", "leads", "contacts", "submissions", "items", "data")
_IDS = ("event_id", "lead_id", "id", "uuid")
_TIMES = ("occurred_at", "created_at", "created_time", "submitted_at", "timestamp")
_CONTROLS = frozenset({*_IDS, *_TIMES, "is_test"})


class Generic(Connector):
    """JSON with any names: one object, a list of them, or an object with a list inside."""

    key = "generic"
    label = _("JSON from any program")
    summary = _("Your own software, Zapier, Make, n8n: whatever can send JSON to an address.")
    icon = "braces"
    channel = Channel.API
    settings: Sequence[Setting] = (
        Setting(
            "secret",
            _("secret"),
            _("Sent along as “Authorization: Bearer …”, or used to sign."),
            is_secret=True,
            is_made=True,
        ),
    )
    steps = (
        _("Have the other program send a POST with JSON to the address."),
        _("Let it send the header “Authorization” with “Bearer ”, a space and the secret."),
        _(
            "Or let it sign: the header “X-LeadCRM-Signature” with t=<seconds>,s=<HMAC-SHA256 over"
            " seconds, a dot and the body>."
        ),
        _("With a field “id” the same event comes in once, however often it is sent."),
        _("Send one event, then say under “Fields” what each field becomes."),
    )

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Accept a signature that is not older than five minutes, or the secret itself."""
        secret = keys.secret("secret")
        signature = incoming.headers.get(SIGNATURE, "")
        if signature:
            check_dated_signature(secret, signature, incoming.body, incoming.received_at)
            return
        kind, _space, given = incoming.headers.get("Authorization", "").partition(" ")
        check_secret(given.strip() if kind.lower() == "bearer" else "", secret)

    def items(self, incoming: Incoming) -> list[Item]:
        """Return one item for each object."""
        value = load(incoming.body, incoming.content_type)
        parts = _parts(value)
        if parts is None:
            return [Item(_id_of(value), incoming.body)]
        return [Item(_id_of(part), to_bytes(part)) for part in parts]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the fields of one object."""
        value = load(body, content_type)
        given = value if isinstance(value, dict) else {"value": value}
        at = next((found for key in _TIMES if (found := moment(given.get(key)))), None)
        told = Told(
            [field for field in flatten(given) if field.name not in _CONTROLS],
            occurred_at=at,
            is_test=given.get("is_test") is True,
        )
        origin_fields(told)
        return told

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return one signed lead."""
        body = to_bytes(
            {
                "id": f"test-{int(now.timestamp())}",
                "first_name": "Test",
                "last_name": "Person",
                "email": "test.person@example.com",
                "phone": "+49 30 901820",
                "company": "Example Ltd",
                "message": "This is what a test looks like.",
            }
        )
        signature = dated_signature(keys.secret("secret"), body, now)
        headers = {SIGNATURE: signature}
        return Incoming(body, "application/json", headers, now)


def _parts(value: Any) -> list[Any] | None:
    """Return the events in a list; None for one event alone."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    lists = [as_list(value.get(name)) for name in _LISTS]
    return next((part for part in lists if part and all(isinstance(it, dict) for it in part)), None)


def _id_of(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    return next((text for name in _IDS if (text := as_text(value.get(name)))), "")
