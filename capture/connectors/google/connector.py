"""Lead forms of Google Ads: each lead comes whole, with the key that was agreed on.

https://developers.google.com/google-ads/webhook/docs/implementation
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from capture.connectors.payloads import (
    as_dict,
    as_list,
    as_text,
    load_object,
    moment,
    to_bytes,
)
from capture.connectors.registry import KIB, Connector, Setting
from capture.connectors.signatures import check_secret
from capture.connectors.told import Field, HookError, Incoming, Item, Keys, RefusedError, Told
from leads.stages import Channel

_EXTRAS = ("campaign_id", "form_id", "adgroup_id", "creative_id", "asset_group_id", "lead_stage")


class GoogleAds(Connector):
    """The webhook of a lead form asset."""

    key = "google"
    label = _("Google Ads lead forms")
    summary = _("Leads of lead form assets in search, video and Performance Max.")
    icon = "brand-google"
    channel = Channel.PAID_SEARCH
    max_body = 256 * KIB
    settings = (
        Setting("google_key", _("key"), _("Paste it at Google."), is_secret=True, is_made=True),
    )
    steps = (
        _("In Google Ads open the lead form asset and, in it, “Lead delivery”, then “Webhook”."),
        _("Paste the address shown here as “Webhook URL” and the key shown here as “Key”."),
        _("Press “Send test data” there. The test appears under “What came in” and makes no lead."),
    )
    known_fields = {
        "FULL_NAME": "full_name",
        "FIRST_NAME": "first_name",
        "LAST_NAME": "last_name",
        "EMAIL": "email",
        "WORK_EMAIL": "email",
        "PHONE_NUMBER": "phone",
        "WORK_PHONE": "phone",
        "COMPANY_NAME": "company",
        "JOB_TITLE": "job_title",
        "STREET_ADDRESS": "street",
        "POSTAL_CODE": "postal_code",
        "CITY": "city",
        "COUNTRY": "country",
    }

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Compare the key in the body; what has none is from somebody else."""
        try:
            given = as_text(load_object(incoming.body).get("google_key"))
        except HookError as error:
            raise RefusedError("signature_missing") from error
        check_secret(given, keys.secret("google_key"))

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one lead under its id."""
        return [Item(as_text(load_object(incoming.body).get("lead_id")), incoming.body)]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the answers under the ids of their columns; unknown parts are left alone."""
        lead = load_object(body)
        fields = []
        for column in map(as_dict, as_list(lead.get("user_column_data"))):
            label = as_text(column.get("column_name"))
            name = as_text(column.get("column_id")) or label
            if name:
                fields.append(Field(name, [as_text(column.get("string_value"))], label))
        click = as_text(lead.get("gcl_id"))
        key = as_text(lead.get("lead_id"))
        return Told(
            fields,
            occurred_at=moment(lead.get("lead_submit_time")),
            channel=Channel.PAID_SEARCH,
            external=f"google:{key}" if key else "",
            campaign=as_text(lead.get("campaign_id")),
            click_ids={"gclid": click[:200]} if click else {},
            extras={name: text for name in _EXTRAS if (text := as_text(lead.get(name)))},
            is_test=lead.get("is_test") is True,
        )

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return what “Send test data” sends."""
        columns = [
            ("Full Name", "Test Person", "FULL_NAME"),
            ("User Email", "test.person@example.com", "EMAIL"),
            ("User Phone", "+4930901820", "PHONE_NUMBER"),
        ]
        body = to_bytes(
            {
                "lead_id": f"TeSter-{int(now.timestamp())}",
                "user_column_data": [
                    {"column_name": name, "string_value": value, "column_id": key}
                    for name, value, key in columns
                ],
                "api_version": "1.0",
                "form_id": 40000000000,
                "campaign_id": 10000000000,
                "google_key": keys.secret("google_key"),
                "is_test": True,
                "gcl_id": "TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                "adgroup_id": 20000000000,
                "creative_id": 30000000000,
            }
        )
        return Incoming(body, "application/json", {}, now)
