"""The public door: whatever comes in is stored first and understood afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from accounts.actor import VISITOR
from accounts.visitors import client_ip
from capture import snapshots, spool
from capture.actions.receiving import Receipt, refuse_submissions, store_submissions
from capture.attribution import clean_address
from capture.guard.doors import FORM, UNKNOWN_FORM
from capture.guard.throttle import Pace
from capture.judging import Judged, judge
from capture.kinds import NOTHING_MORE, Told, told
from capture.models import SubmissionState
from capture.outage import DatabaseAwayError, with_database
from capture.raw import KEPT_HEADERS, RawSubmission, submission_key
from capture.reading import ARM, LANGUAGE, Fields, read_fields
from capture.snapshots import PublicForm
from leads.normalise import clean_text

log = structlog.get_logger(__name__)

MAX_BODY = 256 * 1024
MAX_BODY_WITH_FILES = 8 * 1024 * 1024
RETRY_AFTER_SECONDS = 60

OUTCOMES = Counter(
    "leadcrm_submissions_total", "Posts at the public door by what became of them.", ["outcome"]
)


class BodyTooLargeError(Exception):
    """The body is larger than the form may send."""


@dataclass(slots=True)
class Outcome:
    """What the visitor is told: the HTTP status and what belongs to it.

    200 taken, 202 taken while the database is away, 400/415/422 refused, 404 no such form,
    413 too large, 429 too many, 503 could not be stored.
    """

    status: int
    form: PublicForm | None = None
    message: str | Promise = ""
    judged: Judged | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    told: Told = NOTHING_MORE

    @property
    def is_success(self) -> bool:
        """Whether the visitor sees the success message."""
        return self.status in {200, 202}


def find_form(public_id: UUID) -> tuple[PublicForm | None, bool]:
    """Return the published form, and whether the answer comes from disk.

    From disk it comes while the database is away.
    """
    try:
        form = with_database(lambda: snapshots.read_public_form(public_id))
    except DatabaseAwayError:
        return snapshots.load(public_id), True
    if form is not None:
        snapshots.keep(form)
    return form, False


def _limit(form: PublicForm | None) -> int:
    return MAX_BODY_WITH_FILES if form is not None and form.definition.takes_files else MAX_BODY


def read_body(request: HttpRequest, limit: int = MAX_BODY) -> bytes:
    """Return the body, also of a chunked request; raises ``BodyTooLargeError``."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        body: bytes = request.environ["wsgi.input"].read(limit + 1)  # type: ignore[attr-defined]
    else:
        try:
            length = int(request.headers.get("Content-Length") or 0)
        except ValueError:
            length = 0
        if length > limit:
            raise BodyTooLargeError
        body = request.read(length) if length > 0 else b""
    if len(body) > limit:
        raise BodyTooLargeError
    return body


def receive(request: HttpRequest, public_id: UUID, *, as_of: datetime) -> Outcome:
    """Take one post: store it, then find out what to tell the visitor."""
    outcome = take(request, public_id, as_of)
    OUTCOMES.labels(outcome=str(outcome.status)).inc()
    return outcome


def take(request: HttpRequest, public_id: UUID, as_of: datetime) -> Outcome:
    """Do what ``receive`` does, uncounted."""
    pace = FORM.enter(request)
    if pace == Pace.REFUSED:
        return Outcome(429, message=_("Too many posts from your network. Please wait a minute."))
    # The form as it is now comes with the receipt; what was there before is enough until then.
    form, is_from_disk = snapshots.last_built(public_id), False
    if form is None:
        form, is_from_disk = find_form(public_id)
    try:
        body = read_body(request, limit=_limit(form))
    except BodyTooLargeError:
        return Outcome(413, message=_("This is too much for one form."))
    if form is None and not is_from_disk:
        _keep_stranger(request, public_id, body, as_of)
        return Outcome(404, message=_("This form does not exist."))
    state = SubmissionState.RECEIVED
    if pace == Pace.HELD:
        state = SubmissionState.THROTTLED
    fields = read_fields(body, request.headers.get("Content-Type", ""))
    form = _with_arm(form, fields.first(ARM))
    raw = _in_arm(raw_of(request, public_id, body, fields, state, as_of), form, fields)
    try:
        (receipt,) = with_database(lambda: store_submissions([raw], by=VISITOR, as_of=as_of))
        status, form = 200, _form_of(public_id, receipt) or form
    except DatabaseAwayError:
        receipt = Receipt(raw.key, raw.state)
        # Another process may have seen a later one.
        form = snapshots.load(public_id) or form
        status = _put_aside(raw, form)
    if status == 503:
        return Outcome(503, form, _("We cannot take this right now. Please try again."))
    if form is None:
        return Outcome(status, message=_("Thank you. We have received your message."))
    shown = form.in_arm(raw.arm).spoken(fields.first(LANGUAGE))
    return _answer(fields, shown, status, receipt, as_of)


def _with_arm(form: PublicForm | None, arm: str) -> PublicForm | None:
    """Return the form with the test that ``arm`` belongs to: one that began since it was built."""
    if form is None or not arm or form.in_arm(arm) is not form:
        return form
    return find_form(form.public_id)[0] or form


def _in_arm(raw: RawSubmission, form: PublicForm | None, fields: Fields) -> RawSubmission:
    """Note which arm of the form's test the visitor saw, if it is one of them."""
    name = fields.first(ARM)
    shown = form.in_arm(name) if form is not None and name else None
    if shown is None or shown is form:
        return raw
    return replace(raw, arm=name, version=shown.version)


def raw_of(
    request: HttpRequest,
    public_id: UUID,
    body: bytes,
    fields: Fields,
    state: str,
    as_of: datetime,
) -> RawSubmission:
    """Return what is stored of a post, byte for byte, under its key."""
    content_type = request.headers.get("Content-Type", "")
    ip = client_ip(request)
    header = request.headers.get("Submission-Id") or request.headers.get("X-Submission-Id") or ""
    key = submission_key(header, fields, form_id=public_id, body=body, ip=ip, as_of=as_of)
    kept = {name: request.headers.get(name, "")[:1000] for name in KEPT_HEADERS}
    page = clean_address(fields.first("page_url")) or clean_address(kept["Referer"])
    return RawSubmission(
        key=key,
        form_id=public_id,
        version=None,
        body=body,
        content_type=clean_text(content_type, limit=200),
        received_at=as_of,
        headers={name: clean_text(value) for name, value in kept.items() if value},
        ip=ip,
        user_agent=clean_text(request.headers.get("User-Agent", ""), limit=500),
        page_url=page,
        state=state,
    )


def _form_of(public_id: UUID, receipt: Receipt) -> PublicForm | None:
    """Return the form as it is now; None when the database went away after it took the post."""
    if (stamp := receipt.stamp) is None:
        return find_form(public_id)[0]
    try:
        form = with_database(lambda: snapshots.form_of(public_id, stamp))
    except DatabaseAwayError:
        return None
    snapshots.keep(form)
    return form


def _put_aside(raw: RawSubmission, form: PublicForm | None) -> int:
    """Put ``raw`` into the spool with the version that is known here; returns 202 or 503."""
    try:
        spool.put(replace(raw, version=raw.version or (form.version if form else None)))
    except spool.SpoolFullError:
        return 503
    return 202


def _answer(
    fields: Fields, form: PublicForm, status: int, receipt: Receipt, as_of: datetime
) -> Outcome:
    with translation.override(form.language):
        judged = judge(form.definition, str(form.public_id), fields, as_of=as_of)
        if not judged.is_refused:
            more = told(form, receipt.key, judged, as_of=as_of)
            message = more.instead or form.definition.success_message
            return Outcome(status, form, message, judged, told=more)
        errors = judged.errors or {"": [str(judged.message)]}
        outcome = Outcome(judged.status, form, str(judged.message), judged, judged.errors)
    if status == 200 and receipt.state == SubmissionState.RECEIVED:
        _refuse({receipt.key: errors}, as_of)
    return outcome


def _refuse(errors: dict[UUID, dict[str, list[str]]], as_of: datetime) -> None:
    try:
        with_database(lambda: refuse_submissions(errors, by=VISITOR, as_of=as_of))
    except DatabaseAwayError:
        # The intake reads it once more and comes to the same end.
        log.warning("refusal_not_stored")


def _keep_stranger(request: HttpRequest, public_id: UUID, body: bytes, as_of: datetime) -> None:
    """Keep what somebody posted to a form that does not exist: a mistyped embed loses leads."""
    if UNKNOWN_FORM.enter(request) != Pace.FINE:
        return
    fields = read_fields(body, request.headers.get("Content-Type", ""))
    raw = raw_of(request, public_id, body, fields, SubmissionState.RECEIVED, as_of)
    try:
        with_database(lambda: store_submissions([raw], by=VISITOR, as_of=as_of))
    except DatabaseAwayError:
        log.warning("stranger_not_stored")


def known_origins(form: PublicForm | None) -> Sequence[str]:
    """Return the origins that may embed ``form``; an unknown form can be embedded nowhere."""
    return form.allowed_origins if form is not None else ("null",)
