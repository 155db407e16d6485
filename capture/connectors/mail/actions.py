"""Reading mailboxes: each mail is kept once, whatever is killed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.db.models import F

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.connectors.actions.events import NewEvent, store_events
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.fetching import keys_of
from capture.connectors.keys import event_key
from capture.connectors.mail.imap import Box, Fetched, opened
from capture.connectors.mail.models import Mailbox
from capture.connectors.models import Connection
from capture.connectors.told import HookError, Incoming
from ground.errors import RetryableError

log = structlog.get_logger(__name__)

EVERY, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# In one round of one mailbox.
MOST_MAILS, MOST_BYTES = 50, 25 * 1024 * 1024
ALL_SECONDS = 60.0


def read_mailbox(connection: Connection, *, by: Actor, as_of: datetime) -> int:
    """Keep what is new in a mailbox; returns how many mails are.

    Raises ``HookError`` and ``RetryableError``, which ``note_failure`` keeps.
    """
    by.require(Right.LEADS_CREATE, Right.FORMS_MANAGE)
    keys = keys_of(connection)
    target = keys.setting("move_to")
    with opened(keys) as box:
        place = find_place(connection, box.folder.uidvalidity, box.folder.uidnext, as_of, by=by)
        first = place.first_uid if target else place.uid
        found = box.uids(first + 1)
        if target:
            # Kept in a round that was killed before they were moved.
            box.move([uid for uid in found if uid <= place.uid], target)
        new = 0
        for mails in _chunks(box, [uid for uid in found if uid > place.uid]):
            new += keep_mails(place, mails, by=by, as_of=as_of)
            if target:
                box.move([mail.uid for mail in mails], target)
    note_read(place, by=by, as_of=as_of)
    return new


def _chunks(box: Box, uids: Sequence[int]) -> list[list[Fetched]]:
    """Return the mails of one round, in chunks of one: what is kept is kept."""
    chunks, size = [], 0
    for uid in uids[:MOST_MAILS]:
        mail = box.fetch(uid)
        if mail is None:
            continue
        chunks.append([mail])
        size += len(mail.raw)
        if size > MOST_BYTES:
            break
    return chunks


@action
def find_place(
    connection: Connection, uidvalidity: int, uidnext: int, as_of: datetime, *, by: Actor
) -> Mailbox:
    """Return how far the open folder was read.

    A folder that is read for the first time begins with what comes next. One that the server
    numbers anew is read from its beginning; what was kept before is known by its content.
    """
    folder = connection.settings.get("folder") or "INBOX"
    Mailbox.objects.bulk_create(
        [Mailbox(connection=connection, next_at=as_of)], ignore_conflicts=True
    )
    place = Mailbox.objects.select_for_update(of=("self",)).get(connection=connection)
    if place.folder != folder or not place.uidvalidity:
        place.folder, place.uidvalidity = folder, uidvalidity
        place.first_uid = place.uid = max(0, uidnext - 1)
    elif place.uidvalidity != uidvalidity:
        place.uidvalidity, place.first_uid, place.uid = uidvalidity, 0, 0
    else:
        return place
    place.save(update_fields=["folder", "uidvalidity", "first_uid", "uid"])
    return place


@action
def keep_mails(place: Mailbox, mails: Sequence[Fetched], *, by: Actor, as_of: datetime) -> int:
    """Keep mails and how far was read, in one transaction; returns how many are new."""
    events = [new_event(mail.raw, mail.content_type, as_of) for mail in mails]
    new = store_events(place.connection, events, by=by, as_of=as_of)
    place.uid = max(mail.uid for mail in mails)
    Mailbox.objects.filter(pk=place.pk, uidvalidity=place.uidvalidity).update(uid=place.uid)
    return new


def new_event(raw: bytes, content_type: str, as_of: datetime) -> NewEvent:
    """Return what is kept of a mail."""
    (item,) = CONNECTORS["mail"].items(Incoming(raw, content_type, {}, as_of))
    return NewEvent(event_key(item.key), raw, content_type)


@action
def note_read(place: Mailbox, *, by: Actor, as_of: datetime) -> None:
    """Note that a mailbox was read."""
    Mailbox.objects.filter(pk=place.pk).update(
        read_at=as_of, next_at=as_of + EVERY, error={}, failures=0
    )


@action
def note_failure(
    connection: Connection, error: HookError | RetryableError, *, by: Actor, as_of: datetime
) -> None:
    """Note why a mailbox could not be read, and wait longer each time."""
    told = (
        error.to_json()
        if isinstance(error, HookError)
        else {
            "code": "mailbox_away",
            "details": {"text": str(error)[:200]},
        }
    )
    Mailbox.objects.bulk_create(
        [Mailbox(connection=connection, next_at=as_of)], ignore_conflicts=True
    )
    place = Mailbox.objects.select_for_update(of=("self",)).get(connection=connection)
    pause = min(EVERY * 2 ** min(place.failures, 10), LONGEST_PAUSE)
    place.error, place.failures, place.next_at = told, place.failures + 1, as_of + pause
    place.save(update_fields=["error", "failures", "next_at"])


def read_mailboxes(*, by: Actor, as_of: datetime) -> int:
    """Read every mailbox that is due; one that is away stops no other."""
    rows = Connection.objects.filter(connector="mail", is_active=True, is_sample=False)
    rows = rows.exclude(settings__host="").exclude(mailbox__next_at__gt=as_of)
    count, ends_at = 0, monotonic() + ALL_SECONDS
    for connection in rows.order_by(F("mailbox__next_at").asc(nulls_first=True), "pk"):
        if monotonic() > ends_at:
            break
        try:
            count += read_mailbox(connection, by=by, as_of=as_of)
        except (HookError, RetryableError) as error:
            log.warning("mailbox_not_read", connection=connection.pk, error=str(error)[:200])
            note_failure(connection, error, by=by, as_of=as_of)
    return count
