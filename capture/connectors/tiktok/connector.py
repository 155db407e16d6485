"""Lead forms of TikTok: each lead comes whole, signed with the secret of the app.

https://developers.tiktok.com/doc/webhooks-verification
"""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.connectors.payloads import (
    as_dict,
    as_list,
    as_text,
    load_object,
    moment,
    to_bytes,
)
from capture.connectors.registry import Connector, Setting
from capture.connectors.signatures import check_dated_signature, dated_signature
from capture.connectors.told import Field, Incoming, Item, Keys, Reply, Told
from leads.stages import Channel

_EXTRAS = ("advertiser_id", "ad_id", "ad_name", "adgroup_id", "adgroup_name", "page_id")


class TikTok(Connector):
    """The webhook of instant forms."""

    key = "tiktok"
    label = _("TikTok lead forms")
    summary = _("Leads of instant forms in TikTok ads.")
    icon = "brand-tiktok"
    channel = Channel.TIKTOK
    settings = (
        Setting(
            "client_secret",
            _("app secret"),
            _("Stands at TikTok under “Basic information” of your app."),
            is_secret=True,
        ),
    )
    steps = (
        _("Create an app at TikTok for Business and give it access to your lead forms."),
        _("Copy its secret into the field below."),
        _("Subscribe to leads with the address shown here as callback URL."),
        _("Send a test lead from the form. It appears under “What came in”."),
    )
    known_fields = {
        "name": "full_name",
        "full name": "full_name",
        "first name": "first_name",
        "last name": "last_name",
        "email": "email",
        "e-mail": "email",
        "phone number": "phone",
        "phone_number": "phone",
        "company name": "company",
        "job title": "job_title",
        "zip code": "postal_code",
        "city": "city",
        "country": "country",
    }

    def challenge(self, keys: Keys, query: Any) -> Reply | None:
        """Send a challenge back as it came."""
        given = query.get("challenge", "")
        return Reply(200, given[:500].encode(), "text/plain; charset=utf-8") if given else None

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Check the signature over time and body, and the time."""
        header = incoming.headers.get("TikTok-Signature", "")
        check_dated_signature(
            keys.secret("client_secret"), header, incoming.body, incoming.received_at
        )

    def items(self, incoming: Incoming) -> list[Item]:
        """Return one item for each lead."""
        return [
            Item(as_text(entry.get("lead_id") or entry.get("id")), to_bytes(entry))
            for entry in _entries(load_object(incoming.body))
        ]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the answers by question."""
        entry = next(iter(_entries(load_object(body))), {})
        fields = [
            Field(name, [as_text(change.get("value"))], name)
            for change in map(as_dict, as_list(entry.get("changes")))
            if (name := as_text(change.get("field") or change.get("name")))
        ]
        key = as_text(entry.get("lead_id") or entry.get("id"))
        return Told(
            fields,
            occurred_at=moment(entry.get("create_time")),
            channel=Channel.TIKTOK,
            external=f"tiktok:{key}" if key else "",
            campaign=as_text(entry.get("campaign_name")) or as_text(entry.get("campaign_id")),
            source_detail=as_text(entry.get("form_name")) or as_text(entry.get("ad_name")),
            extras={name: text for name in _EXTRAS if (text := as_text(entry.get(name)))},
            skip="" if entry else "no_lead",
        )

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return one signed lead."""
        seconds = int(now.timestamp())
        body = to_bytes(
            {
                "object": "lead",
                "time": seconds,
                "entry": [
                    {
                        "lead_id": f"7{seconds}",
                        "page_id": "7100000000000000001",
                        "campaign_id": "1700000000000001",
                        "campaign_name": "Test",
                        "ad_name": "Test",
                        "create_time": seconds,
                        "changes": [
                            {"field": "Name", "value": "Test Person"},
                            {"field": "Email", "value": "test.person@example.com"},
                            {"field": "Phone number", "value": "+4930901820"},
                        ],
                    }
                ],
            }
        )
        signature = dated_signature(keys.secret("client_secret"), body, now)
        return Incoming(body, "application/json", {"TikTok-Signature": signature}, now)


def _entries(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the leads; the envelope of the developer portal carries them as text."""
    if isinstance(value.get("changes"), list):
        return [value]
    content = value.get("content")
    if isinstance(content, str):
        try:
            value = {**value, **as_dict(json.loads(content))}
        except (ValueError, RecursionError):
            return []
        if isinstance(value.get("changes"), list):
            return [value]
    return [as_dict(entry) for entry in as_list(value.get("entry")) if as_dict(entry)]
