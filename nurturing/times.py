"""Waiting and sending hours, in the local time of whoever gets the mail.

Days and weeks are counted on the calendar, so that "three days later" is the same time of day
across the nights in which the clock changes; minutes and hours are counted as they pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.zones import known_zones
from ground.errors import DomainError
from leads.models import Lead

LONGEST_WAIT = timedelta(days=366)


class Unit(TextChoices):
    """What a wait is counted in."""

    MINUTES = "minutes", _("minutes")
    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    WEEKS = "weeks", _("weeks")


WEEKDAYS = {
    1: _("Monday"),
    2: _("Tuesday"),
    3: _("Wednesday"),
    4: _("Thursday"),
    5: _("Friday"),
    6: _("Saturday"),
    7: _("Sunday"),
}


class ZoneOf(StrEnum):
    """Whose clock decides."""

    LEAD = "lead"
    ORGANISATION = "organisation"


def localise(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall-clock time ``moment`` (without zone) in ``zone`` as UTC.

    Of a time that comes twice the first is taken; a time that is left out in spring is the same
    distance after the change.
    """
    return moment.replace(tzinfo=zone).astimezone(UTC)


def zone_of(lead: Lead | None, organisation: Organisation, whose: str = ZoneOf.LEAD) -> ZoneInfo:
    """Return the time zone of the lead where it is known and wanted, else the organisation's."""
    if whose == ZoneOf.LEAD and lead is not None and lead.time_zone in known_zones():
        return ZoneInfo(lead.time_zone)
    return ZoneInfo(organisation.time_zone)


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause: ``amount`` of ``unit``, then on to ``weekday`` (1 is Monday) and the time ``at``."""

    amount: int = 0
    unit: str = Unit.DAYS
    weekday: int | None = None
    at: time | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Wait":
        """Return the wait that ``data`` stands for; raises ``DomainError`` (code ``bad_wait``)."""
        wait = cls(
            amount=_whole(data.get("amount") or 0, "amount"),
            unit=str(data.get("unit") or Unit.DAYS),
            weekday=_whole(data["weekday"], "weekday") if data.get("weekday") else None,
            at=_time(data["at"], "at") if data.get("at") else None,
        )
        if wait.unit not in Unit.values:
            raise DomainError("bad_wait", _("Choose a unit."), field="unit")
        if wait.weekday is not None and wait.weekday not in WEEKDAYS:
            raise DomainError("bad_wait", _("Choose a weekday."), field="weekday")
        if wait.amount < 0 or (wait.amount == 0 and wait.weekday is None and wait.at is None):
            raise DomainError("bad_wait", _("Say how long to wait."), field="amount")
        if wait.amount and wait.length > LONGEST_WAIT:
            raise DomainError("bad_wait", _("A wait may last a year at most."), field="amount")
        return wait

    @property
    def length(self) -> timedelta:
        """How long the counted part lasts, on a day of 24 hours."""
        try:
            return timedelta(**{self.unit: self.amount})
        except OverflowError:
            return timedelta.max

    def as_json(self) -> dict[str, Any]:
        """Return the wait as ``read`` takes it."""
        return {
            "amount": self.amount,
            "unit": self.unit,
            "weekday": self.weekday,
            "at": self.at.strftime("%H:%M") if self.at else "",
        }

    def ends(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return when a wait that begins at ``start`` is over, in UTC.

        "One day, at 9:00" ends on the next day at 9:00, whatever the time of ``start``.
        """
        local = start.astimezone(zone).replace(tzinfo=None)
        if self.amount and self.unit in (Unit.DAYS, Unit.WEEKS):
            local, earliest = local + self.length, None
        else:
            earliest = start.astimezone(UTC) + (self.length if self.amount else timedelta())
            local = earliest.astimezone(zone).replace(tzinfo=None)
            if self.at is None and self.weekday is None:
                return earliest
        for days in range(15):
            day = local.date() + timedelta(days=days)
            over = localise(datetime.combine(day, self.at or local.time()), zone)
            is_late_enough = earliest is None or over >= earliest
            if is_late_enough and self.weekday in (None, day.isoweekday()):
                return over
        raise AssertionError("A weekday comes within two weeks.")


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which mails go out: weekdays (1 is Monday), from, until, and whose clock."""

    days: tuple[int, ...] = (1, 2, 3, 4, 5)
    start: time = time(8)
    end: time = time(18)
    zone: str = ZoneOf.LEAD

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Window":
        """Return the window for ``data``; raises ``DomainError`` (code ``bad_window``)."""
        days = tuple(sorted({_whole(day, "days") for day in data.get("days", ())}))
        if not days or not set(days) <= set(WEEKDAYS):
            raise DomainError("bad_window", _("Choose at least one weekday."), field="days")
        window = cls(
            days=days,
            start=_time(data.get("start"), "start"),
            end=_time(data.get("end"), "end"),
            zone=str(data.get("zone") or ZoneOf.LEAD),
        )
        if window.start >= window.end:
            raise DomainError("bad_window", _("The end must lie after the start."), field="end")
        if window.zone not in set(ZoneOf):
            raise DomainError("bad_window", _("Choose whose time counts."), field="zone")
        return window

    def as_json(self) -> dict[str, Any]:
        """Return the window as ``read`` takes it."""
        return {
            "days": list(self.days),
            "start": self.start.strftime("%H:%M"),
            "end": self.end.strftime("%H:%M"),
            "zone": self.zone,
        }

    def next_open(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return ``moment`` when the window is open then, else when it opens next, in UTC."""
        moment = moment.astimezone(UTC)
        today = moment.astimezone(zone).date()
        for days in range(15):
            day = today + timedelta(days=days)
            if day.isoweekday() not in self.days:
                continue
            opens = localise(datetime.combine(day, self.start), zone)
            closes = localise(datetime.combine(day, self.end), zone)
            # An hour that the clock leaves out can swallow a short window.
            if opens < closes and moment < closes:
                return max(moment, opens)
        raise AssertionError("A window opens within two weeks.")


def next_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next day begins in ``zone``, in UTC."""
    return day_start(moment.astimezone(zone).date() + timedelta(days=1), zone)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return when ``day`` begins in ``zone``, in UTC."""
    return localise(datetime.combine(day, time()), zone)


def _whole(raw: Any, field: str) -> int:
    try:
        return int(str(raw))
    except ValueError as error:
        raise DomainError("bad_number", _("Enter a whole number."), field=field) from error


def _time(raw: Any, field: str) -> time:
    try:
        return time.fromisoformat(str(raw)[:5])
    except ValueError as error:
        raise DomainError("bad_time", _("Enter a time such as 09:00."), field=field) from error
