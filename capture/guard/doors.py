"""Every public door, how many tries it takes, and what is looked at behind it.

A view of a public door asks its ``Door`` first; ``tests/security/test_doors.py`` finds one that
does not. Counting happens in this process, so that it holds without Redis and without the database.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.visitors import client_ip, client_network, wide_network
from capture.guard.throttle import Counter, Pace


class Check(StrEnum):
    """One thing that is looked at, for the doors that name it."""

    PROOF = "proof"
    TIME = "time"
    TRAP = "trap"
    ORIGIN = "origin"
    LINKS = "links"
    NAMES = "names"
    ADDRESS = "address"
    SCRIPT = "script"
    NETWORK = "network"
    MAILBOX = "mailbox"
    REPEATED = "repeated"
    LEARNED = "learned"


# What was written is looked at whoever brings it.
_WORDS = frozenset(
    {Check.LINKS, Check.NAMES, Check.ADDRESS, Check.SCRIPT, Check.REPEATED, Check.LEARNED}
)
_PACES = (Pace.FINE, Pace.HELD, Pace.REFUSED)


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. ``address`` counts a client, ``network`` its /24 or /48, both a minute.

    What comes in is held from ``threshold`` points on. ``free_links`` are usual here: people sign
    their mails with the address of their website.
    """

    key: str
    label: str | Promise
    address: Counter | None = None
    network: Counter | None = None
    checks: frozenset[Check] = frozenset()
    threshold: int = 50
    free_links: int = 0

    def enter(self, request: HttpRequest) -> Pace:
        """Count one try and say what becomes of it; both counters count, the worse one decides."""
        paces = [Pace.FINE]
        if self.address is not None:
            paces.append(self.address.hit(client_network(request)))
        if self.network is not None:
            paces.append(self.network.hit(wide_network(client_ip(request))))
        return max(paces, key=_PACES.index)

    def clear(self) -> None:
        """Forget everybody."""
        for counter in (self.address, self.network):
            if counter is not None:
                counter.clear()


# A stand at a trade fair with one address sends less than this, and so does a whole company.
FORM = Door("form", _("Form"), Counter(30), Counter(120), frozenset(Check))
UNKNOWN_FORM = Door("unknown_form", _("Form that does not exist"), Counter(5), Counter(20))
# What other systems send: signed by them, and not; a website sends from one address for all, so
# that networks say nothing. Signed by a system that a person connected, it takes more to hold it.
SIGNED_HOOK = Door("signed_hook", _("Connector"), Counter(600), checks=_WORDS, threshold=100)
UNSIGNED_HOOK = Door(
    "unsigned_hook",
    _("Connector"),
    Counter(120),
    checks=_WORDS | {Check.TRAP, Check.MAILBOX},
)
MAIL = Door("mail", _("E-mail"), checks=_WORDS | {Check.MAILBOX}, free_links=3)
TRACK = Door("track", _("Tracking"), Counter(240), Counter(2400))
CLICK = Door("click", _("Short link"), Counter(120))
# A whole company may chat from one address, each message a post and a look every three seconds.
CHAT = Door("chat", _("Chat"), Counter(120), Counter(480))
CHAT_LOOK = Door("chat_look", _("Chat"), Counter(1200))
# Whoever has the link may use it; this keeps anybody from using it without end.
CONTENT = Door("content", _("Download"), Counter(60), Counter(600))
MAIL_LINK = Door("mail_link", _("Link of a mail"), Counter(60), Counter(600))
CONFIRM = Door("confirm", _("Confirmation"), Counter(60), Counter(600))
# Mail programs send these from few addresses for many readers, and none may be turned away early.
UNSUBSCRIBE = Door("unsubscribe", _("Unsubscribing"), Counter(600))

DOORS: dict[str, Door] = {
    door.key: door
    for door in (
        FORM,
        UNKNOWN_FORM,
        SIGNED_HOOK,
        UNSIGNED_HOOK,
        MAIL,
        TRACK,
        CLICK,
        CHAT,
        CHAT_LOOK,
        CONTENT,
        MAIL_LINK,
        CONFIRM,
        UNSUBSCRIBE,
    )
}


def clear() -> None:
    """Forget everybody at every door."""
    for door in DOORS.values():
        door.clear()
