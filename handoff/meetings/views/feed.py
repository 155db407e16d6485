"""The meetings of one person as a calendar to subscribe to, at a secret address."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visitors import client_network
from capture.guard import throttle
from handoff.authority import may_work
from handoff.meetings.actions.types import hash_of
from handoff.meetings.ics import event_of, feed
from handoff.meetings.told import tell
from handoff.models import Availability, Meeting, MeetingState

_BACK = timedelta(days=60)
_SHOWN = (MeetingState.BOOKED, MeetingState.HELD, MeetingState.MISSED)


@require_safe
def meeting_feed(request: HttpRequest, secret: str) -> HttpResponse:
    who = client_network(request)
    if throttle.guesses.is_over(who):
        return HttpResponse(status=429)
    row = Availability.objects.filter(feed_hash=hash_of(secret)).select_related("user").first()
    if row is None or not may_work(row.user):
        throttle.guesses.hit(who)
        raise Http404
    since = timezone.now() - _BACK
    rows = Meeting.objects.filter(host=row.user, state__in=_SHOWN, ends_at__gt=since)
    language = row.user.language
    with translation.override(language):
        meetings = rows.select_related("kind", "host", "lead__company").order_by("starts_at")
        events = [
            event_of(
                tell(item, "booked", zone=row.time_zone),
                language,
                stamp=item.updated_at,
                is_host=True,
                is_asking=False,
                summary=f"{item.kind.name_in(language)}: {item.lead}",
            )
            for item in meetings
        ]
        body = feed(events, _("Meetings (LeadCRM)"))
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    return response
