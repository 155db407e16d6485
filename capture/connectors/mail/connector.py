"""A mailbox, or mails that the mail server pipes in."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from capture.activities import MAIL_RECEIVED
from capture.connectors.mail.imap import opened
from capture.connectors.mail.letter import (
    CONTENT_TYPE,
    CUT,
    LARGEST,
    Letter,
    fingerprint,
    may_be_kept,
    read_letter,
)
from capture.connectors.mail.machines import read_report, skip_reason
from capture.connectors.models import Connection
from capture.connectors.registry import Connector, Setting
from capture.connectors.told import Field, Incoming, Item, Keys, RefusedError, Told
from capture.guard.doors import MAIL, Door
from capture.guard.signals import is_role
from leads.normalise import normalise_email
from leads.stages import Channel

_NO_REPLY = frozenset({"no-reply", "noreply", "donotreply", "wordpress", "www-data", "website"})


class Mail(Connector):
    """What people write to an address of the organisation."""

    key = "mail"
    label = _("E-mail")
    summary = _("A mailbox that is read, or mails that your mail server hands over.")
    icon = "mail"
    channel = Channel.EMAIL
    max_body = LARGEST
    activity = MAIL_RECEIVED
    has_mailbox = True
    signs_tests = False
    known_fields = {"from": "email", "name": "full_name", "company": "company", "text": "message"}
    settings = (
        Setting("host", _("IMAP server"), _("For example imap.example.org."), is_required=False),
        Setting("port", _("port"), _("With TLS from the first byte."), default="993"),
        Setting("user", _("user name"), is_required=False),
        Setting("password", _("password"), is_secret=True, is_required=False),
        Setting("folder", _("folder"), _("Only mails that come in from now on."), default="INBOX"),
        Setting(
            "move_to",
            _("move to folder"),
            _("Where mails go that were read. Empty: they stay as they are, unread as well."),
            is_required=False,
        ),
    )
    steps = (
        _("Enter the mailbox and press “Read now”. It is then read every minute."),
        _("Mails that lie there already are left alone; only new ones become leads."),
        _("Or have your mail server hand mails over: the line is shown below."),
        _("Whoever writes becomes a lead, with the mail on the timeline. It is no consent."),
    )

    @property
    def guarded_by(self) -> Door:
        """Mails come by no address of ours, so that nobody can be counted there."""
        return MAIL

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Turn away what comes over the web: mails come by the mailbox alone."""
        raise RefusedError("not_by_web")

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the one mail."""
        return [Item(f"mail:{fingerprint(incoming.body)}", incoming.body)]

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return who wrote what."""
        letter = read_letter(body)
        told = Told(
            occurred_at=letter.sent_at,
            source_detail=", ".join(letter.recipients)[:200],
            extras={"subject": letter.subject, "message_id": letter.message_id},
            references=list(letter.references),
        )
        if reason := skip_reason(letter):
            told.skip, told.report = reason, read_report(letter)
            return told
        name, address = sender_of(letter)
        told.fields = [
            Field("from", [address]),
            # At a role address the name is that of the firm: "Muster GmbH <info@muster.example>".
            Field("company" if is_role(normalise_email(address).key) else "name", [name]),
            Field("text", [letter.reply or letter.subject]),
        ]
        told.facts = {
            "subject": letter.subject,
            "attachments": [
                {
                    "number": item.number,
                    "name": item.name,
                    "size": item.size,
                    "is_kept": may_be_kept(item),
                }
                for item in letter.attachments
            ],
            "is_cut": content_type == CUT or len(letter.senders) > 1,
        }
        return told

    def probe(self, keys: Keys) -> str:
        """Sign in to the mailbox, where one is entered."""
        if not keys.setting("host"):
            return ""
        with opened(keys) as box:
            return gettext("%(folder)s of %(user)s, next number %(number)s") % {
                "folder": keys.setting("folder"),
                "user": keys.setting("user"),
                "number": box.folder.uidnext,
            }

    def refuse(self, connection: Connection, told: Told) -> str:
        """Leave out what we, or a colleague, wrote."""
        address = next((item.text for item in told.fields if item.name == "from"), "")
        return "own_mail" if address and is_own(address, connection) else ""

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return a mail as a person writes it."""
        mail = EmailMessage()
        mail["From"] = "Test Person <test.person@example.com>"
        mail["To"] = keys.setting("user") or "info@example.org"
        mail["Subject"] = gettext("This is a test")
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<test-{int(now.timestamp() * 1000)}@leadcrm.invalid>"
        mail.set_content("This is what a test looks like.\n")
        return Incoming(mail.as_bytes(), CONTENT_TYPE, {}, now)


def sender_of(letter: Letter) -> tuple[str, str]:
    """Return name and address of the person who wrote.

    A form on a website that mails in its own name says in Reply-To who filled it in.
    """
    name, address = letter.senders[0]
    is_nobody = address.partition("@")[0].lower() in _NO_REPLY
    return letter.reply_to[0] if is_nobody and letter.reply_to else (name, address)


def is_own(address: str, connection: Connection) -> bool:
    """Say whether ``address`` is the mailbox itself, the organisation's or a colleague's."""
    key = normalise_email(address).key
    organisation = Organisation.current()
    ours = (connection.settings.get("user", ""), organisation.email, organisation.sender_email)
    if key in {normalise_email(text).key for text in ours if "@" in text}:
        return True
    return User.objects.filter(email=key).exists()
