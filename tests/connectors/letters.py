"""Mails as people and machines write them."""

from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone


def letter(text="Guten Tag, bitte schicken Sie uns ein Angebot.", **headers):
    """Return a mail of Eva; a double underscore in a header is a hyphen, None leaves it out."""
    mail = EmailMessage()
    given = {
        "From": "Eva Muster <eva@muster.example>",
        "To": "leads@example.org",
        "Subject": "Anfrage",
        "Date": format_datetime(timezone.now()),
        "Message-ID": f"<{abs(hash(text + str(headers)))}@muster.example>",
        **{name.replace("__", "-"): value for name, value in headers.items()},
    }
    for name, value in given.items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    return mail


def raw(text="Guten Tag, bitte schicken Sie uns ein Angebot.", **headers):
    return letter(text, **headers).as_bytes(policy=letter().policy.clone(linesep="\r\n"))


def bounce(message_id, status="5.1.1", action="failed"):
    """Return a report as Postfix writes it."""
    lines = [
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)",
        "To: us@example.org",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B1"',
        "",
        "--B1",
        "Content-Type: text/plain",
        "",
        "I'm sorry to have to inform you that your message could not be delivered.",
        "--B1",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
        "Final-Recipient: rfc822; eva@muster.example",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} User unknown",
        "",
        "--B1",
        "Content-Type: text/rfc822-headers",
        "",
        "From: us@example.org",
        f"Message-ID: {message_id}",
        "Subject: Hello",
        "",
        "--B1--",
        "",
    ]
    return "\r\n".join(lines).encode()


def feedback(message_id, kind="abuse"):
    """Return a complaint as providers forward it (ARF)."""
    lines = [
        "From: feedback@provider.example",
        "To: us@example.org",
        "Subject: FW: Hello",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=feedback-report; boundary="B2"',
        "",
        "--B2",
        "Content-Type: text/plain",
        "",
        "This is an email abuse report for an email message received from 192.0.2.1.",
        "--B2",
        "Content-Type: message/feedback-report",
        "",
        f"Feedback-Type: {kind}",
        "User-Agent: SomeGenerator/1.0",
        "Version: 1",
        "Original-Mail-From: <post@muster.example>",
        "",
        "--B2",
        "Content-Type: message/rfc822",
        "",
        "From: us@example.org",
        f"Message-ID: {message_id}",
        "Subject: Hello",
        "",
        "Hello",
        "--B2--",
        "",
    ]
    return "\r\n".join(lines).encode()
