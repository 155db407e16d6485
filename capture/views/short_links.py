from collections import OrderedDict
from contextlib import suppress
from threading import Lock

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from capture.actions.clicks import record_click
from capture.actors import CAPTURE
from capture.attribution import clean_address
from capture.guard.doors import CLICK
from capture.guard.throttle import Pace
from capture.links import click_ids_of, destination, who_clicks
from capture.machines import machine_reason
from capture.models import ShortLink
from capture.outage import DatabaseAwayError, with_database

KEPT = 5_000


class _Known:
    """The links that were followed last, so that they lead on while the database is away."""

    def __init__(self) -> None:
        self._links: OrderedDict[str, ShortLink] = OrderedDict()
        self._lock = Lock()

    def keep(self, link: ShortLink) -> None:
        with self._lock:
            self._links[link.code] = link
            self._links.move_to_end(link.code)
            if len(self._links) > KEPT:
                self._links.popitem(last=False)

    def drop(self, code: str) -> None:
        with self._lock:
            self._links.pop(code, None)

    def get(self, code: str) -> ShortLink | None:
        return self._links.get(code)


known = _Known()


@require_safe
def follow_short_link(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the stored target; nothing in the request chooses it (R07), no answer tells (R08)."""
    try:
        link = with_database(lambda: _find(code))
    except DatabaseAwayError:
        link = known.get(code)
        if link is None:
            return HttpResponse(status=503, headers={"Retry-After": "5"})
    if link is None:
        known.drop(code)
        raise Http404
    known.keep(link)
    _note(request, link)
    response = HttpResponseRedirect(destination(link, click_ids_of(request.GET.dict())))
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The next site is told by the address where its visitor comes from.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _find(code: str) -> ShortLink | None:
    links = ShortLink.objects.filter(code=code, closed_at=None)
    link = links.select_related("post__campaign").first()
    # SECURITY: whatever way a target came into the table, only the web is led to.
    return link if link and clean_address(link.target) else None


def _note(request: HttpRequest, link: ShortLink) -> None:
    """Record the click; of a network that clicks without end only the first ones a minute."""
    if CLICK.enter(request) != Pace.FINE:
        return
    who, reason = who_clicks(request), machine_reason(request)
    with suppress(DatabaseAwayError):
        with_database(
            lambda: record_click(link, who=who, reason=reason, by=CAPTURE, as_of=timezone.now())
        )
