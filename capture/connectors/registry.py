"""What a connector is; each network and each kind of sender is a slice in this folder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from capture.activities import FORM_SUBMITTED
from capture.connectors.models import Connection
from capture.connectors.told import Field, Incoming, Item, Keys, Reply, Told
from capture.guard.doors import SIGNED_HOOK, UNSIGNED_HOOK, Door
from leads.stages import Channel

Text = str | Promise
KIB = 1024


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a connection must know; a secret is sealed and not shown again.

    With ``is_made`` we make it and the other side gets it, so that it is shown. ``default`` stands
    in the field at first.
    """

    name: str
    label: Text
    help: Text = ""
    is_secret: bool = False
    is_made: bool = False
    is_required: bool = True
    is_address: bool = False
    default: str = ""


class Connector:
    """One protocol: who it is from, what is in it, and how it is answered.

    Subclasses live in ``capture/connectors/<name>/`` and say what differs. Reading never touches
    the database; what cannot be read raises ``HookError``.
    """

    key = ""
    label: Text = ""
    summary: Text = ""
    steps: Sequence[Text] = ()
    icon = "plug"
    channel: str = Channel.WEBSITE
    settings: Sequence[Setting] = ()
    # Signed by the sender; what nobody signed is limited as the posts of forms are.
    is_signed = True
    # Whether browsers of visitors send here from other websites.
    is_public = False
    has_fetch = False
    # Whether we read a mailbox in place of waiting for requests.
    has_mailbox = False
    # Whether people come in by it, and not only reports about mails.
    brings_leads = True
    # Whether we hold the key by which requests are signed, so that a test goes through the door.
    signs_tests = True
    # The kind of activity that stands on the timeline.
    activity: str = FORM_SUBMITTED
    max_body = 6 * KIB * KIB
    # What the sender calls its fields, and what they become.
    known_fields: Mapping[str, str] = {}
    consents_carry_text = False

    @property
    def guarded_by(self) -> Door:
        """The door at which its senders are counted, and that says what is looked at."""
        return SIGNED_HOOK if self.is_signed else UNSIGNED_HOOK

    def challenge(self, keys: Keys, query: Mapping[str, str]) -> Reply | None:
        """Answer the GET by which a sender checks the address; None where it does none."""
        return None

    def verify(self, keys: Keys, incoming: Incoming) -> None:
        """Raise ``RefusedError`` unless the request proves who sent it."""
        raise AssertionError("Each connector says how it knows its sender.")

    def items(self, incoming: Incoming) -> list[Item]:
        """Return the events in a request, each with the sender's own id where it has one."""
        raise AssertionError("Each connector says what is in a request.")

    def needs_fetch(self, body: bytes) -> bool:
        """Say whether the sender's server must be asked for the rest of this event."""
        return False

    def fetch(self, keys: Keys, body: bytes) -> bytes:
        """Ask the sender's server; raises ``HookError`` or ``RetryableError``."""
        return b""

    def probe(self, keys: Keys) -> str:
        """Ask the sender's server who we are to it; raises ``HookError`` or ``RetryableError``."""
        return ""

    def missed(self, keys: Keys, since: datetime) -> Iterable[Item]:
        """Yield everything that the sender has since then, fetched already."""
        return ()

    def read(self, body: bytes, content_type: str, fetched: bytes) -> Told:
        """Return what one event says."""
        raise AssertionError("Each connector says how its events are read.")

    def refuse(self, connection: Connection, told: Told) -> str:
        """Return why nothing is made of an event, with the database at hand; "" for no reason."""
        return ""

    def guess(self, field: Field) -> str:
        """Return what a field of this sender usually becomes, or "" where nobody knows."""
        return self.known_fields.get(field.name) or self.known_fields.get(field.name.lower(), "")

    def reply(self, keys: Keys, incoming: Incoming) -> Reply:
        """Return what the sender is told once everything is stored."""
        return Reply(200)

    def sample(self, keys: Keys, now: datetime) -> Incoming:
        """Return a request as the sender would send it, signed with the secrets of ``keys``."""
        raise AssertionError("Each connector has a sample.")

    def sample_fetched(self) -> bytes:
        """Return what the sender's server would tell about the sample."""
        return b""
