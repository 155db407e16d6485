"""Where visitors came from, as their browsers told it while they allowed that."""

from collections.abc import Iterable, Mapping

from capture.attribution import Origin, read_origin
from capture.models import ShortLink, Visitor
from leads.models import (
    Consent,
    ConsentChannel,
    ConsentPurpose,
    ConsentState,
    Identifier,
    IdentifierKind,
)


def origin_of(touch: Mapping[str, str]) -> Origin:
    """Read a touch as ``Visitor`` keeps it."""
    return read_origin(touch["url"], touch["referrer"])


def short_links(origins: Iterable[Origin]) -> dict[str, ShortLink]:
    """Return the short links that ``origins`` name, by their code."""
    codes = {origin.link_code for origin in origins} - {""}
    return {row.code: row for row in ShortLink.objects.filter(code__in=codes)} if codes else {}


def last_origins(emails: Mapping[str, str]) -> dict[str, Origin]:
    """Return where visitors came from last, by their id, as far as they told.

    ``emails`` holds the normalised address that each of them entered now: what is known of the
    visits of somebody who does not want to be recognised is not used.
    """
    known = Visitor.objects.filter(token__in=[token for token in emails if token])
    rows = known.values_list("token", "last_touch")
    touches = {token: touch for token, touch in rows if touch is not None}
    if not touches:
        return {}
    unwilling = _unwilling({emails[token] for token in touches})
    return {
        token: origin_of(touch)
        for token, touch in touches.items()
        if emails[token] not in unwilling
    }


def _unwilling(emails: Iterable[str]) -> set[str]:
    objecting = Consent.objects.filter(
        purpose=ConsentPurpose.TRACKING,
        channel=ConsentChannel.WEB,
        state__in=(ConsentState.WITHDRAWN, ConsentState.OBJECTED),
    )
    known = Identifier.objects.filter(kind=IdentifierKind.EMAIL, normalised__in=set(emails) - {""})
    return set(known.filter(lead__in=objecting.values("lead")).values_list("normalised", flat=True))
