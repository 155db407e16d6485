"""Forms of other systems on a website: any names, as form or JSON, flat or nested.

Seen and recorded: Contact Form 7, Gravity Forms, Elementor, TYPO3 (form framework, Powermail), and
plain HTML forms.
"""

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.attribution import clean_address
from capture.connectors.payloads import as_dict, as_text, flatten, load, moment
from capture.connectors.registry import KIB, Connector, Setting
from capture.connectors.told import Field, Incoming, Item, Keys, Reply, Told
from capture.connectors.web import origin_fields
from leads.stages import Channel

# What systems put around the names of their fields.
_WRAPPER = re.compile(r"^(?:tx_[a-z0-9_]+\.[^.]+\.|form_fields\.|fields\.|values\.|data\.)")
_GRAVITY = {"2": "salutation", "3": "first_name", "6": "last_name"}


class ForeignForms(Connector):
    """A form plug-in or a plain form that sends what visitors typed to an address."""

    key = "forms"
    label = _("Forms of your website")
    summary = _("Contact Form 7, Gravity Forms, Elementor, TYPO3 and any form made by hand.")
    icon = "forms"
    channel = Channel.WEBSITE
    is_signed = False
    is_public = True
    max_body = 256 * KIB
    settings = (
        Setting(
            "thanks_url",
            _("address after sending"),
            _("Where visitors go whose browser sends the form here directly."),
            is_required=False,
            is_address=True,
        ),
    )
    steps = (
        _("Elementor: Actions after submit → Webhook, with the address shown here."),
        _("Gravity Forms: Settings → Webhooks, request method POST, body “All fields”."),
        _("Contact Form 7: a plug-in for webhooks, with the address shown here."),
        _("TYPO3: a finisher that sends the values to the address shown here."),
        _("A form made by hand: the address shown here as its “action”, with method “post”."),
        _("Send the form once. Then say under “Fields” what each of its fields becomes."),
    )

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Nobody signs a form: the address alone is the secret."""

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one submission; an entry of Gravity Forms carries an id."""
        value = as_dict(load(incoming.body, incoming.content_type))
        entry, form = as_text(value.get("id")), as_text(value.get("form_id"))
        is_entry = bool(entry and form and "source_url" in value)
        return [Item(f"{form}:{entry}" if is_entry else "", incoming.body)]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return the fields under their names, without what systems put around them."""
        value = load(body, content_type)
        given = as_dict(value)
        is_entry = bool(given.get("form_id") and "source_url" in given)
        fields = [
            replace(field, name=_WRAPPER.sub("", field.name))
            for field in flatten(value)
            if not (is_entry and field.name == "id")
        ]
        at = moment(f"{given['date_created']}Z".replace(" ", "T")) if is_entry else None
        told = Told([field for field in fields if field.name], occurred_at=at)
        form = as_dict(given.get("form"))
        told.source_detail = as_text(given.get("form_name")) or as_text(form.get("name"))
        origin_fields(told)
        return told

    def guess(self, field: Field) -> str:
        """Know the parts of a name at Gravity Forms: 1.3 is the first, 1.6 the last name."""
        part = re.fullmatch(r"\d+\.(\d)", field.name)
        return _GRAVITY.get(part[1], "") if part else super().guess(field)

    def reply(self, keys: Keys, incoming: Incoming) -> Reply:
        """Send a visitor on, and tell a program that all is well."""
        address = clean_address(keys.setting("thanks_url"))
        if "text/html" not in incoming.headers.get("Accept", ""):
            return Reply(200, b'{"status": "ok"}')
        if address:
            return Reply(303, b"", location=address)
        thanks = gettext("Thank you. We have received your message.")
        return Reply(200, thanks.encode(), "text/plain; charset=utf-8")

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return what Contact Form 7 sends through a webhook."""
        fields = {
            "your-name": "Test Person",
            "your-email": "test.person@example.com",
            "your-message": "This is what a test looks like.",
        }
        return Incoming(urlencode(fields).encode(), "application/x-www-form-urlencoded", {}, now)
