"""What SES tells of a mail: that it came back, was called spam, or arrived.

Two shapes say the same: notifications of an identity (``notificationType``) and events of a
configuration set (``eventType``).
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from capture.connectors.payloads import as_dict, as_list, as_text, load_json
from capture.connectors.told import HookError, MailReport, ReportKind
from leads.normalise import clean_text

# What lies with the mail or with us, whoever it was sent to.
_NOT_THE_ADDRESS = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
# A complaint that was taken back, and one about signatures that no person made.
_NO_COMPLAINTS = frozenset({"not-spam", "auth-failure"})
_POLICY = "5.7."


def mail_event(message: str) -> dict[str, Any]:
    """Return the event in the text of a message; empty for what is none, as a first greeting."""
    try:
        return as_dict(load_json(message.encode("utf-8", "replace")))
    except HookError:
        return {}


def kind_of(event: Mapping[str, Any]) -> str:
    """Return what happened, in Amazon's words."""
    return as_text(event.get("eventType")) or as_text(event.get("notificationType"))


def report_of(event: Mapping[str, Any]) -> MailReport | None:
    """Return what an event says about the mail of one recipient; None for what is no report."""
    kind = kind_of(event)
    if kind == "Bounce":
        return _bounce(event, as_dict(event.get("bounce")))
    if kind == "Complaint":
        return _complaint(event, as_dict(event.get("complaint")))
    if kind == "Delivery":
        delivery = as_dict(event.get("delivery"))
        recipients = [as_text(address) for address in as_list(delivery.get("recipients"))]
        said = as_text(delivery.get("smtpResponse"))
        return _report(event, ReportKind.DELIVERED, recipients, said)
    return None


def is_about_us(event: Mapping[str, Any]) -> bool:
    """Say whether a mail came back for a reason that does not lie with the address."""
    bounce = as_dict(event.get("bounce"))
    codes = [as_text(it.get("status")) for it in _people(bounce, "bouncedRecipients")]
    is_policy = bool(codes) and all(code.startswith(_POLICY) for code in codes)
    return is_policy or as_text(bounce.get("bounceSubType")) in _NOT_THE_ADDRESS


def _bounce(event: Mapping[str, Any], bounce: Mapping[str, Any]) -> MailReport | None:
    if is_about_us(event):
        return None
    people = list(_people(bounce, "bouncedRecipients"))
    said = next((text for it in people if (text := as_text(it.get("diagnosticCode")))), "")
    kind = " ".join(as_text(bounce.get(name)) for name in ("bounceType", "bounceSubType"))
    return _report(
        event,
        ReportKind.BOUNCE,
        [as_text(it.get("emailAddress")) for it in people],
        f"{kind}: {said}" if said else kind,
        is_hard=bounce.get("bounceType") == "Permanent",
    )


def _complaint(event: Mapping[str, Any], complaint: Mapping[str, Any]) -> MailReport | None:
    kind = as_text(complaint.get("complaintFeedbackType"))
    if kind in _NO_COMPLAINTS:
        return None
    people = _people(complaint, "complainedRecipients")
    recipients = [as_text(it.get("emailAddress")) for it in people]
    return _report(event, ReportKind.COMPLAINT, recipients, kind)


def _people(part: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    return map(as_dict, as_list(part.get(name))[:50])


def _report(
    event: Mapping[str, Any], kind: str, recipients: list[str], said: str, *, is_hard: bool = False
) -> MailReport:
    mail = as_dict(event.get("mail"))
    return MailReport(
        kind,
        _message_ids(mail),
        is_hard,
        clean_text(said, limit=400),
        taken_as=as_text(mail.get("messageId")),
        recipients=[address for address in recipients if address],
    )


def _message_ids(mail: Mapping[str, Any]) -> list[str]:
    """Return the Message-IDs under which we may know a mail: as we wrote them."""
    headers = list(map(as_dict, as_list(mail.get("headers"))[:200]))
    written = [
        as_text(as_dict(mail.get("commonHeaders")).get("messageId")),
        *(
            as_text(header.get("value"))
            for header in headers
            if as_text(header.get("name")).lower() == "message-id"
        ),
    ]
    return [f"<{bare}>" for text in dict.fromkeys(written) if (bare := text.strip("<> \r\n\t"))]
