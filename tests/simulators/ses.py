"""Amazon SES and SNS: a topic with a certificate of its own, that signs what it delivers."""

import base64
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from tests.simulators.wire import Answered, Asked, Server, ask

TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail-events"
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any = KEY, *, days: int = 30, begins: int = -1) -> bytes:
    """Return a certificate of SNS, valid from ``begins`` days from now on for ``days``."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.now(UTC) + timedelta(days=begins)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def elliptic_certificate() -> bytes:
    return certificate(ec.generate_private_key(ec.SECP256R1()))


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


@dataclass
class Topic:
    """Delivers to ``url`` what is published, signed by version 1 or 2."""

    url: str
    server: str
    version: str = "1"
    arn: str = TOPIC
    key: Any = KEY

    def envelope(self, kind: str, message: str, **values: Any) -> dict[str, Any]:
        """Return a message as SNS writes it; ``values`` replace or add, None leaves out."""
        given: dict[str, Any] = {
            "Type": kind,
            "MessageId": str(uuid.uuid4()),
            "TopicArn": self.arn,
            "Message": message,
            "Timestamp": stamp(values.pop("at", datetime.now(UTC))),
            "SignatureVersion": self.version,
            "SigningCertURL": f"{self.server}/SimpleNotificationService-a1b2c3.pem",
        }
        if kind == "Notification":
            given["Subject"] = "Amazon SES Email Event Notification"
            given["UnsubscribeURL"] = f"{self.server}/?Action=Unsubscribe"
        else:
            given["Token"] = "2336412f37fb687f5d51e6e2425c464de8e5"
            given["SubscribeURL"] = f"{self.server}/?Action=ConfirmSubscription&Token=2336"
        given |= values
        return {name: value for name, value in given.items() if value is not None}

    def signed(self, envelope: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in _SIGNED[envelope["Type"]] if name in envelope]
        text = "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()
        algorithm = hashes.SHA1() if envelope["SignatureVersion"] == "1" else hashes.SHA256()
        signature = self.key.sign(text, padding.PKCS1v15(), algorithm)
        return {**envelope, "Signature": base64.b64encode(signature).decode()}

    def post(self, envelope: dict[str, Any]) -> Answered:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": envelope.get("Type", ""),
            "User-Agent": "Amazon Simple Notification Service Agent",
        }
        body = json.dumps(envelope).encode()
        return ask(self.url, method="POST", body=body, headers=headers)

    def publish(self, event: Any, **values: Any) -> Answered:
        """Deliver what SES tells."""
        message = event if isinstance(event, str) else json.dumps(event)
        return self.post(self.signed(self.envelope("Notification", message, **values)))

    def subscribe(self, **values: Any) -> Answered:
        """Ask whether the address wants to be told."""
        text = "You have chosen to subscribe to the topic. To confirm, visit the SubscribeURL."
        return self.post(self.signed(self.envelope("SubscriptionConfirmation", text, **values)))

    def leave(self) -> Answered:
        text = "You have chosen to deactivate your subscription."
        return self.post(self.signed(self.envelope("UnsubscribeConfirmation", text)))


@dataclass
class Amazon:
    """The server with the certificate, which also takes confirmations."""

    pem: bytes = field(default_factory=certificate)
    status: int = 200
    confirmed: int = 0

    def server(self) -> Server:
        return Server(self.answer)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if self.status != 200:
            return self.status, b"https://elsewhere.example/"
        if asked.query.get("Action") == "ConfirmSubscription":
            self.confirmed += 1
            return 200, b"<ConfirmSubscriptionResponse/>"
        return 200, self.pem


def _mail(message_id: str, recipient: str, *, ses_id: str, headers: bool) -> dict[str, Any]:
    mail: dict[str, Any] = {
        "timestamp": stamp(datetime.now(UTC)),
        "source": "post@muster.example",
        "sourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/muster.example",
        "sendingAccountId": "123456789012",
        "messageId": ses_id,
        "destination": [recipient],
    }
    if headers:
        written = [("From", "post@muster.example"), ("Message-ID", message_id), ("To", recipient)]
        mail |= {
            "headersTruncated": False,
            "headers": [{"name": name, "value": value} for name, value in written],
            "commonHeaders": {"from": ["post@muster.example"], "to": [recipient]},
        }
    return mail


def told_of(sent: Any, *, event: bool = False, **values: Any) -> dict[str, Any]:
    """Return what SES tells of the mail ``sent``; ``values`` are the part named after its kind.

    ``event`` has it in the words of a configuration set; ``ses_id`` is Amazon's own id, and with
    ``headers=False`` nobody ticked the box for the original headers.
    """
    kind = values.pop("kind")
    ses_id = values.pop("ses_id", "010701938a1b2c3d-11111111-2222-3333-4444-555555555555-000000")
    recipient = values.pop("recipient", sent.to_address)
    headers = values.pop("headers", True)
    mail = _mail(sent.message_id, recipient, ses_id=ses_id, headers=headers)
    shape = "eventType" if event else "notificationType"
    part = {"timestamp": stamp(datetime.now(UTC)), **values}
    return {shape: kind, "mail": mail, kind.lower(): part}


def bounced(
    sent: Any, kind: str = "Permanent", sub: str = "General", status: str = "5.1.1", **more: Any
) -> dict[str, Any]:
    person = {
        "emailAddress": more.get("recipient", sent.to_address),
        "action": "failed",
        "status": status,
        "diagnosticCode": f"smtp; 550 {status} user unknown",
    }
    return told_of(
        sent,
        kind="Bounce",
        bounceType=kind,
        bounceSubType=sub,
        bouncedRecipients=[person],
        feedbackId="010701938a1b2c3d-feedback-000000",
        reportingMTA="dsn; a4-1.smtp-out.amazonses.com",
        **more,
    )


def complained(sent: Any, feedback: str | None = "abuse", **more: Any) -> dict[str, Any]:
    people = [{"emailAddress": more.get("recipient", sent.to_address)}]
    said = {"complaintFeedbackType": feedback} if feedback else {}
    return told_of(sent, kind="Complaint", complainedRecipients=people, **said, **more)


def delivered(sent: Any, **more: Any) -> dict[str, Any]:
    said = {"smtpResponse": "250 2.6.0 Message received", "recipients": [sent.to_address]}
    return told_of(sent, kind="Delivery", **said, **more)
