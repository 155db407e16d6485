"""What visitors who allowed it do on the website."""

import hashlib
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
from capture.attribution import read_origin
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
        visitor = _new_visitor(batch, as_of)
    elif visitor.lead_id is not None:
        _let_go_of_objectors([visitor])
    views = _store_views(visitor, batch)
    _note_stays(visitor, batch.stays)
    events = _store_happenings(visitor, views, batch.happenings)
    _note_seen(visitor, batch.views, as_of)
    if visitor.lead_id is not None:
        tell_leads(views, events, by=by, as_of=as_of)
    return visitor.token if is_new or batch.token != visitor.token else ""


def _visitor_of(batch: Batch) -> Visitor | None:
    if batch.token:
        found = Visitor.objects.filter(token=batch.token).first()
        site = batch.views[0].host if batch.views else ""
        return found if found and (not site or found.site in {"", site}) else None
    keys = [stay.key for stay in batch.stays] + [item.key for item in batch.happenings]
    if not keys:
        return None
    view = PageView.objects.filter(key__in=keys).select_related("visitor").first()
    return view.visitor if view else None


def _new_visitor(batch: Batch, as_of: datetime) -> Visitor:
    began = min(view.occurred_at for view in batch.views)
    return Visitor.objects.create(
        token=secrets.token_hex(16),
        site=batch.views[0].host,
        consented_at=began,
        first_seen_at=began,
        last_seen_at=began,
    )


def _store_views(visitor: Visitor, batch: Batch) -> list[PageView]:
    """Insert the views of ``batch`` that are new and return them."""
    if not batch.views:
        return []
    pages = page_ids({(view.host, view.path): view.title for view in batch.views})
    code = _running_campaign(visitor, batch.views[0].occurred_at)
    rows = []
    for view in batch.views:
        code = read_origin(view.url, "").utm.get("utm_campaign", "").lower()[:80] or code
        rows.append(_row(visitor, view, code, pages, batch.machine_reason))
    visitor.campaign_code = code
    known = set(
        PageView.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True)
    )
    new = [row for row in {row.key: row for row in rows}.values() if row.key not in known]
    return PageView.objects.bulk_create(new)


def _running_campaign(visitor: Visitor, at: datetime) -> str:
    return visitor.campaign_code if at - visitor.last_seen_at < VISIT_PAUSE else ""


def _row(
    visitor: Visitor, view: NewView, code: str, pages: Mapping[tuple[str, str], int], reason: str
) -> PageView:
    return PageView(
        key=view.key,
        visitor=visitor,
        page_id=pages[view.host, view.path[:LONGEST_PATH]],
        host=view.host,
        path=view.path,
        url=view.url,
        title=view.title,
        referrer=view.referrer,
        occurred_at=view.occurred_at,
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


def _note_stays(visitor: Visitor, stays: Sequence[Stay]) -> None:
    if not stays:
        return
    longest: dict[UUID, tuple[int, int | None]] = {}
    for stay in stays:
        seconds, depth = longest.get(stay.key, (0, None))
        deeper = max(filter(None, (depth, stay.depth)), default=None)
        longest[stay.key] = (max(seconds, stay.seconds or 0), deeper)
    keys = sorted(longest)
    statement = """
        UPDATE capture_pageview AS view
        SET seconds = GREATEST(view.seconds, told.seconds), depth = GREATEST(view.depth, told.depth)
        FROM unnest(%s::uuid[], %s::int[], %s::smallint[]) AS told(key, seconds, depth)
        WHERE view.key = told.key AND view.visitor_id = %s
    """
    times = [longest[key][0] for key in keys]
    depths = [longest[key][1] for key in keys]
    parameters: list[Any] = [keys, times, depths, visitor.pk]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _store_happenings(
    visitor: Visitor, new: Sequence[PageView], happenings: Sequence[Happening]
) -> list[PageEvent]:
    """Insert what happened within views of ``visitor`` and is new; returns that."""
    if not happenings:
        return []
    views = {view.key: view for view in new}
    missing = {item.key for item in happenings} - views.keys()
    if missing:
        views |= {view.key: view for view in visitor.page_views.filter(key__in=missing)}
    known = set(PageEvent.objects.filter(view__in=views.values()).values_list("view_id", "number"))
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
    added = [row for key, row in rows.items() if key not in known]
    return PageEvent.objects.bulk_create(added, ignore_conflicts=True)


def _note_seen(visitor: Visitor, views: Sequence[NewView], as_of: datetime) -> None:
    """Note when ``visitor`` was here last, and which views came from somewhere."""
    visitor.last_seen_at = max(visitor.last_seen_at, as_of)
    columns = ["last_seen_at"]
    for view in views:
        touch = {"url": view.url, "referrer": view.referrer, "at": view.occurred_at.isoformat()}
        if visitor.first_touch is None:
            visitor.first_touch = touch
            columns.append("first_touch")
        if read_origin(view.url, view.referrer).is_known:
            visitor.last_touch = touch
            columns.append("last_touch")
    if views:
        columns.append("campaign_code")
    visitor.save(update_fields=set(columns))


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
