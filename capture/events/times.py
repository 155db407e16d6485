"""The times of events: as they are typed, told and counted back from."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from capture.events.models import DAY, HOUR
from ground.errors import DomainError


def zone_named(name: str) -> ZoneInfo:
    """Return the IANA zone ``name``; raises ``DomainError`` (``zone_unknown``)."""
    if name not in available_timezones():
        raise DomainError("zone_unknown", _("There is no such time zone."), "time_zone")
    return ZoneInfo(name)


def moment_of(local: datetime, zone: ZoneInfo, *, field: str) -> datetime:
    """Return the moment at which clocks in ``zone`` show ``local``, which has no zone.

    Of an hour that comes twice the first is meant. Raises ``DomainError`` (``time_skipped``) for
    one that clocks leave out when summer time begins.
    """
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        message = _("On that day clocks leave this hour out, as summer time begins.")
        raise DomainError("time_skipped", message, field)
    return moment


def minutes_before(moment: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """Return ``moment`` less ``minutes``; whole days are days of the calendar in ``zone``.

    A day before ten o'clock is ten o'clock, also where a night is an hour longer.
    """
    days, rest = divmod(minutes, DAY)
    wall = moment.astimezone(zone) - timedelta(days=days)
    return wall.astimezone(UTC) - timedelta(minutes=rest)


def told_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return when something takes place, in the active language and in ``zone``."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    values = {
        "day": _told_day(first),
        "start": date_format(first, "TIME_FORMAT"),
        "last": _told_day(last),
        "end": date_format(last, "TIME_FORMAT"),
        "zone": told_zone(first, zone),
    }
    if first.date() == last.date():
        return gettext("%(day)s, %(start)s to %(end)s (%(zone)s)") % values
    return gettext("%(day)s, %(start)s to %(last)s, %(end)s (%(zone)s)") % values


def _told_day(moment: datetime) -> str:
    return f"{date_format(moment, 'l')}, {date_format(moment, 'DATE_FORMAT')}"


def told_zone(moment: datetime, zone: ZoneInfo) -> str:
    """Return how ``zone`` is called at ``moment``: ``CET, Europe/Berlin``."""
    short = moment.astimezone(zone).tzname() or ""
    return f"{short}, {zone.key}" if short.isalpha() else zone.key


def told_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment in the active language and in ``zone``."""
    return date_format(moment.astimezone(zone), "DATETIME_FORMAT")


def told_lead_time(minutes: int) -> str:
    """Return ``minutes`` before the start in words."""
    if minutes % DAY == 0:
        days = minutes // DAY
        return ngettext("%(n)s day before", "%(n)s days before", days) % {"n": days}
    if minutes % HOUR == 0:
        hours = minutes // HOUR
        return ngettext("%(n)s hour before", "%(n)s hours before", hours) % {"n": hours}
    return ngettext("%(n)s minute before", "%(n)s minutes before", minutes) % {"n": minutes}
