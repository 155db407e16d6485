"""Asking what became of mails whose hand-over broke off."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ground.errors import RetryableError
from nurturing.channels.email.base import Answer, MailTransportInquiry

# The mail server's clock may be wrong by hours; a mail that is looked for too far back does no
# harm, one that is looked for too late is sent twice.
_SLACK_SECONDS = 24 * 3600
_HEAD_BYTES = 32_768
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)


class MaildirInquiry:
    """Looks into the Maildir that gets a copy of everything the mail server accepts.

    With Postfix: ``always_bcc`` to a mailbox in Maildir format that this machine can read. The copy
    goes through the server's queue and arrives some time after the mail was accepted. Copies must
    stay for two days.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, message_ids: Collection[str], *, since: datetime) -> dict[str, Answer]:
        """Say of which mails the copy is there; raises ``RetryableError`` without folder.

        Reads the folder once, however many mails are asked for.
        """
        try:
            found = set(self._copies(since.timestamp() - _SLACK_SECONDS))
        except OSError as error:
            raise RetryableError(f"{self._folder}: {error}") from error
        return {
            message_id: Answer.ACCEPTED if message_id in found else Answer.NEVER_SEEN
            for message_id in message_ids
        }

    def _copies(self, earliest: float) -> Iterator[str]:
        # In this order: a mail that is read meanwhile moves from the first to the second.
        for name in ("new", "cur"):
            for path in (self._folder / name).iterdir():
                if path.stat().st_mtime >= earliest:
                    yield _message_id(path)


def _message_id(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = _MESSAGE_ID.search(head)
    return found[1].decode("utf-8", "replace") if found else ""


def configured_inquiry() -> MailTransportInquiry | None:
    """Return the inquiry of the settings, or None when nobody can be asked."""
    return MaildirInquiry(Path(settings.MAIL_COPY_DIR)) if settings.MAIL_COPY_DIR else None
