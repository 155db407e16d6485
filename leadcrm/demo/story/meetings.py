"""Meetings: a type that visitors book, when people can be booked, and what is in the diary."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.actor import user_actor
from accounts.models import User
from handoff.meetings.actions.changes import book_by_hand, cancel_meetings, note_outcomes
from handoff.meetings.actions.types import create_meeting_type, set_availability
from handoff.models import Hosting, MeetingState, MeetingType, Place
from leadcrm.demo.story.stage_set import Scenery
from leads.models import Lead
from leads.stages import Stage

BERLIN = ZoneInfo("Europe/Berlin")
FULL = [["09:00", "12:00"], ["13:00", "17:00"]]
HOURS = {"0": FULL, "1": FULL, "2": [["09:00", "12:00"]], "3": FULL, "4": [["09:00", "14:00"]]}
# Working days from now, and the hour; those of the past have an outcome, and one has none yet.
DIARY = ((-9, 10), (-6, 14), (-4, 11), (-1, 9), (1, 10), (2, 9), (4, 13), (7, 15))
_numbers = count(1)


def fill_diaries(scenery: Scenery, *, until: datetime) -> None:
    """Make the type “First talk” of each team, hours for its reps, and some meetings."""
    first = True
    for team in ("Team Süd", "Team Nord"):
        kind = _make_type(scenery, team, as_of=until, is_main=first)
        first = False
        for rep in scenery.reps(team):
            set_availability(
                HOURS,
                time_zone="Europe/Berlin",
                region="DE-HB",
                by=user_actor(rep),
                as_of=until,
            )
        for rep in scenery.reps(team)[:1]:
            _fill(kind, rep, until)


def _make_type(scenery: Scenery, team: str, *, as_of: datetime, is_main: bool) -> MeetingType:
    names = ("Erstgespräch", "First talk") if is_main else ("Vor-Ort-Termin", "Visit on site")
    terms = {
        "name_de": names[0],
        "name_en": names[1],
        "minutes": 30 if is_main else 60,
        "buffer_after": 15,
        "hosting": Hosting.OWNER if is_main else Hosting.TEAM,
        "team": scenery.teams[team],
        "place": Place.VIDEO if is_main else Place.ON_SITE,
        "place_text": "https://video.nordlicht.example/erstgespraech"
        if is_main
        else "Nordlicht Solar, Am Deich 12, 28199 Bremen",
    }
    by = scenery.actor("marketing")
    return create_meeting_type(terms, by=by, as_of=as_of, is_sample=True)


def _fill(kind: MeetingType, rep: User, until: datetime) -> None:
    """Put meetings into the diary of ``rep`` with leads that sales works on."""
    stages = (Stage.SQL, Stage.OPPORTUNITY)
    leads = Lead.objects.filter(owner=rep, is_sample=True, stage__in=stages).order_by("-score")
    by = user_actor(rep)
    # Fewer leads of sales than meetings are told by the shorter list.
    for lead, (days, hour) in zip(leads[: len(DIARY)], DIARY, strict=False):
        at = _workday(until, days).replace(hour=hour, minute=0, second=0, microsecond=0)
        booked = min(until, at - timedelta(days=2))
        number = UUID(int=next(_numbers), version=4)
        meeting = book_by_hand(lead.pk, kind, rep, at, key=number, by=by, as_of=booked)
        if days == -6:
            outcome = MeetingState.MISSED.value
        elif days < -1:
            outcome = MeetingState.HELD.value
        else:
            outcome = ""
        if outcome:
            note_outcomes([meeting.pk], outcome, by=by, as_of=meeting.ends_at)
        elif days == DIARY[-1][0]:
            cancel_meetings([meeting.pk], reason="Krank", by=by, as_of=until)


def _workday(start: datetime, days: int) -> datetime:
    """Return the moment so many days after ``start``; on a weekend the Monday after."""
    local = start.astimezone(BERLIN) + timedelta(days=days)
    return local + timedelta(days={5: 2, 6: 1}.get(local.weekday(), 0))
