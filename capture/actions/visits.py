"""What visitors who allowed it do on the website."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Greatest

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import PAGE_VISITED
from capture.attribution import channel_of, host_of, read_origin
from capture.models import Campaign, PageView, Touch, TouchPosition, Visitor
from leads.actions.consent import Declaration, record_consents
from leads.actions.timeline import NewActivity, record
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState
from leads.stages import Channel

# The same page again within this time is one visit of it on the timeline of a lead.
SAME_VISIT_SECONDS = 1800
MAX_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class NewView:
    """One page view as the browser told it; ``url`` is http(s), ``token`` 32 hex digits."""

    token: str
    key: UUID
    url: str
    path: str
    title: str = ""
    referrer: str = ""
    is_machine: bool = False


@action
def record_views(views: Sequence[NewView], *, by: Actor, as_of: datetime) -> None:
    """Store page views, with their visitors where these are new, and tell the leads' timelines.

    The same view again changes nothing.
    """
    tokens = sorted({view.token for view in views})
    Visitor.objects.bulk_create(
        (
            Visitor(token=token, consented_at=as_of, first_seen_at=as_of, last_seen_at=as_of)
            for token in tokens
        ),
        ignore_conflicts=True,
    )
    visitors = {row.token: row for row in Visitor.objects.filter(token__in=tokens)}
    Visitor.objects.filter(token__in=tokens, last_seen_at__lt=as_of).update(last_seen_at=as_of)
    _let_go_of_objectors(list(visitors.values()))
    known = set(
        PageView.objects.filter(key__in=[view.key for view in views]).values_list("key", flat=True)
    )
    rows = PageView.objects.bulk_create(
        (
            PageView(
                key=view.key,
                visitor=visitors[view.token],
                host=host_of(view.url)[:255],
                path=view.path[:1000],
                url=view.url[:2000],
                title=view.title[:300],
                referrer=view.referrer[:2000],
                occurred_at=as_of,
                is_machine=view.is_machine,
            )
            for view in views
            if view.key not in known
        ),
        ignore_conflicts=True,
    )
    _tell_leads(rows, by=by, as_of=as_of)


def _tell_leads(rows: Sequence[PageView], *, by: Actor, as_of: datetime) -> None:
    record(
        [
            NewActivity(
                row.visitor.lead_id,
                PAGE_VISITED,
                row.occurred_at,
                {"path": row.path, "url": row.url, "title": row.title, "host": row.host},
                dedupe_key=_visit_key(row),
                is_machine=row.is_machine,
            )
            for row in rows
            if row.visitor.lead_id is not None
        ],
        by=by,
        as_of=as_of,
    )


def _let_go_of_objectors(visitors: Sequence[Visitor]) -> None:
    """Part visitors from leads who do not want to be recognised; their visits are nobody's again.

    What stands on the timeline stays.
    """
    leads = {visitor.lead_id for visitor in visitors if visitor.lead_id is not None}
    refusing = _refusing(leads) if leads else set()
    leaving = [visitor for visitor in visitors if visitor.lead_id in refusing]
    for visitor in leaving:
        visitor.lead_id, visitor.identified_at = None, None
    if leaving:
        Visitor.objects.bulk_update(leaving, ["lead", "identified_at"])


def _refusing(leads: Collection[int]) -> set[int]:
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


def _visit_key(row: PageView) -> str:
    page = hashlib.sha256(f"{row.host}{row.path}".encode()).hexdigest()[:24]
    return f"page:{row.visitor_id}:{page}:{int(row.occurred_at.timestamp()) // SAME_VISIT_SECONDS}"


@action
def note_seconds(seconds: Mapping[UUID, int], *, by: Actor, as_of: datetime) -> None:
    """Note how long pages were looked at; a view only ever grows."""
    for key, count in seconds.items():
        new = max(0, min(count, MAX_SECONDS))
        PageView.objects.filter(key=key).update(seconds=Greatest(F("seconds"), Value(new)))


@action
def identify_visitors(pairs: Sequence[tuple[int, str]], *, by: Actor, as_of: datetime) -> int:
    """Attach visitors to the leads that they turned out to be; returns how many are new.

    ``pairs`` holds lead ids and tokens. Their earlier visits join the timeline at their own times,
    and the permission to recognise them is logged. A visitor who belongs to a lead already stays
    there: one browser can have two users. A lead who withdrew or objected is not recognised: the
    banner does not say who clicked it, so its "yes" is logged and ends neither.
    """
    by.require(Right.LEADS_EDIT)
    leads = {token: lead for lead, token in reversed(pairs) if token}
    visitors = list(
        Visitor.objects.filter(token__in=leads, lead=None)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    permitted = [(leads[visitor.token], visitor) for visitor in visitors]
    refusing = _refusing([lead for lead, _visitor in permitted]) if permitted else set()
    visitors = [visitor for lead, visitor in permitted if lead not in refusing]
    for visitor in visitors:
        visitor.lead_id, visitor.identified_at = leads[visitor.token], as_of
    Visitor.objects.bulk_update(visitors, ["lead", "identified_at"])
    views = PageView.objects.filter(visitor__in=visitors).select_related("visitor")
    in_order = list(views.order_by("occurred_at", "pk"))
    _note_first_touches(in_order)
    _tell_leads(in_order, by=by, as_of=as_of)
    _log_permission(permitted, by=by, as_of=as_of)
    return len(visitors)


def _note_first_touches(views: Sequence[PageView]) -> None:
    """Credit the link that first brought each visitor here; ``views`` are in order of time."""
    first = {view.visitor_id: view for view in reversed(views)}
    origins = {key: read_origin(view.url, view.referrer) for key, view in first.items()}
    codes = {origin.utm.get("utm_campaign", "").lower() for origin in origins.values()}
    campaigns = {row.code: row for row in Campaign.objects.filter(code__in=codes)}
    Touch.objects.bulk_create(
        Touch(
            lead_id=view.visitor.lead_id or 0,
            campaign=campaigns.get(origins[key].utm.get("utm_campaign", "").lower()),
            position=TouchPosition.FIRST,
            channel=channel_of(origins[key], otherwise=Channel.WEBSITE),
            click_ids=dict(origins[key].click_ids),
            referrer=origins[key].referrer,
            landing_page=origins[key].landing_page,
            occurred_at=view.occurred_at,
            **origins[key].utm,
        )
        for key, view in first.items()
    )


def _log_permission(
    permitted: Sequence[tuple[int, Visitor]], *, by: Actor, as_of: datetime
) -> None:
    """Log what the banner was told in the browsers of these leads, where it is not known yet.

    SECURITY: it counts as said by anybody, so a withdrawal or objection stays until the person
    confirms a new consent.
    """
    granted = set(
        Consent.objects.filter(
            lead__in={lead for lead, _visitor in permitted},
            purpose=ConsentPurpose.TRACKING,
            channel=ConsentChannel.WEB,
            state=ConsentState.GRANTED,
        ).values_list("lead_id", flat=True)
    )
    record_consents(
        [
            Declaration(
                lead,
                ConsentPurpose.TRACKING,
                ConsentChannel.WEB,
                ConsentState.GRANTED,
                visitor.consented_at,
                {"declared_by": "leadcrm('consent', true)", "visitor": visitor.token[:6]},
                is_confirmed=False,
            )
            for lead, visitor in permitted
            if lead not in granted
        ],
        by=by,
        as_of=as_of,
    )


@action
def forget_visitors(tokens: Sequence[str], *, by: Actor, as_of: datetime) -> int:
    """Delete visitors with everything they looked at, because they took back their permission.

    What stands on the timeline of a lead stays; it is measured no further. Returns how many.
    """
    by.require(Right.CONSENT_WITHDRAW)
    visitors = list(
        Visitor.objects.filter(token__in=tokens).order_by("pk").select_for_update(of=("self",))
    )
    record_consents(
        [
            Declaration(
                visitor.lead_id,
                ConsentPurpose.TRACKING,
                ConsentChannel.WEB,
                ConsentState.WITHDRAWN,
                as_of,
                {"declared_by": "leadcrm('consent', false)"},
            )
            for visitor in visitors
            if visitor.lead_id is not None
        ],
        by=by,
        as_of=as_of,
    )
    Visitor.objects.filter(pk__in=[visitor.pk for visitor in visitors]).delete()
    return len(visitors)
