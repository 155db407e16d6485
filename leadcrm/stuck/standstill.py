"""What stands still as a whole, in words for administrators."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leadcrm import vitals


@dataclass(frozen=True, slots=True)
class Standstill:
    """One thing that does not go on: what it means, and what a technician wants to know."""

    title: str
    text: str
    details: str = ""


def standstills(as_of: datetime) -> list[Standstill]:
    """Return what stands still at ``as_of``; the queues are told row by row elsewhere."""
    return [*_ticks(as_of), *_mails(as_of), *_spool(as_of)]


def _ticks(as_of: datetime) -> list[Standstill]:
    states = vitals.tick_states()
    stopped = [tick.name for tick in states if tick.is_late(as_of) or tick.is_hanging(as_of)]
    found = []
    if stopped:
        text = ngettext(
            "%(count)s of %(all)s background jobs has not run when it should have. Nothing is lost:"
            " it goes on as soon as the processes “worker” and “beat” run again.",
            "%(count)s of %(all)s background jobs have not run when they should have. Nothing is"
            " lost: they go on as soon as the processes “worker” and “beat” run again.",
            len(stopped),
        ) % {"count": len(stopped), "all": len(states)}
        found.append(Standstill(_("The background work does not run"), text, " ".join(stopped)))
    for tick in states:
        if tick.last_error and tick.name not in stopped:
            title = _("The background job “%(name)s” ended with an error") % {"name": tick.name}
            text = _("It is tried again and again; what it has to do waits meanwhile.")
            found.append(Standstill(title, text, tick.last_error))
    return found


def _mails(as_of: datetime) -> list[Standstill]:
    waits = vitals.stalled_mail(as_of)
    if not waits:
        return []
    text = _("The oldest has waited for %(minutes)s minutes. Does the mail server answer?")
    return [Standstill(_("No mails go out"), text % {"minutes": _minutes(waits)})]


def _spool(as_of: datetime) -> list[Standstill]:
    count, age = vitals.spooled(as_of)
    found = []
    if age > vitals.LATE_SPOOL:
        text = ngettext(
            "%(count)s submission was taken while the database was away and is still on the disk,"
            " for %(minutes)s minutes by now.",
            "%(count)s submissions were taken while the database was away and are still on the"
            " disk, the oldest for %(minutes)s minutes.",
            count,
        ) % {"count": count, "minutes": _minutes(age)}
        found.append(Standstill(_("Submissions wait on the disk"), text, str(settings.SPOOL_DIR)))
    if unreadable := vitals.unreadable():
        text = ngettext(
            "%(count)s file cannot be read and was kept for a technician.",
            "%(count)s files cannot be read and were kept for a technician.",
            unreadable,
        ) % {"count": unreadable}
        title = _("Submissions on the disk are damaged")
        found.append(Standstill(title, text, str(settings.SPOOL_DIR / "unreadable")))
    return found


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
