"""What stands in the links of mails: the real tokens, so that the pages behind them answer."""

from typing import Any

from accounts.action import writing
from capture.models import OptIn
from capture.optin import token_of
from nurturing.models import LinkKind, TrackedLink
from tests.capture.scene import NEWSLETTER_CONSENT, make_form, submit
from tests.nurturing.scene import make_due_message, make_organisation, make_reader
from tests.rights.world import World, url_object


def _tracked(kind: str, url: str = "") -> str:
    """Return the token of something in a mail to a lead who agreed to measuring."""
    make_organisation()
    message = make_due_message(make_reader(("marketing", "tracking")))
    with writing("scene"):
        link = TrackedLink.objects.create(message=message, kind=kind, url=url, position=1)
    return link.token


@url_object("followed_link")
def followed_link(world: World) -> Any:
    return _tracked(LinkKind.LINK, "https://muster.example/")


@url_object("pixel")
def pixel(world: World) -> Any:
    return _tracked(LinkKind.PIXEL)


@url_object("unsubscribe_token")
def unsubscribe_token(world: World) -> Any:
    make_organisation()
    return make_due_message().token


@url_object("opt_in_token")
def opt_in_token(world: World) -> Any:
    """A sign-up that waits for its confirmation."""
    submit(make_form("newsletter"), **{NEWSLETTER_CONSENT: "on"})
    return token_of(OptIn.objects.latest("pk").public_id)
