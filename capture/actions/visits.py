"""What visitors who allowed it do on the website."""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.action import action
from accounts.actor import Actor
from capture.activities import (
    EVENT_HAPPENED,
    FILE_DOWNLOADED,
    LINK_FOLLOWED,
    PAGE_VISITED,
)
from capture.models import PageEvent, PageEventKind, PageView, Visitor
from capture.models.tracking import LONGEST_PATH
from capture.telling import Batch, Happening, NewView, Stay
from leads.actions.timeline import NewActivity, record
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState

# The same page again within this time is one visit of it on the timeline of a lead.
SAME_VISIT_SECONDS = 1800
# A visit is over when nobody looked at anything for so long.
VISIT_PAUSE = timedelta(minutes=30)
_KINDS = {
    PageEventKind.OUTBOUND: LINK_FOLLOWED,
    PageEventKind.DOWNLOAD: FILE_DOWNLOADED,
    PageEventKind.CUSTOM: EVENT_HAPPENED,
}


@action
def record_batch(batch: Batch, *, by: Actor, as_of: datetime) -> str:
    """Store what one browser told and tell the timeline of its lead; returns a new visitor's id.

    "" is returned where the browser has a good id or nothing was stored. An id that we did not
    give, or gave on another site, is none: whoever sends it becomes a new visitor. Without an id
    events belong to the visitor of their view, whose key only that browser knows. What is told
    again changes nothing; a stay only ever grows.
    """
    visitor = _visitor_of(batch)
    is_new = visitor is None
    if visitor is None:
        if not batch.views:
            return ""
        visitor = _new_visitor(batch)
    elif visitor.lead_id is not None:
        _let_go_of_objectors([visitor])
    code = _running_campaign(visitor, batch.views[0].occurred_at) if batch.views else ""
    codes = _codes(batch.views, code)
    _note_seen(visitor, batch.views, codes, as_of)
    stays = _longest(batch.stays)
    views = _store_views(visitor, batch, codes, stays)
    _note_stays(visitor, {key: stays[key] for key in stays.keys() - views.keys()})
    events = _store_happenings(visitor, views, batch.happenings)
    if visitor.lead_id is not None:
        tell_leads(views.values(), events, by=by, as_of=as_of)
    return visitor.token if is_new or batch.token != visitor.token else ""


def _visitor_of(batch: Batch) -> Visitor | None:
    if batch.token:
        found = Visitor.objects.filter(token=batch.token).first()
        site = batch.views[0].host if batch.views else ""
        return found if found and (not site or found.site in {"", site}) else None
    keys = {stay.key for stay in batch.stays} | {item.key for item in batch.happenings}
    keys -= {view.key for view in batch.views}
    # In no order: with the one of the model the index of the keys was not used.
    views = PageView.objects.filter(key__in=keys).select_related("visitor").order_by()
    view = next(iter(views[:1]), None) if keys else None
    return view.visitor if view else None


def _new_visitor(batch: Batch) -> Visitor:
    """Return a new visitor, who is not stored yet."""
    began = min(view.occurred_at for view in batch.views)
    return Visitor(
        token=secrets.token_hex(16),
        site=batch.views[0].host,
        campaign_code="",
        consented_at=began,
        first_seen_at=began,
        last_seen_at=began,
    )


def _running_campaign(visitor: Visitor, at: datetime) -> str:
    return visitor.campaign_code if at - visitor.last_seen_at < VISIT_PAUSE else ""


def _codes(views: Sequence[NewView], code: str) -> list[str]:
    """Return the campaign of each view: that of its address, else the one that is running."""
    codes = []
    for view in views:
        code = view.origin.utm.get("utm_campaign", "").lower()[:80] or code
        codes.append(code)
    return codes


_NEW_VISITOR = """
    INSERT INTO capture_visitor (last_seen_at, campaign_code, first_touch, last_touch, token, site,
        consented_at, first_seen_at, is_sample)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, false) RETURNING id
"""
_SEEN_VISITOR = """
    UPDATE capture_visitor
    SET last_seen_at = %s, campaign_code = %s, first_touch = %s, last_touch = %s WHERE id = %s
"""


def _note_seen(
    visitor: Visitor, views: Sequence[NewView], codes: Sequence[str], as_of: datetime
) -> None:
    """Store when ``visitor`` was here last, and which views came from somewhere."""
    visitor.last_seen_at = max(visitor.last_seen_at, as_of)
    for view in views:
        touch = {"url": view.url, "referrer": view.referrer, "at": view.occurred_at.isoformat()}
        visitor.first_touch = visitor.first_touch or touch
        if view.origin.is_known:
            visitor.last_touch = touch
    visitor.campaign_code = codes[-1] if codes else visitor.campaign_code
    touches = (visitor.first_touch, visitor.last_touch)
    told = [None if touch is None else json.dumps(touch) for touch in touches]
    seen: list[Any] = [visitor.last_seen_at, visitor.campaign_code, *told]
    with connection.cursor() as cursor:
        if visitor.pk:
            cursor.execute(_SEEN_VISITOR, [*seen, visitor.pk])
        else:
            began = [visitor.consented_at, visitor.first_seen_at]
            cursor.execute(_NEW_VISITOR, [*seen, visitor.token, visitor.site, *began])
            (visitor.pk,) = cursor.fetchone()


_VIEWS = """
    INSERT INTO capture_pageview (key, visitor_id, page_id, host, path, url, title, referrer,
        occurred_at, seconds, depth, campaign_code, is_machine, machine_reason)
    SELECT key, %s, page, host, path, url, title, referrer, at, seconds, depth, code, %s, %s
    FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::timestamptz[], %s::int[], %s::smallint[], %s::text[])
        AS told(key, page, host, path, url, title, referrer, at, seconds, depth, code)
    ON CONFLICT (key) DO NOTHING RETURNING key, id
"""


def _store_views(
    visitor: Visitor, batch: Batch, codes: Sequence[str], stays: Mapping[UUID, Stay]
) -> dict[UUID, PageView]:
    """Insert the views of ``batch`` that are new, with how long they lasted; returns them by key.

    One statement: with the ORM's check and insert a batch took twice as long.
    """
    if not batch.views:
        return {}
    pages = page_ids({(view.host, view.path): view.title for view in batch.views})
    rows = {}
    for view, code in zip(batch.views, codes, strict=True):
        stay = stays.get(view.key, Stay(view.key, None, None))
        page = pages[view.host, view.path[:LONGEST_PATH]]
        rows[view.key] = _row(visitor, view, code, page, stay, batch.machine_reason)
    columns: list[Any] = [
        [getattr(row, name) for row in rows.values()]
        for name in (
            *("key", "page_id", "host", "path", "url", "title", "referrer", "occurred_at"),
            *("seconds", "depth", "campaign_code"),
        )
    ]
    reason = batch.machine_reason
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS, [visitor.pk, bool(reason), reason, *columns])
        keys = dict(cursor.fetchall())
    for key, number in keys.items():
        rows[key].pk = number
    return {key: rows[key] for key in rows if key in keys}


def _row(
    visitor: Visitor, view: NewView, code: str, page: int, stay: Stay, reason: str
) -> PageView:
    return PageView(
        key=view.key,
        visitor=visitor,
        page_id=page,
        host=view.host,
        path=view.path,
        url=view.url,
        title=view.title,
        referrer=view.referrer,
        occurred_at=view.occurred_at,
        seconds=stay.seconds or 0,
        depth=stay.depth,
        campaign_code=code,
        is_machine=bool(reason),
        machine_reason=reason,
    )


_PAGES = """
    WITH told AS (SELECT DISTINCT ON (host, path) * FROM
        unnest(%s::text[], %s::text[], %s::text[]) AS told(host, path, title)),
    added AS (
        INSERT INTO capture_page (public_id, host, path, title, created_at, is_sample)
        SELECT gen_random_uuid(), host, path, title, now(), false FROM told
        WHERE NOT EXISTS (SELECT FROM capture_page AS page
            WHERE page.host = told.host AND page.path = told.path)
        ORDER BY host, path
        ON CONFLICT (host, path) DO NOTHING RETURNING host, path, id
    )
    SELECT host, path, id FROM added
    UNION ALL SELECT host, path, page.id FROM capture_page AS page JOIN told USING (host, path)
"""


def page_ids(titles: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], int]:
    """Return the ids of pages by host and path, cut to their length; new ones are made.

    ``titles`` are those of new pages. Part of an action.
    """
    shortened = {(host, path[:LONGEST_PATH]): title for (host, path), title in titles.items()}
    found: dict[tuple[str, str], int] = {}
    # Whoever makes the same page just now commits between the first look and the second.
    while missing := [key for key in shortened if key not in found]:
        columns = [[key[0] for key in missing], [key[1] for key in missing]]
        with connection.cursor() as cursor:
            cursor.execute(_PAGES, [*columns, [shortened[key] for key in missing]])
            found |= {(host, path): page for host, path, page in cursor.fetchall()}
    return found


def _longest(stays: Sequence[Stay]) -> dict[UUID, Stay]:
    """Return the longest and deepest of what was told of each view."""
    longest: dict[UUID, Stay] = {}
    for stay in stays:
        known = longest.get(stay.key, stay)
        longest[stay.key] = Stay(
            stay.key,
            max(filter(None, (known.seconds, stay.seconds)), default=None),
            max(filter(None, (known.depth, stay.depth)), default=None),
        )
    return longest


def _note_stays(visitor: Visitor, stays: Mapping[UUID, Stay]) -> None:
    """Let views of ``visitor`` that were there before last longer and reach deeper."""
    if not stays:
        return
    statement = """
        UPDATE capture_pageview AS view
        SET seconds = GREATEST(view.seconds, told.seconds), depth = GREATEST(view.depth, told.depth)
        FROM unnest(%s::uuid[], %s::int[], %s::smallint[]) AS told(key, seconds, depth)
        WHERE view.key = told.key AND view.visitor_id = %s
    """
    keys = sorted(stays)
    times = [stays[key].seconds for key in keys]
    depths = [stays[key].depth for key in keys]
    parameters: list[Any] = [keys, times, depths, visitor.pk]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


_EVENTS = """
    INSERT INTO capture_pageevent (view_id, kind, number, name, url, data, occurred_at)
    SELECT view, kind, number, name, url, data, at
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::jsonb[],
        %s::timestamptz[]) AS told(view, kind, number, name, url, data, at)
    ON CONFLICT (view_id, number) DO NOTHING RETURNING view_id, number
"""


def _store_happenings(
    visitor: Visitor, new: Mapping[UUID, PageView], happenings: Sequence[Happening]
) -> list[PageEvent]:
    """Insert what happened within views of ``visitor`` and is new; returns that."""
    views = dict(new)
    missing = {item.key for item in happenings} - views.keys()
    if missing:
        views |= {view.key: view for view in _known_views(visitor, missing)}
    rows = {
        (views[item.key].pk, item.number): PageEvent(
            view=views[item.key],
            kind=item.kind,
            number=item.number,
            name=item.name,
            url=item.url,
            data=item.data,
            occurred_at=item.occurred_at,
        )
        for item in happenings
        if item.key in views
    }
    if not rows:
        return []
    columns: list[Any] = [
        [getattr(row, name) for row in rows.values()]
        for name in ("view_id", "kind", "number", "name", "url", "data", "occurred_at")
    ]
    columns[5] = [json.dumps(data) for data in columns[5]]
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, columns)
        return [rows[key] for key in cursor.fetchall()]


def _known_views(visitor: Visitor, keys: Iterable[UUID]) -> list[PageView]:
    views = list(PageView.objects.filter(visitor=visitor, key__in=set(keys)))
    for view in views:
        view.visitor = visitor
    return views


def tell_leads(
    views: Iterable[PageView], events: Iterable[PageEvent], *, by: Actor, as_of: datetime
) -> None:
    """Put what identified visitors did on the timelines of their leads; part of an action."""
    told = [_visit(view) for view in views if view.visitor.lead_id is not None]
    told += [
        _event(event)
        for event in events
        if event.view.visitor.lead_id is not None and event.kind in _KINDS
    ]
    record(told, by=by, as_of=as_of)


def _visit(view: PageView) -> NewActivity:
    return NewActivity(
        view.visitor.lead_id or 0,
        PAGE_VISITED,
        view.occurred_at,
        {"path": view.path, "url": view.url, "title": view.title, "host": view.host},
        dedupe_key=_visit_key(view),
        is_machine=view.is_machine,
    )


def _event(event: PageEvent) -> NewActivity:
    data: dict[str, Any] = {"path": event.view.path, "host": event.view.host}
    if event.kind == PageEventKind.CUSTOM:
        data |= {"name": event.name, "data": event.data}
    else:
        data["url"] = event.url
    return NewActivity(
        event.view.visitor.lead_id or 0,
        _KINDS[PageEventKind(event.kind)],
        event.occurred_at,
        data,
        dedupe_key=f"event:{event.view_id}:{event.number}",
        is_machine=event.view.is_machine,
    )


def _visit_key(view: PageView) -> str:
    page = hashlib.sha256(f"{view.host}{view.path}".encode()).hexdigest()[:24]
    slot = int(view.occurred_at.timestamp()) // SAME_VISIT_SECONDS
    return f"page:{view.visitor_id}:{page}:{slot}"


def _let_go_of_objectors(visitors: Sequence[Visitor]) -> None:
    """Part visitors from leads who do not want to be recognised; their visits are nobody's again.

    What stands on the timeline stays.
    """
    leads = {visitor.lead_id for visitor in visitors if visitor.lead_id is not None}
    objecting = refusing(leads) if leads else set()
    leaving = [visitor for visitor in visitors if visitor.lead_id in objecting]
    for visitor in leaving:
        visitor.lead_id, visitor.identified_at = None, None
    if leaving:
        Visitor.objects.bulk_update(leaving, ["lead", "identified_at"])


def refusing(leads: Collection[int]) -> set[int]:
    """Return which leads withdrew their permission to be recognised, or objected to it."""
    ended = (ConsentState.WITHDRAWN, ConsentState.OBJECTED)
    return set(
        Consent.objects.filter(
            lead__in=leads,
            purpose=ConsentPurpose.TRACKING,
            channel=ConsentChannel.WEB,
            state__in=ended,
        ).values_list("lead_id", flat=True)
    )
