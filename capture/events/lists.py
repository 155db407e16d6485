"""Lists of who was there, as webinar systems and door lists have them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.events.attendance import Presence, mark_attendance
from capture.events.models import AttendanceList, EventRegistration, RegistrationState
from capture.events.queries import registrations_of
from capture.imports.reader import Table, read_table, text_of
from ground.errors import ConflictError, DomainError
from leads.normalise import clean_text, normalise_email

MAX_ROWS = 20_000
_ADDRESS = re.compile(r"[^\s<>;,]+@[^\s<>;,]+\.[^\s<>;,]+")
_MINUTES = re.compile(r"minut|dauer|duration|time in session|anwesen", re.IGNORECASE)
_CLOCK = re.compile(r"^(?:(\d{1,3}):)?(\d{1,3}):(\d{2})$")
_NUMBER = re.compile(r"^\d{1,5}(?:[.,]\d+)?")
_LONGEST = 60 * 24 * 31


@dataclass(frozen=True, slots=True)
class Matched:
    """One line of a list that belongs to a registration."""

    registration: EventRegistration
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What taking a list over would do.

    ``unmatched`` are the lines that name nobody who registered, with their numbers; ``repeated``
    is how many lines name somebody again. ``others`` is how many have a place and are neither on
    the list nor known to have been there or not.
    """

    matched: tuple[Matched, ...]
    unmatched: tuple[dict[str, Any], ...]
    repeated: int
    others: int


@action
def stage_list(
    event_id: int, content: bytes, *, file_name: str, by: Actor, as_of: datetime
) -> AttendanceList:
    """Read a file and keep its lines until somebody says that they hold.

    Raises ``DomainError`` of ``read_table``, ``addresses_missing`` and ``file_too_large``.
    """
    by.require(Right.EVENTS_MANAGE)
    table = read_table(content)
    if len(table.lines) > MAX_ROWS:
        raise DomainError("file_too_large", _("This file has too many rows or columns."), "file")
    rows = _rows(table)
    if not any(row["email"] for row in rows):
        message = _("No e-mail addresses were found in this file.")
        raise DomainError("addresses_missing", message, "file")
    return AttendanceList.objects.create(
        event_id=event_id,
        file_name=clean_text(file_name, limit=200),
        header=[clean_text(name, limit=300) for name in table.header],
        rows=rows,
        created_by_id=by.user_id,
        created_at=as_of,
    )


def _rows(table: Table) -> list[dict[str, Any]]:
    minutes_at = next((i for i, name in enumerate(table.header) if _MINUTES.search(name)), None)
    rows = []
    for line in table.lines:
        if line.is_total:
            continue
        cells = [clean_text(text_of(cell), limit=500) for cell in line.cells]
        found = next((match[0] for cell in cells if (match := _ADDRESS.search(cell))), "")
        told = cells[minutes_at] if minutes_at is not None else ""
        rows.append(
            {
                "number": line.number,
                "email": normalise_email(found).key if found else "",
                "minutes": read_minutes(told),
                "cells": cells,
            }
        )
    return rows


def read_minutes(text: str) -> int | None:
    """Return whole minutes from ``52``, ``51,6 min``, ``0:52:10``; None for what says nothing."""
    text = text.strip()
    if clock := _CLOCK.match(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        total = hours * 60 + minutes + (seconds >= 30)
    elif number := _NUMBER.match(text):
        total = round(float(number[0].replace(",", ".")))
    else:
        return None
    return min(total, _LONGEST)


def compare(attendance: AttendanceList) -> Comparison:
    """Return what taking ``attendance`` over would do now; changes nothing.

    Of somebody who is on it several times (who dropped out and came back) the minutes add up.
    """
    rows: Sequence[dict[str, Any]] = attendance.rows
    known = registrations_of(attendance.event, [row["email"] for row in rows if row["email"]])
    matched: dict[int, Matched] = {}
    unmatched, repeated = [], 0
    for row in rows:
        registration = known.get(row["email"]) if row["email"] else None
        if registration is None:
            unmatched.append(row)
            continue
        before = matched.get(registration.pk)
        repeated += before is not None
        minutes = row["minutes"]
        if before is not None and before.minutes is not None:
            minutes = min(before.minutes + (minutes or 0), _LONGEST)
        matched[registration.pk] = Matched(registration, minutes)
    open_rows = attendance.event.registrations.filter(state=RegistrationState.REGISTERED)
    others = open_rows.exclude(pk__in=matched).count()
    return Comparison(tuple(matched.values()), tuple(unmatched), repeated, others)


@action
def take_list(
    list_id: int, *, others_absent: bool, by: Actor, as_of: datetime
) -> tuple[AttendanceList, int]:
    """Let everybody on a list have attended; returns the list and how many changed.

    Raises ``ConflictError`` (``list_taken``) the second time, and what ``mark_attendance`` raises.
    """
    by.require(Right.EVENTS_MANAGE)
    rows = AttendanceList.objects.select_for_update(of=("self",)).select_related("event")
    attendance = rows.get(pk=list_id)
    if attendance.taken_at is not None:
        raise ConflictError("list_taken", _("This list was taken over already."))
    found = compare(attendance)
    changed = mark_attendance(
        attendance.event_id,
        {item.registration.pk: Presence(True, item.minutes) for item in found.matched},
        others_absent=others_absent,
        by=by,
        as_of=as_of,
    )
    attendance.taken_at = as_of
    attendance.save(update_fields=["taken_at"])
    return attendance, changed
