"""What a reader is told when a page cannot be shown."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that says what happened and what to do."""

    number: str
    title: Promise
    text: Promise


FAILURES = {
    "400": Failure(
        "400",
        _("This address cannot be read"),
        _("Something in it is not what this page expects. Go back and try again from there."),
    ),
    "403": Failure(
        "403",
        _("You may not see this"),
        _("Your role does not allow this page. An administrator can change that."),
    ),
    "404": Failure(
        "404",
        _("This page does not exist"),
        _("It may have been moved or deleted, or it belongs to somebody else."),
    ),
    "500": Failure(
        "500",
        _("Something went wrong on our side"),
        _("It was written down. Please try again in a minute; nothing you saved is lost."),
    ),
    "507": Failure(
        "507",
        _("The disk of the server is full"),
        _("This was not saved. Tell your administrator, and try again when there is room."),
    ),
    "csrf": Failure(
        "403",
        _("This form has expired"),
        _("Go back, load the page again and send it once more."),
    ),
}
