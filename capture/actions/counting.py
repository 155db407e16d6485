"""From single visits to figures of a day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min

from accounts.action import action
from accounts.actor import Actor
from capture.actions.visits import VISIT_PAUSE
from capture.models import CountedDay, PageDay, PageView
from ground import days

# What is told late (a browser that slept, a form from the spool) still belongs to its day.
FINAL_AFTER = timedelta(hours=1)
# A day of a million views takes some ten seconds.
MAX_DAYS = 5

# One row for each view of a person, with whether it began a visit and whether nothing followed.
_SEEN = """
    CREATE TEMPORARY TABLE seen ON COMMIT DROP AS
    SELECT view.id, view.visitor_id, view.page_id, campaign.id AS campaign_id, view.campaign_code,
        view.seconds, view.depth, view.occurred_at,
        COALESCE(view.occurred_at - lag(view.occurred_at) OVER visits > %(pause)s, true) AS begins,
        COALESCE(lead(view.occurred_at) OVER visits - view.occurred_at > %(pause)s, true) AS ends,
        (SELECT count(*) FROM capture_pageevent AS event
            WHERE event.view_id = view.id AND event.kind IN ('outbound', 'download')) AS clicks,
        EXISTS (SELECT FROM capture_pageevent AS event WHERE event.view_id = view.id) AS is_active,
        EXISTS (SELECT FROM capture_pageevent AS event
            WHERE event.view_id = view.id AND event.kind = 'form') AS acted
    FROM capture_pageview AS view
    LEFT JOIN capture_campaign AS campaign
        ON campaign.code = view.campaign_code AND view.campaign_code <> ''
    WHERE view.occurred_at >= %(start)s - %(pause)s AND view.occurred_at < %(end)s + %(pause)s
        AND NOT view.is_machine
    WINDOW visits AS (PARTITION BY view.visitor_id ORDER BY view.occurred_at, view.id)
"""
# The last day before on which the same visitor was there, and on which they acted there.
_BEFORE = """
    (SELECT (max(old.occurred_at) AT TIME ZONE %(zone)s)::date FROM capture_pageview AS old
        {join} WHERE old.visitor_id = here.visitor_id AND old.occurred_at < %(start)s
        AND NOT old.is_machine AND {same})
"""
_ACTED = "JOIN capture_pageevent AS act ON act.view_id = old.id AND act.kind = 'form'"
_COUNT = """
    INSERT INTO capture_pageday (page_id, campaign_id, day, before, acted_before, visitors, actors,
        visits, bounces, views, seconds, timed, depth, scrolled, clicks, machine_views, is_sample)
    SELECT page_id, campaign_id, %(day)s, before, acted_before, count(*),
        count(*) FILTER (WHERE acted), sum(visits), sum(bounces), sum(views), sum(seconds),
        sum(timed), sum(depth), sum(scrolled), sum(clicks), 0, false
    FROM (
        SELECT here.*, {before} AS before, CASE WHEN acted THEN {acted} END AS acted_before
        FROM (
            SELECT {page} AS page_id, {campaign} AS campaign_id, min(campaign_code) AS code,
                visitor_id, bool_or(acted) AS acted, count(*) FILTER (WHERE begins) AS visits,
                count(*) FILTER (WHERE begins AND ends AND NOT is_active) AS bounces,
                count(*) AS views, sum(seconds) AS seconds,
                count(*) FILTER (WHERE seconds > 0) AS timed, COALESCE(sum(depth), 0) AS depth,
                count(depth) AS scrolled, sum(clicks) AS clicks
            FROM seen
            WHERE occurred_at >= %(start)s AND occurred_at < %(end)s AND {known}
            GROUP BY 1, 2, visitor_id
        ) AS here
    ) AS visitor
    GROUP BY page_id, campaign_id, before, acted_before
"""
_MACHINES = """
    INSERT INTO capture_pageday (page_id, campaign_id, day, before, acted_before, visitors, actors,
        visits, bounces, views, seconds, timed, depth, scrolled, clicks, machine_views, is_sample)
    SELECT {page}, NULL, %(day)s, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*), false
    FROM capture_pageview WHERE occurred_at >= %(start)s AND occurred_at < %(end)s
        AND is_machine AND {known} GROUP BY 1
    ON CONFLICT (page_id, campaign_id, day, before, acted_before, is_sample)
        DO UPDATE SET machine_views = EXCLUDED.machine_views
"""
_NOTHING = "NULL::bigint"
_SAME_PAGE = "old.page_id = here.page_id"
_SAME_CAMPAIGN = "old.campaign_code = here.code"


def _cube(page: str, campaign: str, known: str, same: str) -> str:
    return _COUNT.format(
        page=page,
        campaign=campaign,
        known=known,
        before=_BEFORE.format(join="", same=same),
        acted=_BEFORE.format(join=_ACTED, same=same),
    )


# By page, by campaign, by page of a campaign, and all in all.
_STATEMENTS = (
    _cube("page_id", _NOTHING, "page_id IS NOT NULL", _SAME_PAGE),
    _cube(_NOTHING, "campaign_id", "campaign_id IS NOT NULL", _SAME_CAMPAIGN),
    _cube(
        "page_id",
        "campaign_id",
        "page_id IS NOT NULL AND campaign_id IS NOT NULL",
        f"{_SAME_PAGE} AND {_SAME_CAMPAIGN}",
    ),
    _cube(_NOTHING, _NOTHING, "true", "true"),
    _MACHINES.format(page="page_id", known="page_id IS NOT NULL"),
    _MACHINES.format(page=_NOTHING, known="true"),
)


def open_days(*, as_of: datetime) -> list[date]:
    """Return the days that are to be counted, the oldest first: today, and what is not final."""
    today = days.day_of(as_of)
    oldest = PageView.objects.aggregate(at=Min("occurred_at"))["at"]
    if oldest is None:
        return []
    first = days.day_of(oldest)
    final = set(
        CountedDay.objects.filter(day__gte=first, is_final=True).values_list("day", flat=True)
    )
    length = (today - first).days
    calendar = [first + timedelta(days=ahead) for ahead in range(length + 1)]
    return [day for day in calendar if day not in final]


@action
def count_days(chosen: Sequence[date], *, by: Actor, as_of: datetime) -> int:
    """Count the visits of ``chosen`` days anew from the single ones; returns how many days.

    Nothing of a day is added to what was counted before: counting it again gives the same. A day
    is final an hour after its end.
    """
    for day in chosen:
        _count(day)
        CountedDay.objects.update_or_create(
            day=day,
            defaults={
                "counted_at": as_of,
                "is_final": as_of >= days.start_of(day + timedelta(days=1)) + FINAL_AFTER,
            },
        )
    return len(chosen)


def _count(day: date) -> None:
    values: dict[str, Any] = {
        "day": day,
        "start": days.start_of(day),
        "end": days.start_of(day + timedelta(days=1)),
        "pause": VISIT_PAUSE,
        "zone": str(days.zone()),
    }
    PageDay.objects.filter(day=day, is_sample=False).delete()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.seen")
        cursor.execute(_SEEN, values)
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
