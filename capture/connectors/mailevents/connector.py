"""What any mail server or mail service tells of mails, as signed JSON of a small shape."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from capture.connectors.generic.connector import SIGNATURE, Generic
from capture.connectors.payloads import as_text, load_object, moment, to_bytes
from capture.connectors.registry import Setting
from capture.connectors.signatures import check_dated_signature, dated_signature
from capture.connectors.told import Field, HookError, Incoming, Keys, MailReport, ReportKind, Told
from leads.normalise import clean_text
from leads.stages import Channel

_SHOWN = ("event", "type", "message_id", "recipient", "reason")


class MailEvents(Generic):
    """Bounces and complaints that a program translates into our words."""

    key = "mailevents"
    label = _("Mail events from any program")
    summary = _("Which mails came back and which were called spam, from your own mail server.")
    icon = "mail-exclamation"
    channel = Channel.EMAIL
    brings_leads = False
    settings = (Setting("secret", _("secret"), _("Used to sign."), is_secret=True, is_made=True),)
    steps = (
        _(
            "Have the program send a POST with JSON to the address: one event, a list of them, or"
            " an object with a list “events” in it."
        ),
        _("“event” is bounce, complaint or delivered; with a bounce “type” is hard or soft."),
        _("“message_id” is the Message-ID of the mail; “recipient” and “reason” may be added."),
        _(
            "Let it sign: the header “X-LeadCRM-Signature” with t=<seconds>,s=<HMAC-SHA256 over"
            " seconds, a dot and the body>."
        ),
        _("With a field “id” the same event comes in once, however often it is sent."),
    )

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Accept nothing but a signature: what comes in here stops mails."""
        signature = incoming.headers.get(SIGNATURE, "")
        check_dated_signature(keys.secret("secret"), signature, incoming.body, incoming.received_at)

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return what one event says; raises ``HookError`` (``no_mail_event``)."""
        value = load_object(body)
        given = {name: as_text(value.get(name)) for name in _SHOWN}
        kind, bare = given["event"].lower(), given["message_id"].strip("<> \r\n\t")
        if kind not in set(ReportKind) or not bare:
            raise HookError("no_mail_event")
        report = MailReport(
            kind,
            [f"<{bare}>"],
            is_hard=given["type"].lower() == "hard",
            response=clean_text(given["reason"], limit=400),
            recipients=[given["recipient"]] if given["recipient"] else [],
        )
        fields = [Field(name, [text]) for name, text in given.items() if text]
        return Told(fields, occurred_at=moment(value.get("at")), report=report)

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return one signed bounce."""
        body = to_bytes(
            {
                "id": f"test-{int(now.timestamp())}",
                "event": "bounce",
                "type": "hard",
                "message_id": "<test@leadcrm.invalid>",
                "recipient": "test.person@example.com",
                "reason": "550 5.1.1 user unknown",
            }
        )
        headers = {SIGNATURE: dated_signature(keys.secret("secret"), body, now)}
        return Incoming(body, "application/json", headers, now)
