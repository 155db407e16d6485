"""Mails to colleagues about hand-overs: one to each person, however many leads it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import User
from handoff.models import Handoff
from handoff.queries import absences, managers_of, reps_by_team
from handoff.telling import why_now
from nurturing.actions.notifications import notify_users

LINES = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of mail: its lazy subjects for one lead and for several, and where it leads to."""

    key: str
    one: Any
    many: Any
    url_name: str


OFFERED = Notice(
    "offered", gettext_lazy("New lead: {lead}"), gettext_lazy("{number} new leads"), "queue"
)
IN_POOL = Notice(
    "pool",
    gettext_lazy("New lead in the pool: {lead}"),
    gettext_lazy("{number} new leads in the pool"),
    "queue",
)
REMINDER = Notice(
    "reminder",
    gettext_lazy("Please answer soon: {lead}"),
    gettext_lazy("Please answer soon: {number} leads"),
    "queue",
)
OVERDUE = Notice(
    "overdue",
    gettext_lazy("Not answered in time: {lead}"),
    gettext_lazy("{number} leads were not answered in time"),
    "team_queue",
)
TO_DISTRIBUTE = Notice(
    "distribute",
    gettext_lazy("To be distributed: {lead}"),
    gettext_lazy("{number} leads are to be distributed"),
    "team_queue",
)


def tell_offered(handoffs: Sequence[Handoff], *, by: Actor, as_of: datetime) -> None:
    """Tell those who got leads, and for a pool everybody in the team who is there."""
    given = _by_person(row for row in handoffs if row.to_user_id != by.user_id)
    _send(OFFERED, given, by=by, as_of=as_of)
    pools = [row for row in handoffs if row.to_user_id is None]
    if pools:
        away = absences(as_of)
        reps = reps_by_team({row.to_team_id for row in pools if row.to_team_id is not None})
        present = {
            team_id: [person for person in people if person.pk not in away]
            for team_id, people in reps.items()
        }
        _send(IN_POOL, _by_team(pools, present), by=by, as_of=as_of)


def tell_reminded(handoffs: Sequence[Handoff], *, by: Actor, as_of: datetime) -> None:
    """Remind those whose time is nearly over."""
    _send(REMINDER, _by_person(handoffs), by=by, as_of=as_of)


def tell_managers(
    notice: Notice, handoffs: Sequence[Handoff], *, by: Actor, as_of: datetime
) -> None:
    """Tell the managers of the teams what was not answered, or what came back to them."""
    managers = managers_of({row.to_team_id for row in handoffs})
    others = {
        team_id: [person for person in people if person.pk != by.user_id]
        for team_id, people in managers.items()
    }
    _send(notice, _by_team(handoffs, others), by=by, as_of=as_of)


def _by_person(handoffs: Iterable[Handoff]) -> dict[User, list[Handoff]]:
    found: dict[User, list[Handoff]] = {}
    for row in handoffs:
        if row.to_user is not None:
            found.setdefault(row.to_user, []).append(row)
    return found


def _by_team(
    handoffs: Iterable[Handoff], people: Mapping[int, Sequence[User]]
) -> dict[User, list[Handoff]]:
    found: dict[User, list[Handoff]] = {}
    for row in handoffs:
        for person in people.get(row.to_team_id or 0, ()):
            found.setdefault(person, []).append(row)
    return found


def _send(
    notice: Notice, people: Mapping[User, Sequence[Handoff]], *, by: Actor, as_of: datetime
) -> None:
    for person, rows in sorted(people.items(), key=lambda item: item[0].pk):
        first, number = rows[0], len(rows)
        subject = notice.one if number == 1 else notice.many
        notify_users(
            [person],
            subject=format_lazy(subject, lead=first.lead, number=number),
            text=_lazy_lines(rows),
            link=settings.BASE_URL + reverse(notice.url_name),
            by=by,
            as_of=as_of,
            dedupe_key=f"handoff.{notice.key}:{first.pk}:{number}",
            lead_ids=[row.lead_id for row in rows],
        )


def _lines(rows: Sequence[Handoff]) -> str:
    lines = ["\n".join(filter(None, _told(row))) for row in rows[:LINES]]
    if len(rows) > LINES:
        lines.append(_("… and {number} more").format(number=len(rows) - LINES))
    return "\n\n".join(lines)


_lazy_lines = lazy(_lines, str)


def _told(row: Handoff) -> list[str]:
    company = row.briefing.get("company", {}).get("name", "")
    name = str(row.lead)
    due = ""
    if row.due_at is not None:
        at = date_format(timezone.localtime(row.due_at), "SHORT_DATETIME_FORMAT")
        due = _("Please answer by {time}.").format(time=at)
    why = why_now(row.briefing) if row.briefing else ""
    return [f"{name}, {company}" if company else name, why, row.why_here, due]
