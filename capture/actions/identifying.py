"""Visitors and the leads that they turned out to be."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.actions.touches import NewTouch, record_touches
from capture.actions.visits import VISIT_PAUSE, refusing, tell_leads
from capture.attribution import Origin, channel_of, host_of
from capture.models import (
    Campaign,
    CountedDay,
    PageEvent,
    PageEventKind,
    PageView,
    TouchPosition,
    Visitor,
)
from capture.touches import origin_of
from ground import days
from leads.actions.consent import Declaration, record_consents
from leads.models import Consent, ConsentChannel, ConsentPurpose, ConsentState
from leads.stages import Channel


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
    unwilling = refusing([lead for lead, _visitor in permitted]) if permitted else set()
    visitors = [visitor for lead, visitor in permitted if lead not in unwilling]
    for visitor in visitors:
        visitor.lead_id, visitor.identified_at = leads[visitor.token], as_of
    Visitor.objects.bulk_update(visitors, ["lead", "identified_at"])
    _note_first_touches(visitors, by=by, as_of=as_of)
    views = PageView.objects.filter(visitor__in=visitors).select_related("visitor")
    events = PageEvent.objects.filter(view__visitor__in=visitors).select_related("view__visitor")
    tell_leads(
        views.order_by("occurred_at", "pk"),
        events.exclude(kind=PageEventKind.FORM).order_by("occurred_at", "pk"),
        by=by,
        as_of=as_of,
    )
    _log_permission(permitted, by=by, as_of=as_of)
    return len(visitors)


def _note_first_touches(visitors: Sequence[Visitor], *, by: Actor, as_of: datetime) -> None:
    """Credit the link that first brought each visitor here, as it was told then."""
    known = [(visitor, _first_touch(visitor)) for visitor in visitors]
    touches = [(visitor, touch, origin_of(touch)) for visitor, touch in known if touch]
    campaigns = _campaigns(origin for _visitor, _touch, origin in touches)
    record_touches(
        [
            NewTouch(
                visitor.lead_id or 0,
                origin,
                channel_of(origin, otherwise=Channel.WEBSITE),
                datetime.fromisoformat(touch["at"]),
                campaign=campaigns.get(_code(origin)),
                position=TouchPosition.FIRST,
            )
            for visitor, touch, origin in touches
        ],
        by=by,
        as_of=as_of,
    )


def _first_touch(visitor: Visitor) -> dict[str, str] | None:
    """Return what is kept of the first view, or reads it for visitors of the version before."""
    if visitor.first_touch is not None:
        kept: dict[str, str] = visitor.first_touch
        return kept
    view = visitor.page_views.order_by("occurred_at", "pk").first()
    if view is None:
        return None
    return {"url": view.url, "referrer": view.referrer, "at": view.occurred_at.isoformat()}


def _code(origin: Origin) -> str:
    return origin.utm.get("utm_campaign", "").lower()


def _campaigns(origins: Iterable[Origin]) -> dict[str, Campaign]:
    codes = {_code(origin) for origin in origins} - {""}
    return {row.code: row for row in Campaign.objects.filter(code__in=codes)} if codes else {}


@action
def note_conversions(
    acts: Sequence[tuple[str, str, datetime]], *, by: Actor, as_of: datetime
) -> int:
    """Note that visitors sent a form: their id, the address of its page, and when.

    Returns how many were noted. It belongs to the last view that this visitor had of that page
    before; without one nobody is measured and nothing is noted. Days that were counted already are
    counted again.
    """
    tokens = [token for token, _url, _at in acts if token]
    if not tokens:
        return 0
    visitors = dict(Visitor.objects.filter(token__in=tokens).values_list("token", "pk"))
    rows = []
    for token, url, at in acts:
        if token not in visitors:
            continue
        view = _view_of(visitors[token], url, at)
        if view is not None:
            rows.append(PageEvent(view=view, kind=PageEventKind.FORM, occurred_at=at))
    PageEvent.objects.bulk_create(rows)
    again = {days.day_of(row.view.occurred_at) for row in rows}
    CountedDay.objects.filter(day__in=again, is_final=True).update(is_final=False)
    return len(rows)


def _view_of(visitor_id: int, url: str, at: datetime) -> PageView | None:
    try:
        path = urlsplit(url).path or "/"
    except ValueError:
        return None
    views = PageView.objects.filter(visitor=visitor_id, occurred_at__lte=at + VISIT_PAUSE)
    here = views.filter(host=host_of(url), path=path[:1000])
    return here.order_by("-occurred_at", "-pk").first()


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
