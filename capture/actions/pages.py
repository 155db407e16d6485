"""Saying what pages of websites are about."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import PAGE_TAGGED
from capture.models import Page
from capture.models.tracking import PageTag
from ground.errors import DomainError

_when_tagged: list[Callable[[datetime], None]] = []


def when_tagged(reaction: Callable[[datetime], None]) -> None:
    """Call ``reaction(as_of)`` in the transaction in which a page was tagged anew.

    Earlier visits of the page are visits of what it is about from then on.
    """
    _when_tagged.append(reaction)


@action
def tag_page(page_id: int, tags: Sequence[str], *, by: Actor, as_of: datetime) -> Page:
    """Say what a page is about, in the order of ``PageTag``; the same again changes nothing.

    Raises ``DomainError`` with code ``tag_unknown``.
    """
    by.require(Right.FORMS_MANAGE)
    if set(tags) - set(PageTag.values):
        raise DomainError("tag_unknown", _("There is no such choice."), "tags")
    page = Page.objects.select_for_update(of=("self",)).get(pk=page_id)
    wanted = [tag for tag in PageTag.values if tag in tags]
    if wanted == page.tags:
        return page
    page.tags = wanted
    page.save(update_fields=["tags"])
    audit.record(PAGE_TAGGED, by=by, as_of=as_of, about=page, data={"tags": ", ".join(wanted)})
    for reaction in _when_tagged:
        reaction(as_of)
    return page
