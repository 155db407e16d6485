"""What the guard is told about something that came in, whichever door it came by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.visitors import wide_network
from capture.guard.doors import Door
from capture.optin import mailbox_of
from leads.normalise import normalise_email


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that came in.

    ``key`` is its name across all doors, ``place`` the form or connection that it came to.
    ``message`` is what was written freely in one piece, ``texts`` everything that was. ``took`` is
    how long filling in took, None where nobody knows. ``counts`` is False for what the sender was
    told to correct: sending it again is no repetition. Where ``may_repeat``, as with feedback, many
    honest people write the same, and nothing is told or learned from that.
    """

    door: Door
    key: str
    place: str
    at: datetime
    language: str
    email: str = ""
    names: Sequence[str] = ()
    message: str = ""
    texts: Sequence[str] = ()
    company: str = ""
    website: str = ""
    ip: str = ""
    proof: str = ""
    way: str = ""
    took: timedelta | None = None
    is_trapped: bool = False
    origin: str = ""
    is_origin_allowed: bool = True
    counts: bool = True
    may_repeat: bool = False
    flags: Sequence[str] = ()

    @property
    def text(self) -> str:
        """Everything that was written freely, as one text."""
        return "\n".join(self.texts)

    @property
    def domain(self) -> str:
        """The domain of the address, or ""."""
        return self.email_key.rpartition("@")[2]

    @property
    def email_key(self) -> str:
        """The normalised address, or ""."""
        return normalise_email(self.email).key if self.email else ""

    @property
    def mailbox(self) -> str:
        """The mailbox behind the address, or ""."""
        return mailbox_of(self.email_key) if self.email_key else ""

    @property
    def network(self) -> str:
        """The /24 or /48 that it came from, or ""."""
        return wide_network(self.ip)
