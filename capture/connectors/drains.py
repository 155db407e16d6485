"""What connectors do in the background; ``capture/ticks.py`` says when."""

from datetime import datetime

from capture.actors import CAPTURE
from capture.connectors.actions.events import (
    FETCHES,
    HOOKS,
    fail_stuck_events,
    forget_events,
)
from capture.connectors.actions.intake import take_in_events
from capture.connectors.actions.social import attach_signals, forget_profiles
from capture.connectors.fetching import fetch_all_missed, fetch_events
from capture.connectors.mail.actions import read_mailboxes
from capture.connectors.models import DueHookEvent, DueHookFetch
from capture.connectors.spooled import store_spooled
from ground.due import Drained, drain
from ground.ticks import wake

CHUNK, MAX_AT_ONCE = 100, 3_000
# Each waits for another server, ten seconds at worst; a tick may take a hundred.
MOST_FETCHES = 100


def drain_hooks(as_of: datetime) -> int:
    """Make leads of what came in; what fails each time is shown among the failures.

    What is taken apart becomes due in the same moment, so that it is looked for again.
    """
    total = Drained()
    while total.done + total.failed < MAX_AT_ONCE:
        drained = drain(
            DueHookEvent,
            lambda rows: take_in_events([row.event_id for row in rows], by=CAPTURE, as_of=as_of),
            as_of=as_of,
            chunk=CHUNK,
            limit=MAX_AT_ONCE,
        )
        total += drained
        if not drained.done:
            break
    else:
        wake(HOOKS)
    fail_stuck_events(by=CAPTURE, as_of=as_of)
    return total.done


def drain_fetches(as_of: datetime) -> int:
    """Ask the servers of senders, one event at a time, so that one answer lost is one."""
    drained = drain(
        DueHookFetch,
        lambda rows: fetch_events(rows, by=CAPTURE, as_of=as_of),
        as_of=as_of,
        chunk=1,
        limit=MOST_FETCHES,
    )
    if drained.done + drained.failed >= MOST_FETCHES:
        wake(FETCHES)
    return drained.done


def fetch_missed_leads(as_of: datetime) -> int:
    """Ask the networks for leads whose notification never arrived."""
    return fetch_all_missed(by=CAPTURE, as_of=as_of)


def drain_spooled(as_of: datetime) -> int:
    """Move events that came while the database was away into it."""
    return store_spooled(by=CAPTURE, as_of=as_of)


def read_mail(as_of: datetime) -> int:
    """Read the mailboxes that are due."""
    return read_mailboxes(by=CAPTURE, as_of=as_of)


def attach(as_of: datetime) -> int:
    """Tell signals on the timelines of leads that carry a profile by now."""
    return attach_signals(by=CAPTURE, as_of=as_of)


def forget(as_of: datetime) -> int:
    """Forget what was kept long enough."""
    return forget_events(by=CAPTURE, as_of=as_of) + forget_profiles(by=CAPTURE, as_of=as_of)
