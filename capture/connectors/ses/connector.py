"""Amazon SES: which mails came back and which were called spam, told by a topic of Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html
"""

import json
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from capture.connectors.payloads import as_dict, as_text, load_object, moment, to_bytes
from capture.connectors.registry import KIB, Connector, Setting
from capture.connectors.ses import sns
from capture.connectors.ses.events import is_about_us, kind_of, mail_event, report_of
from capture.connectors.signatures import is_same
from capture.connectors.told import Field, Incoming, Item, Keys, RefusedError, Told
from leads.stages import Channel


class Ses(Connector):
    """Bounces, complaints and deliveries of Amazon SES."""

    key = "ses"
    label = _("Amazon SES")
    summary = _("Which of your mails came back and which were called spam, if Amazon sends them.")
    icon = "brand-aws"
    channel = Channel.EMAIL
    brings_leads = False
    signs_tests = False
    # A message of SNS has 256 KiB at most; each sign of it may take two more in JSON.
    max_body = 1024 * KIB
    settings = (
        Setting(
            "topic_arn",
            _("ARN of the topic"),
            _("For example arn:aws:sns:eu-central-1:123456789012:mail-events."),
        ),
        Setting(
            "sns_url",
            _("address of a server in place of Amazon SNS"),
            _(
                "Empty for Amazon itself. Any other server must stand in LEADCRM_ALLOWED_SERVERS as"
                " well."
            ),
            is_required=False,
            is_address=True,
        ),
    )
    steps = (
        _("In Amazon SNS make a topic of the type “Standard”, where SES sends your mails."),
        _("Copy its ARN into the field below and save. Other topics are turned away."),
        _(
            "Make a subscription of the topic: protocol HTTPS, the address shown here, without raw"
            " message delivery. It is confirmed by itself within a minute."
        ),
        _(
            "In Amazon SES choose the topic for bounces and for complaints at your domain, under"
            " “Notifications”, and tick “Include original headers”."
        ),
        _(
            "Send a mail to bounce@simulator.amazonses.com from Amazon's console. It appears under"
            " “What came in” as about no mail of ours."
        ),
    )

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Check topic, age and Amazon's signature, the cheapest first."""
        topic = keys.setting("topic_arn").strip()
        if not topic:
            raise RefusedError("no_topic")
        envelope = sns.envelope_of(incoming.body)
        if not is_same(envelope["TopicArn"], topic):
            raise RefusedError("topic_wrong")
        sns.check_age(envelope, incoming.received_at)
        sns.check_message(envelope, keys, incoming.received_at)

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one message under the id that it has however often it is sent."""
        value = load_object(incoming.body)
        return [Item(as_text(value.get("MessageId")), incoming.body)]

    def needs_fetch(self, body: bytes) -> bool:
        """Say whether Amazon asks for our yes."""
        return load_object(body).get("Type") == sns.SUBSCRIBE

    def fetch(self, keys: Keys, body: bytes) -> bytes:
        """Say yes to the subscription."""
        return sns.confirm(as_text(load_object(body).get("SubscribeURL")), keys)

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return what happened to which mail."""
        value = load_object(body)
        kind = value.get("Type")
        if kind in {sns.SUBSCRIBE, sns.UNSUBSCRIBE}:
            return Told(skip="subscribed" if kind == sns.SUBSCRIBE else "topic_left")
        event = mail_event(as_text(value.get("Message")))
        report = report_of(event)
        told = Told(occurred_at=moment(value.get("Timestamp")), report=report)
        mail = as_dict(event.get("mail"))
        shown = {"event": kind_of(event), "mail": as_text(mail.get("messageId"))}
        if report is None:
            is_ours = kind_of(event) == "Bounce" and is_about_us(event)
            told.skip = "not_the_address" if is_ours else "no_mail_event"
        else:
            shown |= {"recipient": ", ".join(report.recipients), "said": report.response}
            shown |= {"message_id": ", ".join(report.message_ids)}
        told.fields = [Field(name, [text]) for name, text in shown.items() if text]
        return told

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return the notification of a bounce; nobody but Amazon can sign it."""
        at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        event = {
            "notificationType": "Bounce",
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": "test.person@example.com",
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                    }
                ],
                "timestamp": at,
                "feedbackId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000",
            },
            "mail": {"timestamp": at, "messageId": "00000138111222aa-test"},
        }
        body = {
            "Type": sns.NOTIFICATION,
            "MessageId": f"test-{int(now.timestamp() * 1000)}",
            "TopicArn": keys.setting("topic_arn"),
            "Message": json.dumps(event),
            "Timestamp": at,
        }
        return Incoming(to_bytes(body), "text/plain; charset=UTF-8", {}, now)
