"""The clock of capture: what it does in the background."""

from datetime import datetime, timedelta
from pathlib import Path
from time import time

from django.db import DataError, IntegrityError

from capture import snapshots, spool
from capture.actions.clicks import judge_clicks
from capture.actions.counting import MAX_DAYS, count_days, open_days
from capture.actions.intake import (
    hasten_submissions,
    hold_stuck_submissions,
    take_in_submissions,
)
from capture.actions.receiving import INTAKE, store_submissions
from capture.actions.submissions import forget_submissions, forget_visits
from capture.actors import CAPTURE
from capture.chat import drains as chat
from capture.chat.actions.writing import CARE
from capture.connectors import drains as connectors
from capture.connectors.actions.events import FETCHES, HOOKS
from capture.events import drains as events
from capture.events.letters import LETTERS
from capture.events.seats import SEATS
from capture.guard import rules as guard_rules
from capture.guard.actions.digest import send_digests
from capture.guard.actions.domains import ask_domains
from capture.guard.actions.learning import forget_decisions
from capture.guard.actions.sightings import forget_sightings
from capture.health.actions import forms_to_try, note_silence, try_forms
from capture.imports.drains import drain_imports
from capture.models import DueSubmission
from capture.raw import RawSubmission
from ground.due import drain
from ground.ticks import tick, wake

SPOOL = "capture.spool"

# A chunk holds its locks for about 0.3 s.
CHUNK = 100
# Half a minute on a slow machine: Celery kills what takes two. The next run goes on.
MAX_AT_ONCE = 3_000
FORMS_AT_ONCE = 10


@tick(INTAKE, every=timedelta(seconds=2))
def take_in(as_of: datetime) -> int:
    """Make waiting submissions leads; those that fail each time are held for a person."""
    hasten_submissions(by=CAPTURE, as_of=as_of)
    drained = drain(
        DueSubmission,
        lambda rows: take_in_submissions(
            [row.submission_id for row in rows], by=CAPTURE, as_of=as_of
        ),
        as_of=as_of,
        chunk=CHUNK,
        limit=MAX_AT_ONCE,
    )
    hold_stuck_submissions(by=CAPTURE, as_of=as_of)
    if drained.done + drained.failed >= MAX_AT_ONCE:
        wake(INTAKE)
    return drained.done


@tick(SPOOL, every=timedelta(seconds=10))
def drain_spool(as_of: datetime) -> int:
    """Move spooled submissions into the database; a file goes only after its row is committed."""
    count = 0
    paths = spool.waiting(spool.MAX_AT_ONCE)
    for start in range(0, len(paths), CHUNK):
        count += _move(list(spool.read(paths[start : start + CHUNK])), as_of)
    count += connectors.drain_spooled(as_of)
    spool.sweep(now=time())
    if len(paths) == spool.MAX_AT_ONCE and count:
        wake(SPOOL)
    return count


def _move(files: list[tuple[Path, RawSubmission]], as_of: datetime) -> int:
    """Store ``files`` and remove them; one that the database refuses stops no other."""
    try:
        store_submissions([raw for _path, raw in files], by=CAPTURE, as_of=as_of)
    except (DataError, IntegrityError, ValueError):
        if len(files) > 1:
            return sum(_move([file], as_of) for file in files)
        for path, _raw in files:
            spool.put_aside(path)
        return 0
    for path, _raw in files:
        path.unlink(missing_ok=True)
    return len(files)


@tick("capture.snapshots", every=timedelta(seconds=60))
def refresh_snapshots(as_of: datetime) -> int:
    """Write every published form to disk."""
    return snapshots.keep_all()


@tick("capture.forget", every=timedelta(minutes=10))
def forget(as_of: datetime) -> int:
    """Forget submissions and visits that were kept long enough, some at a time."""
    return forget_submissions(by=CAPTURE, as_of=as_of) + forget_visits(by=CAPTURE, as_of=as_of)


@tick("capture.health", every=timedelta(minutes=10))
def look_after_forms(as_of: datetime) -> int:
    """Try out some forms that were not tried for a day, and look for those that fell silent."""
    due = forms_to_try(as_of=as_of, limit=FORMS_AT_ONCE)
    return try_forms(due, by=CAPTURE, as_of=as_of) + note_silence(by=CAPTURE, as_of=as_of)


@tick("capture.clicks", every=timedelta(seconds=10))
def judge(as_of: datetime) -> int:
    """Judge and count the clicks on short links that settled."""
    return judge_clicks(by=CAPTURE, as_of=as_of)


@tick("capture.visits", every=timedelta(minutes=1))
def count_visits(as_of: datetime) -> int:
    """Count the visits of today, and of days before that are not final."""
    return sum(
        count_days([day], by=CAPTURE, as_of=as_of) for day in open_days(as_of=as_of)[:MAX_DAYS]
    )


@tick("capture.guard", every=timedelta(minutes=10))
def look_after_guard(as_of: datetime) -> int:
    """Forget what is too old to compare with or to learn from."""
    return forget_sightings(by=CAPTURE, as_of=as_of) + forget_decisions(by=CAPTURE, as_of=as_of)


@tick("capture.guard_domains", every=timedelta(minutes=1))
def look_domains_up(as_of: datetime) -> int:
    """Ask name servers whether domains take mail, where that is switched on."""
    return ask_domains(by=CAPTURE, as_of=as_of) if guard_rules.settings().checks_mail_domains else 0


@tick("capture.held_digest", every=timedelta(minutes=5))
def tell_what_is_held(as_of: datetime) -> int:
    """Tell who wants it what is held, each Monday."""
    return send_digests(by=CAPTURE, as_of=as_of)


tick("capture.import", every=timedelta(seconds=5))(drain_imports)
tick(HOOKS, every=timedelta(seconds=2))(connectors.drain_hooks)
tick(FETCHES, every=timedelta(seconds=5))(connectors.drain_fetches)
tick("capture.missed_leads", every=timedelta(minutes=30))(connectors.fetch_missed_leads)
tick("capture.mailboxes", every=timedelta(seconds=20))(connectors.read_mail)
tick("capture.signals", every=timedelta(minutes=1))(connectors.attach)
tick("capture.forget_hooks", every=timedelta(minutes=10))(connectors.forget)
tick(CARE, every=timedelta(seconds=5))(chat.look_after)
tick("capture.forget_chats", every=timedelta(minutes=10))(chat.forget)
tick(LETTERS, every=timedelta(seconds=10))(events.drain_mails)
tick(SEATS, every=timedelta(seconds=10))(events.drain_seats)
