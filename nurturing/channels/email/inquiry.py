"""Asking what became of a mail whose hand-over broke off."""

from datetime import datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings

from ground.errors import RetryableError
from nurturing.channels.email.base import Answer, MailTransportInquiry

# Clocks of two machines, and the time between accepting and writing a mail.
_SLACK_SECONDS = 120


class MaildirInquiry:
    """Looks into the Maildir that gets a copy of everything the mail server accepts.

    With Postfix: ``always_bcc`` to a mailbox in Maildir format that this machine can read. The copy
    goes through the server's queue and arrives some time after the mail was accepted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, message_id: str, *, since: datetime) -> Answer:
        """Say whether the copy of a mail is there; raises ``RetryableError`` without folder."""
        earliest = since.timestamp() - _SLACK_SECONDS
        try:
            places = [self._folder / name for name in ("new", "cur")]
            found = any(
                _message_id(path) == message_id
                for place in places
                for path in place.iterdir()
                if path.stat().st_mtime >= earliest
            )
        except OSError as error:
            raise RetryableError(f"{self._folder}: {error}") from error
        return Answer.ACCEPTED if found else Answer.NEVER_SEEN


def _message_id(path: Path) -> str:
    with path.open("rb") as file:
        return str(BytesHeaderParser().parse(file).get("Message-ID", "")).strip()


def configured_inquiry() -> MailTransportInquiry | None:
    """Return the inquiry of the settings, or None when nobody can be asked."""
    return MaildirInquiry(Path(settings.MAIL_COPY_DIR)) if settings.MAIL_COPY_DIR else None
