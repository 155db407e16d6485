"""A meeting as it is told at one moment: what mails and calendars say, whatever changes later."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation
from handoff.models import Meeting, Place

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a meeting; times are moments in UTC, ``what`` why it is told."""

    meeting: int
    public_id: str
    what: str
    name_de: str
    name_en: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    place: str
    place_text: str
    host: str
    host_email: str
    host_phone: str
    guest_email: str
    zone: str
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as a mail keeps it."""
        times = {name: getattr(self, name).isoformat() for name in ("starts_at", "ends_at")}
        return {**asdict(self), **times}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        times = {name: datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**data, **times})

    def name_in(self, language: str) -> str:
        """Return what the meeting is called in ``language``."""
        return self.name_de if language.startswith("de") else self.name_en

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.what == CANCELLED


def tell(meeting: Meeting, what: str, *, zone: str) -> Told:
    """Return ``meeting`` as it is now for a reader in ``zone``; type and host must be loaded."""
    return Told(
        meeting=meeting.pk,
        public_id=str(meeting.public_id),
        what=what,
        name_de=meeting.kind.name_de,
        name_en=meeting.kind.name_en,
        starts_at=meeting.starts_at.astimezone(UTC),
        ends_at=meeting.ends_at.astimezone(UTC),
        sequence=meeting.sequence,
        place=meeting.place,
        place_text=meeting.place_text,
        host=meeting.host.display_name,
        host_email=meeting.host.email,
        host_phone=meeting.host.phone,
        guest_email=meeting.guest_email,
        zone=zone,
        reason=meeting.ended_reason,
    )


def in_zone(moment: datetime, zone: str) -> str:
    """Return a moment as people in ``zone`` say it: day, time and the name of the zone."""
    local = timezone.localtime(moment, ZoneInfo(zone))
    day, hour = date_format(local, "l, j. F Y"), date_format(local, "TIME_FORMAT")
    if not date_format(local, "DATE_FORMAT").startswith(str(local.day)):
        day = date_format(local, "l, F j, Y")
    shown = zone.replace("_", " ")
    return _("%(day)s, %(time)s (%(zone)s, %(offset)s)") % {
        "day": day,
        "time": hour,
        "zone": shown,
        "offset": offset_of(local),
    }


def offset_of(local: datetime) -> str:
    """Return how far a local time is from that of Greenwich, as "UTC+2" or "UTC-3:30"."""
    offset = local.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def where(told: Told, *, is_host: bool = False) -> str:
    """Say where the meeting is, in the language that is active."""
    if told.place == Place.PHONE:
        if is_host:
            return _("By phone: you call.")
        who = {"host": told.host, "phone": told.host_phone}
        if told.host_phone:
            return _("By phone: %(host)s calls you, from %(phone)s.") % who
        return _("By phone: %(host)s calls you.") % who
    if told.place == Place.VIDEO:
        return _("By video: %(address)s") % {"address": told.place_text}
    return told.place_text or Organisation.current().name
