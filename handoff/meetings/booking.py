"""The public door of meetings: what comes in is stored, takes its slot and becomes a lead."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actor import VISITOR
from capture import door, snapshots, spool
from capture.actions.intake import take_in_submissions
from capture.actions.receiving import refuse_submissions, store_submissions
from capture.actors import CAPTURE
from capture.guard.doors import FORM
from capture.guard.throttle import Counter, Pace
from capture.judging import Judged, judge
from capture.models import FormKind, SubmissionState
from capture.raw import RawSubmission
from capture.reading import Fields, read_fields
from capture.snapshots import PublicForm
from handoff.meetings.actions.booking import Wish, drop_meetings, receive_booking
from handoff.meetings.intake import wish_of
from handoff.models import Meeting, MeetingType

log = structlog.get_logger(__name__)

# Looking at slots costs four queries; a person who pages through weeks stays below this.
looks = Counter(120)


@dataclass(slots=True)
class Outcome:
    """What became of a post: an HTTP status and what belongs to it.

    200 booked or taken for it, 202 stored until the database is back, 409 the slot is gone, 422
    something is wrong, 413, 429 and 503 as at every public door.
    """

    status: int
    message: str | Promise = ""
    judged: Judged | None = None
    wish: Wish | None = None
    meeting: Meeting | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether the visitor sees the success message."""
        return self.status in {200, 202}


def book(request: HttpRequest, kind: MeetingType, form: PublicForm, *, as_of: datetime) -> Outcome:
    """Take one post to the page of ``kind``: store it, take the slot, make the visitor a lead."""
    pace = FORM.enter(request)
    if pace == Pace.REFUSED:
        return Outcome(429, _("Too many posts from your network. Please wait a minute."))
    try:
        body = door.read_body(request)
    except door.BodyTooLargeError:
        return Outcome(413, _("This is too much for one form."))
    state = SubmissionState.RECEIVED if pace == Pace.FINE else SubmissionState.THROTTLED
    fields = read_fields(body, request.headers.get("Content-Type", ""))
    raw = door.raw_of(request, form.public_id, body, fields, state, as_of)
    try:
        # Not ``with_database``: whoever waits for a colleague's lock, or for an intake on a busy
        # machine, must not be taken for a database that hangs.
        return _take(raw, fields, kind, form, as_of)
    except (OperationalError, InterfaceError):
        log.exception("booking_without_database", submission=str(raw.key))
        return _put_aside(raw)


def book_without_database(request: HttpRequest, *, as_of: datetime) -> Outcome:
    """Keep a wish while the database is away: it is booked later, or somebody offers another."""
    if FORM.enter(request) == Pace.REFUSED:
        return Outcome(429, _("Too many posts from your network. Please wait a minute."))
    try:
        body = door.read_body(request)
    except door.BodyTooLargeError:
        return Outcome(413, _("This is too much for one form."))
    fields = read_fields(body, request.headers.get("Content-Type", ""))
    try:
        form = snapshots.load(UUID(fields.first("form")))
    except ValueError:
        form = None
    if form is None or form.kind != FormKind.MEETING:
        return _away()
    state = SubmissionState.RECEIVED
    return _put_aside(door.raw_of(request, form.public_id, body, fields, state, as_of))


def _put_aside(raw: RawSubmission) -> Outcome:
    try:
        spool.put(raw)
    except spool.SpoolFullError:
        return _away()
    return Outcome(
        202, _("We have received your wish. As soon as it is booked you get a confirmation.")
    )


def _away() -> Outcome:
    return Outcome(503, _("We cannot take this right now. Please try again."))


def _take(
    raw: RawSubmission, fields: Fields, kind: MeetingType, form: PublicForm, as_of: datetime
) -> Outcome:
    with translation.override(form.language):
        judged = judge(form.definition, str(form.public_id), fields, as_of=as_of)
        wish = wish_of(raw.key, kind, form.language, judged, as_of=as_of)
        if judged.is_trapped or raw.state != SubmissionState.RECEIVED:
            # Who fell into the trap sees success; what is held is booked when it is let through.
            store_submissions([raw], by=VISITOR, as_of=as_of)
            return Outcome(200, form.definition.success_message, judged, wish)
        if judged.is_refused or wish is None:
            return _refused(raw, judged, wish, as_of)
        meeting, refusal = receive_booking(raw, wish, by=VISITOR, as_of=as_of)
        if meeting is None:
            message = str(refusal.message) if refusal else ""
            return Outcome(409, message, judged, wish, errors={"slot": [message]})
        _take_in(raw.key, as_of)
        meeting = Meeting.objects.select_related("kind", "host").get(pk=meeting.pk)
        return Outcome(200, form.definition.success_message, judged, wish, meeting)


def _refused(raw: RawSubmission, judged: Judged, wish: Wish | None, as_of: datetime) -> Outcome:
    errors = judged.errors
    message = judged.message
    if wish is None:
        message = _("Please choose a time.")
        errors = {**errors, "slot": [str(message)]}
    status = judged.status if judged.is_refused else 422
    (receipt,) = store_submissions([raw], by=VISITOR, as_of=as_of)
    if receipt.state == SubmissionState.RECEIVED:
        told = errors or {"": [str(message)]}
        refuse_submissions({raw.key: told}, by=VISITOR, as_of=as_of)
    return Outcome(status, message, judged, wish, errors=errors)


def _take_in(key: UUID, as_of: datetime) -> None:
    """Make the visitor a lead at once; what fails here the intake does within seconds."""
    try:
        take_in_submissions([key], by=CAPTURE, as_of=as_of)
        drop_meetings([key], by=CAPTURE, as_of=as_of)
    except Exception:
        log.exception("booking_not_taken_in", submission=str(key))
