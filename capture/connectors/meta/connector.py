"""Meta: leads of lead ads, and what people do on a page at Facebook or Instagram.

A notification names a lead only by its id; the answers are asked for at the Graph API.
https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from capture.connectors.meta import graph
from capture.connectors.meta.events import items_of, signal_of
from capture.connectors.payloads import (
    as_dict,
    as_list,
    as_text,
    load_object,
    moment,
    to_bytes,
)
from capture.connectors.registry import Connector, Setting
from capture.connectors.signatures import check_secret, check_signature, hex_hmac
from capture.connectors.told import Field, Incoming, Item, Keys, RefusedError, Reply, Told
from leads.stages import Channel

_EXTRAS = ("ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "form_id")
_PLATFORMS = {"ig": Channel.INSTAGRAM, "instagram": Channel.INSTAGRAM}


class Meta(Connector):
    """The webhook of an app at Meta, for a page and its lead ads."""

    key = "meta"
    label = _("Facebook and Instagram")
    summary = _("Leads of lead ads; comments, likes and messages as signals.")
    icon = "brand-meta"
    channel = Channel.FACEBOOK
    has_fetch = True
    consents_carry_text = True
    settings = (
        Setting(
            "verify_token",
            _("verify token"),
            _("Paste it at Meta beside the address."),
            is_secret=True,
            is_made=True,
        ),
        Setting(
            "app_secret",
            _("app secret"),
            _("Stands at Meta under App settings → Basic."),
            is_secret=True,
        ),
        Setting(
            "access_token",
            _("access token of the page"),
            _("With the permissions leads_retrieval and pages_read_engagement."),
            is_secret=True,
        ),
        Setting("page_id", _("id of the page"), _("Needed to fetch missed leads.")),
        Setting(
            "graph_url",
            _("address of the Graph API"),
            is_address=True,
            default="https://graph.facebook.com/v23.0",
        ),
    )
    steps = (
        _("At developers.facebook.com make an app with the product “Webhooks”, object “Page”."),
        _("Paste the address and the verify token shown here and press “Verify and save” there."),
        _("Subscribe to “leadgen”; for signals also to “feed” and “messages”."),
        _("Copy the app secret and a lasting access token of the page into the fields below."),
        _("Send a lead with Meta's testing tool for lead ads. It appears under “What came in”."),
    )
    known_fields = {
        "full_name": "full_name",
        "first_name": "first_name",
        "last_name": "last_name",
        "email": "email",
        "work_email": "email",
        "phone_number": "phone",
        "phone": "phone",
        "work_phone_number": "phone",
        "company_name": "company",
        "job_title": "job_title",
        "street_address": "street",
        "zip_code": "postal_code",
        "post_code": "postal_code",
        "city": "city",
        "country": "country",
    }

    def challenge(self, keys: Keys, query: Mapping[str, str]) -> Reply | None:
        """Send the challenge back to whoever knows the verify token."""
        if query.get("hub.mode") != "subscribe":
            return None
        check_secret(query.get("hub.verify_token", ""), keys.secret("verify_token"))
        given = query.get("hub.challenge", "")[:500]
        return Reply(200, given.encode(), "text/plain; charset=utf-8")

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Check the signature over the raw body."""
        name, _sign, given = incoming.headers.get("X-Hub-Signature-256", "").partition("=")
        if name != "sha256":
            raise RefusedError("signature_missing")
        check_signature(keys.secret("app_secret"), given, incoming.body)

    def items(self, incoming: Incoming) -> list[Item]:
        """Return leads, reactions, comments and messages."""
        return list(items_of(load_object(incoming.body)))

    def needs_fetch(self, body: bytes) -> bool:
        """Say whether it is a lead, of which only the id came."""
        return "leadgen" in load_object(body)

    def fetch(self, keys: Keys, body: bytes) -> bytes:
        """Ask for the answers of a lead."""
        return graph.lead(keys, as_text(as_dict(load_object(body)["leadgen"]).get("leadgen_id")))

    def probe(self, keys: Keys) -> str:
        """Return the name of the page that the token belongs to."""
        return as_text(graph.ask(keys, keys.setting("page_id") or "me", fields="id,name")["name"])

    def missed(self, keys: Keys, since: datetime) -> Iterable[Item]:
        """Yield the leads of the forms of the page."""
        return graph.leads_since(keys, since)

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the answers of a lead, or what somebody did on the page."""
        event = load_object(body)
        if "leadgen" not in event:
            signal = signal_of(event)
            inner = as_dict(event.get("change")) or as_dict(event.get("messaging"))
            at = inner.get("created_time") or inner.get("timestamp") or event.get("time")
            return Told(occurred_at=moment(at), signal=signal, skip="" if signal else "no_person")
        lead = load_object(fetched)
        fields = []
        for answer in map(as_dict, as_list(lead.get("field_data"))):
            values = [as_text(value) for value in as_list(answer.get("values"))]
            fields.append(Field(as_text(answer.get("name")), values))
        for box in map(as_dict, as_list(lead.get("custom_disclaimer_responses"))):
            name = as_text(box.get("checkbox_key"))
            is_ticked = box.get("is_checked") in (True, "1", 1, "true")
            fields.append(Field(f"consent.{name}", ["yes" if is_ticked else "no"]))
        key = as_text(lead.get("id"))
        return Told(
            [field for field in fields if field.name],
            occurred_at=moment(lead.get("created_time")),
            channel=_PLATFORMS.get(as_text(lead.get("platform")), Channel.FACEBOOK),
            external=f"meta:{key}" if key else "",
            campaign=as_text(lead.get("campaign_name")) or as_text(lead.get("campaign_id")),
            source_detail=as_text(lead.get("ad_name")),
            extras={name: text for name in _EXTRAS if (text := as_text(lead.get(name)))},
        )

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return the notification that Meta's own testing tool sends."""
        seconds = int(now.timestamp())
        value = {
            "ad_id": "444444444",
            "form_id": "444444444444",
            "leadgen_id": f"444{seconds}",
            "created_time": seconds,
            "page_id": keys.setting("page_id"),
            "adgroup_id": "44444444444",
        }
        entry = {
            "id": keys.setting("page_id"),
            "time": seconds,
            "changes": [{"field": "leadgen", "value": value}],
        }
        body = to_bytes({"object": "page", "entry": [entry]})
        headers = {"X-Hub-Signature-256": f"sha256={hex_hmac(keys.secret('app_secret'), body)}"}
        return Incoming(body, "application/json", headers, now)

    def sample_fetched(self) -> bytes:
        """Return what Graph tells of a lead of the testing tool."""
        answers = {
            "full_name": "Test Person",
            "email": "test.person@example.com",
            "phone_number": "+4930901820",
        }
        return to_bytes(
            {
                "id": "444444444444",
                "platform": "fb",
                "form_id": "444444444444",
                "field_data": [{"name": k, "values": [v]} for k, v in answers.items()],
            }
        )
