"""Forms that post to HubSpot today: only the host changes.

https://developers.hubspot.com/docs/api-reference/legacy/forms-v3-legacy
"""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.attribution import clean_address
from capture.connectors.payloads import (
    as_dict,
    as_list,
    as_text,
    load_object,
    moment,
    to_bytes,
)
from capture.connectors.registry import KIB, Connector, Setting
from capture.connectors.told import Field, Incoming, Item, Keys, Reply, Told
from capture.connectors.web import origin_fields
from leads.stages import Channel


class HubSpotForms(Connector):
    """The endpoint to which scripts and servers submit HubSpot forms."""

    key = "hubspot"
    label = _("Forms made for HubSpot")
    summary = _(
        "A website that posts to HubSpot's forms API keeps its code; only the host changes."
    )
    icon = "affiliate"
    channel = Channel.WEBSITE
    is_signed = False
    is_public = True
    consents_carry_text = True
    max_body = 256 * KIB
    settings = (
        Setting("portal_id", _("portal id"), _("The number in the address of your form.")),
        Setting("form_guid", _("form id"), _("The long id behind it.")),
        Setting(
            "thanks_url",
            _("address after sending"),
            _("Told to the website as “redirectUri”."),
            is_required=False,
            is_address=True,
        ),
    )
    steps = (
        _("In the code of your website look for api.hsforms.com."),
        _("Put portal id and form id from that address into the fields below."),
        _("In the code replace “https://api.hsforms.com” by the address of this installation."),
        _("Send the form once. Then say under “Fields” what each of its fields becomes."),
    )
    known_fields = {
        "firstname": "first_name",
        "lastname": "last_name",
        "email": "email",
        "phone": "phone",
        "mobilephone": "phone",
        "company": "company",
        "jobtitle": "job_title",
        "address": "street",
        "zip": "postal_code",
        "city": "city",
        "country": "country",
        "website": "website",
        "salutation": "salutation",
        "message": "message",
    }

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Nobody signs a form: the ids alone are the secret, as at HubSpot."""

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one submission, which has no id."""
        return [Item("", incoming.body)]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return fields and declared consents, with the page from the context."""
        value = load_object(body)
        fields = [
            Field(name, [as_text(item.get("value"))])
            for item in map(as_dict, as_list(value.get("fields")))
            if (name := as_text(item.get("name")))
        ]
        fields += _consents(as_dict(value.get("legalConsentOptions")))
        context = as_dict(value.get("context"))
        told = Told(
            fields,
            occurred_at=moment(value.get("submittedAt")),
            page_url=clean_address(as_text(context.get("pageUri"))),
            source_detail=as_text(context.get("pageName")),
        )
        origin_fields(told)
        return told

    def reply(self, keys: Keys, incoming: Incoming) -> Reply:
        """Answer as HubSpot does."""
        address = clean_address(keys.setting("thanks_url"))
        thanks = gettext("Thank you. We have received your message.")
        answer = {"redirectUri": address} if address else {"inlineMessage": thanks}
        return Reply(200, json.dumps(answer).encode())

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return one submission with a declared consent."""
        fields = {
            "firstname": "Test",
            "lastname": "Person",
            "email": "test.person@example.com",
        }
        body = to_bytes(
            {
                "submittedAt": str(int(now.timestamp() * 1000)),
                "fields": [
                    {"objectTypeId": "0-1", "name": name, "value": text}
                    for name, text in fields.items()
                ],
                "context": {"pageUri": "https://www.example.com/contact", "pageName": "Contact"},
                "legalConsentOptions": {
                    "consent": {
                        "consentToProcess": True,
                        "text": "I agree that my data is stored.",
                        "communications": [
                            {
                                "value": True,
                                "subscriptionTypeId": 999,
                                "text": "I agree to receive news by e-mail.",
                            }
                        ],
                    }
                },
            }
        )
        return Incoming(body, "application/json", {}, now)


def _consents(legal: dict[str, Any]) -> list[Field]:
    """Return what was ticked, each with its wording; an interest of ours is no consent."""
    consent = as_dict(legal.get("consent"))
    fields = []
    if as_text(consent.get("text")):
        value = "yes" if consent.get("consentToProcess") is True else "no"
        fields.append(
            Field("consent.processing", [value], as_text(consent["text"]), is_consent=True)
        )
    for given in map(as_dict, as_list(consent.get("communications"))):
        value = "yes" if given.get("value") is True else "no"
        name = f"consent.{as_text(given.get('subscriptionTypeId'))}"
        fields.append(Field(name, [value], as_text(given.get("text")), is_consent=True))
    return fields
