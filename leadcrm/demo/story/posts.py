"""The posts of the story, what was clicked in them, and who looked at the pages behind them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from accounts.action import action
from accounts.actor import Actor
from capture.actions.posts import add_link, note_likes, save_post
from capture.actions.tracking import switch_tracking
from capture.models import (
    Campaign,
    ClickVerdict,
    LinkClick,
    LinkDay,
    Network,
    Page,
    PageDay,
    Post,
    ShortLink,
    Touch,
    TouchPosition,
)
from ground import days
from leadcrm.demo.story.cast import PAGES
from leads.models import Lead
from leads.stages import Channel

HOST = "nordlicht.example"
DAYS = 90
# Title, network, days ago, page behind, clicks, likes, share of the leads of its channel.
_POSTS: tuple[tuple[str, str, int, str, int, int, float], ...] = (
    ("Dachanlage in drei Wochen", Network.INSTAGRAM, 74, "/produkte/dachanlagen/", 190, 212, 0.3),
    ("Katze auf dem Solardach", Network.INSTAGRAM, 51, "/", 96, 4_830, 0.0),
    ("Förderung 2026 erklärt", Network.FACEBOOK, 63, "/ratgeber/foerderung/", 310, 145, 0.35),
    ("Was kostet ein Speicher?", Network.FACEBOOK, 28, "/produkte/speicher/", 142, 88, 0.15),
    (
        "Eigenverbrauch richtig rechnen",
        Network.LINKEDIN,
        40,
        "/ratgeber/eigenverbrauch/",
        88,
        61,
        0.5,
    ),
    ("Ein Tag auf der Baustelle", Network.TIKTOK, 12, "/referenzen/", 205, 1_920, 0.0),
)
# Path of a page, visitors a day, seconds, bounces and actors of a hundred visitors.
_TRAFFIC: dict[str, tuple[int, int, int, int]] = {
    "/": (42, 24, 46, 0),
    "/produkte/dachanlagen/": (21, 71, 38, 2),
    "/produkte/speicher/": (14, 58, 41, 1),
    "/ratgeber/foerderung/": (26, 132, 55, 3),
    "/ratgeber/eigenverbrauch/": (12, 148, 52, 2),
    "/referenzen/": (9, 40, 35, 0),
    "/preise/": (11, 64, 22, 4),
    "/preise/rechner/": (8, 176, 18, 9),
    "/kontakt/": (7, 55, 12, 24),
}
_WITH_FORMS = (
    Channel.WEBSITE,
    Channel.ORGANIC_SEARCH,
    Channel.PAID_SEARCH,
    Channel.FACEBOOK,
    Channel.INSTAGRAM,
    Channel.LINKEDIN,
)
_REASONS = ("robot", "robot", "prefetch", "burst")


# What pages are about, by where they stand.
ABOUT = {"price": "/preise/", "feature": "/produkte/"}


@action
def tell_posts(*, by: Actor, until: datetime, seed: int) -> int:
    """Publish the posts, let their links be followed, and count the pages; returns how many posts.

    Tracking is switched on, as the story has visits. A part of the leads of each channel came by
    its posts.
    """
    dice = Random(seed)  # noqa: S311 - a story, not a secret
    switch_tracking(
        visits=True, dwell=True, scroll=True, clicks=True, events=True, by=by, as_of=until
    )
    campaigns = {row.channel: row for row in Campaign.objects.filter(is_sample=True)}
    for title, network, ago, path, clicks, likes, share in _POSTS:
        at = until - timedelta(days=ago, hours=dice.randrange(1, 9))
        campaign = campaigns.get(network)
        post = save_post(
            None,
            title=title,
            network=network,
            url=f"https://www.{network}.example/nordlicht/{ago}",
            published_at=at,
            campaign_id=campaign.pk if campaign else None,
            by=by,
            as_of=at,
            is_sample=True,
        )
        note_likes({post.pk: likes}, by=by, as_of=until)
        link = add_link(post.pk, target=f"https://{HOST}{path}", by=by, as_of=at)
        _click(link, clicks, dice, since=at, until=until)
        _credit(link, post, share)
    _count_pages(list(campaigns.values()), dice, until)
    return len(_POSTS)


def _click(link: ShortLink, count: int, dice: Random, *, since: datetime, until: datetime) -> None:
    """Spread ``count`` clicks, the most of them soon after ``since``, and a few machines."""
    span = (until - since).days or 1
    ahead = [min(span - 1, int(dice.expovariate(0.4))) for _click in range(count)]
    people: dict[date, int] = {}
    for number in ahead:
        day = days.day_of(since + timedelta(days=number))
        people[day] = people.get(day, 0) + 1
    LinkDay.objects.bulk_create(
        LinkDay(link=link, day=day, clicks=clicks, machine_clicks=1 + clicks // 9, is_sample=True)
        for day, clicks in people.items()
    )
    LinkClick.objects.bulk_create(
        LinkClick(
            link=link,
            at=since + timedelta(minutes=7 * number),
            verdict=ClickVerdict.MACHINE,
            reason=dice.choice(_REASONS),
            is_sample=True,
        )
        for number in range(count // 12)
    )


def _credit(link: ShortLink, post: Post, share: float) -> None:
    """Let ``share`` of the leads of the channel, who came after the post, come by its link."""
    came = Lead.objects.filter(
        is_sample=True, first_channel=post.network, first_channel_at__gte=post.published_at
    ).exclude(touches__link__isnull=False)
    leads = list(came.order_by("-score", "pk").values_list("pk", "first_channel_at"))
    chosen = dict(leads[: round(len(leads) * share)])
    known = Touch.objects.filter(lead__in=chosen, position=TouchPosition.FIRST)
    known.update(link=link, utm_source=post.network, utm_medium="social")
    without = chosen.keys() - set(known.values_list("lead", flat=True))
    Touch.objects.bulk_create(
        Touch(
            lead_id=key,
            link=link,
            position=TouchPosition.FIRST,
            channel=post.network,
            utm_source=post.network,
            utm_medium="social",
            occurred_at=chosen[key],
            is_sample=True,
        )
        for key in sorted(without)
    )


def _send_forms(
    pages: Sequence[Page], campaigns: Mapping[str, Campaign], dice: Random, until: datetime
) -> None:
    """Have the leads of the last days sent their form from one of ``pages``."""
    weights = [_TRAFFIC[page.path][0] * _TRAFFIC[page.path][3] for page in pages]
    recent = Lead.objects.filter(
        is_sample=True,
        first_channel__in=_WITH_FORMS,
        first_channel_at__gte=until - timedelta(days=DAYS),
    )
    Touch.objects.bulk_create(
        Touch(
            lead_id=key,
            page=page,
            campaign=campaigns.get(channel),
            landing_page=f"https://{page.host}{page.path}",
            position=TouchPosition.LAST,
            channel=channel,
            occurred_at=at,
            is_sample=True,
        )
        for key, channel, at in recent.values_list("pk", "first_channel", "first_channel_at")
        for page in dice.choices(pages, weights)
    )


def _count_pages(campaigns: Sequence[Campaign], dice: Random, until: datetime) -> None:
    titles = dict(PAGES)
    pages = Page.objects.bulk_create(
        Page(
            host=HOST,
            path=path,
            title=titles[path],
            tags=[tag for tag, folder in ABOUT.items() if path.startswith(folder)],
            created_at=until,
            is_sample=True,
        )
        for path in _TRAFFIC
    )
    last = days.day_of(until)
    _send_forms(pages, {row.channel: row for row in campaigns}, dice, until)
    rows = []
    for ago in range(DAYS):
        day = last - timedelta(days=ago)
        told = [_day(page, day, dice) for page in pages]
        rows += told
        total = _sum(told, day)
        rows += [total, *(_part(total, campaign, dice) for campaign in campaigns)]
    PageDay.objects.bulk_create(rows)


def _day(page: Page, day: date, dice: Random) -> PageDay:
    mean, seconds, bounces, actors = _TRAFFIC[page.path]
    weekend = 0.4 if day.weekday() > 4 else 1.0
    visitors = max(1, round(mean * weekend * dice.uniform(0.7, 1.3)))
    visits = max(1, round(visitors * 0.6))
    return PageDay(
        page=page,
        day=day,
        visitors=visitors,
        actors=sum(dice.random() * 100 < actors for _visitor in range(visitors)),
        visits=visits,
        bounces=min(visits, round(visits * bounces / 100 * dice.uniform(0.8, 1.2))),
        views=round(visitors * 1.3),
        seconds=round(visitors * seconds * dice.uniform(0.8, 1.2)),
        timed=visitors,
        depth=visitors * dice.randrange(45, 85),
        scrolled=visitors,
        clicks=visitors // 12,
        machine_views=visitors // 6,
        is_sample=True,
    )


_SUMMED = ("actors", "visits", "bounces", "views", "seconds", "timed", "depth", "scrolled",
           "clicks", "machine_views")  # fmt: skip


def _sum(told: Sequence[PageDay], day: date) -> PageDay:
    """Return the figures of all pages; most people look at more than one of them."""
    sums = {name: sum(getattr(row, name) for row in told) for name in _SUMMED}
    visitors = round(sum(row.visitors for row in told) * 0.6)
    return PageDay(day=day, visitors=visitors, is_sample=True, **sums)


def _part(total: PageDay, campaign: Campaign, dice: Random) -> PageDay:
    """Return the part of a day that came by ``campaign``."""
    share = dice.uniform(0.04, 0.14)
    sums = {name: round(getattr(total, name) * share) for name in _SUMMED}
    visitors = max(1, round(total.visitors * share), sums["actors"])
    return PageDay(
        day=total.day,
        campaign=campaign,
        visitors=visitors,
        is_sample=True,
        **sums | {"machine_views": 0},
    )
