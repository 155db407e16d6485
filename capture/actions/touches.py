"""Crediting campaigns, links and pages with the leads that they led here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.action import action
from accounts.actor import Actor
from capture.actions.visits import page_ids
from capture.attribution import Origin, page_of
from capture.models import Campaign, Submission, Touch, TouchPosition
from capture.models.tracking import LONGEST_PATH
from capture.touches import short_links
from leads.models import Episode


@dataclass(frozen=True, slots=True)
class NewTouch:
    """Where a lead came from, once; fields as in ``Touch``.

    ``page_url`` is the address of the page on which it became a lead, "" where nobody knows.
    """

    lead_id: int
    origin: Origin
    channel: str
    occurred_at: datetime
    campaign: Campaign | None = None
    page_url: str = ""
    submission: Submission | None = None
    position: str = TouchPosition.LAST
    is_sample: bool = False


@action
def record_touches(touches: Sequence[NewTouch], *, by: Actor, as_of: datetime) -> None:
    """Write down where leads came from; what led to a form belongs to the open episode."""
    if not touches:
        return
    last = {touch.lead_id for touch in touches if touch.position == TouchPosition.LAST}
    episodes = dict(
        Episode.objects.filter(lead__in=last, closed_at=None).values_list("lead_id", "pk")
    )
    links = short_links(touch.origin for touch in touches)
    at = [page_of(touch.page_url) for touch in touches]
    pages = page_ids({page: "" for page in at if page})
    Touch.objects.bulk_create(
        Touch(
            lead_id=touch.lead_id,
            episode_id=episodes.get(touch.lead_id)
            if touch.position == TouchPosition.LAST
            else None,
            campaign=touch.campaign,
            submission=touch.submission,
            link=links.get(touch.origin.link_code),
            page_id=pages.get((page[0], page[1][:LONGEST_PATH])) if page else None,
            position=touch.position,
            channel=touch.channel,
            click_ids=dict(touch.origin.click_ids),
            referrer=touch.origin.referrer,
            landing_page=touch.origin.landing_page,
            occurred_at=touch.occurred_at,
            is_sample=touch.is_sample,
            **touch.origin.utm,
        )
        for touch, page in zip(touches, at, strict=True)
    )
