"""Clicks on short links: stored as they come, judged a moment later, counted by day then."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from accounts.action import action
from accounts.actor import Actor
from capture.models import ClickVerdict, LinkClick, ShortLink
from ground import days

# A scanner follows all links within seconds: only then it shows what it is.
SETTLING = timedelta(seconds=10)
BURST, BURST_WITHIN = 3, timedelta(seconds=2)
# What tells browsers apart is needed for neighbours that are judged later, and not longer.
FORGET_AFTER = timedelta(seconds=60)
CHUNK = 2_000


@action
def record_click(
    link: ShortLink, *, who: str, reason: str, by: Actor, as_of: datetime
) -> LinkClick:
    """Store that ``link`` was followed; ``reason`` is why a machine did, "" where none is known."""
    return LinkClick.objects.create(link=link, at=as_of, who=who, reason=reason)


@action
def judge_clicks(*, by: Actor, as_of: datetime) -> int:
    """Say of clicks that settled whether a person made them, and count them; returns how many.

    At most ``CHUNK``, the oldest first. Each is counted once, with its verdict.
    """
    forgotten = LinkClick.objects.filter(at__lt=as_of - FORGET_AFTER, at__gt=as_of - 10 * SETTLING)
    forgotten.exclude(who="").exclude(verdict="").update(who="")
    settled = LinkClick.objects.filter(verdict="", at__lt=as_of - SETTLING).order_by("at", "id")
    clicks = list(settled.select_for_update(of=("self",), skip_locked=True)[:CHUNK])
    if not clicks:
        return 0
    crowd = LinkClick.objects.exclude(who="").filter(
        at__gte=clicks[0].at - BURST_WITHIN, at__lte=clicks[-1].at + BURST_WITHIN
    )
    near: dict[str, list[LinkClick]] = defaultdict(list)
    for click in crowd.order_by("at", "id"):
        near[click.who].append(click)
    for click in clicks:
        click.reason = click.reason or _reason(click, near[click.who])
        click.verdict = ClickVerdict.MACHINE if click.reason else ClickVerdict.HUMAN
        if click.at < as_of - FORGET_AFTER:
            click.who = ""
    LinkClick.objects.bulk_update(clicks, ["verdict", "reason", "who"], batch_size=500)
    _count(clicks)
    return len(clicks)


def _reason(click: LinkClick, others: Sequence[LinkClick]) -> str:
    """Return why ``click`` counts as no person's, given what the same browser did then."""
    near = [other for other in others if abs(other.at - click.at) <= BURST_WITHIN]
    if len({other.link_id for other in near}) >= BURST:
        return "burst"
    before = (other for other in near if (other.at, other.pk) < (click.at, click.pk))
    return "repeat" if any(other.link_id == click.link_id for other in before) else ""


def _count(clicks: Sequence[LinkClick]) -> None:
    counts: Counter[tuple[int, date, str]] = Counter(
        (click.link_id, days.day_of(click.at), click.verdict) for click in clicks
    )
    keys = sorted({(link, day) for link, day, _verdict in counts})
    statement = """
        INSERT INTO capture_linkday (link_id, day, clicks, machine_clicks, is_sample)
        SELECT told.link, told.day, told.human, told.machine, false
        FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::int[])
            AS told(link, day, human, machine)
        ON CONFLICT (link_id, day) DO UPDATE SET
            clicks = capture_linkday.clicks + EXCLUDED.clicks,
            machine_clicks = capture_linkday.machine_clicks + EXCLUDED.machine_clicks
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [
                [link for link, _day in keys],
                [day for _link, day in keys],
                [counts[link, day, ClickVerdict.HUMAN] for link, day in keys],
                [counts[link, day, ClickVerdict.MACHINE] for link, day in keys],
            ],
        )
