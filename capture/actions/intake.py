"""Making stored submissions leads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from accounts.action import action
from accounts.actor import Actor
from capture.actions.arrivals import Comeback, begin_anew
from capture.actions.identifying import identify_visitors, note_conversions
from capture.actions.optins import OptInRequest, request_opt_ins
from capture.actions.touches import NewTouch, record_touches
from capture.activities import FORM_SUBMITTED
from capture.guard.weighing import weigh_all
from capture.intake import Intake, go_on, read_intakes
from capture.kinds import follow_up
from capture.models import DueSubmission, Submission, SubmissionState
from capture.referrals.actions import note_followed
from ground.due import LEASE
from ground.updates import update_columns
from leads.actions.entry import enter_leads
from leads.actions.timeline import NewActivity, record
from leads.entries import Entered

# Longer than every lease and every pause after a failure.
_LATEST = LEASE + timedelta(seconds=1)
# A chunk takes a second and only one drain runs at a time: one that holds rows for longer is dead.
_HELD = timedelta(seconds=30)


@action
def take_in_submissions(keys: Sequence[UUID], *, by: Actor, as_of: datetime) -> None:
    """Read, weigh and check waiting submissions and make those that pass leads.

    A submission that was taken in already is left alone. One that looks like spam is held, one
    that cannot be read or lacks something is refused; both stay as they came.
    """
    rows = list(
        Submission.objects.filter(pk__in=keys, state=SubmissionState.RECEIVED)
        .select_related("form", "form__published", "form__campaign")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    # Locked in the order of their keys, taken in as they came: places are given in that order.
    rows.sort(key=lambda row: (row.received_at, row.pk))
    items = read_intakes(rows)
    _hold_strangers(rows, items, as_of)
    candidates = [item.candidate() for item in items]
    for item, verdict in zip(items, weigh_all(candidates, by=by, as_of=as_of), strict=True):
        item.verdict = verdict
        item.submission.email_key = item.email_key[:320]
    accepted = _sort_out(items, as_of)
    # Who began to talk comes before who goes on: the lead must be there by then.
    for some in ([it for it in accepted if not it.goes_on], [it for it in accepted if it.goes_on]):
        if some:
            go_on(some)
            _make_leads(some, by=by, as_of=as_of)
    _save(items)


def _hold_strangers(rows: Sequence[Submission], items: Sequence[Intake], as_of: datetime) -> None:
    known = {item.submission.pk for item in items}
    strangers = [row.pk for row in rows if row.pk not in known]
    Submission.objects.filter(pk__in=strangers).update(
        state=SubmissionState.QUARANTINED,
        processed_at=as_of,
        verdict={
            "score": 100,
            "reasons": [{"code": "unknown_form", "points": 100, "detail": ""}],
            "flags": [],
        },
    )


def _sort_out(items: Sequence[Intake], as_of: datetime) -> list[Intake]:
    """Set the state of every submission and return those that become leads."""
    accepted = []
    for item in items:
        row = item.submission
        row.processed_at = as_of
        row.verdict = item.verdict.to_json()
        if row.released_at is not None:
            row.state = SubmissionState.PROCESSED if item.is_reachable else SubmissionState.INVALID
        elif item.judged.is_refused:
            row.state = SubmissionState.INVALID
        elif item.verdict.is_spam:
            row.state = SubmissionState.QUARANTINED
        else:
            row.state = SubmissionState.PROCESSED
        if row.state == SubmissionState.INVALID:
            row.errors = item.judged.errors or {"": [str(item.judged.message)]}
        elif row.state == SubmissionState.PROCESSED:
            row.errors = {}
            accepted.append(item)
    return accepted


def _make_leads(items: Sequence[Intake], *, by: Actor, as_of: datetime) -> None:
    entered = enter_leads([item.entry() for item in items], by=by, as_of=as_of)
    for item, result in zip(items, entered, strict=True):
        item.submission.lead_id = result.lead_id
        flags = [*item.verdict.flags, *(warning.code for warning in result.warnings)]
        item.submission.verdict = {**item.submission.verdict, "flags": sorted(set(flags))}
    begin_anew(_comebacks(items), by=by, as_of=as_of)
    record_touches(_touches(items), by=by, as_of=as_of)
    _record(items, entered, by=by, as_of=as_of)
    note_conversions(
        [
            (item.judged.fields.first("visitor"), item.submission.page_url, item.received_at)
            for item in items
        ],
        by=by,
        as_of=as_of,
    )
    identify_visitors(
        [
            (result.lead_id, item.judged.fields.first("visitor"))
            for item, result in zip(items, entered, strict=True)
            # SECURITY: a link can be forwarded; whose browser it is opened in is not known.
            if item.proven is None
        ],
        by=by,
        as_of=as_of,
    )
    _ask_to_confirm(items, by=by, as_of=as_of)
    sender_of = {item.submission.lead_id or 0: item.referrer.pk for item in items if item.referrer}
    if sender_of:
        note_followed(sender_of, by=by, as_of=as_of)
    follow_up(items, by=by, as_of=as_of)


def _comebacks(items: Sequence[Intake]) -> list[Comeback]:
    return [
        Comeback(
            item.submission.lead_id or 0,
            item.stage[0],
            item.channel,
            item.form.name,
            item.keeps_stage,
            item.opens_episode,
        )
        for item in items
    ]


def _touches(items: Sequence[Intake]) -> list[NewTouch]:
    return [
        NewTouch(
            item.submission.lead_id or 0,
            item.origin,
            item.channel,
            item.received_at,
            campaign=item.campaign or item.form.campaign,
            page_url=item.submission.page_url,
            submission=item.submission,
            is_sample=item.submission.is_sample,
        )
        for item in items
        # Who goes on talking has come once.
        if not item.goes_on
    ]


def _record(
    items: Sequence[Intake], entered: Sequence[Entered], *, by: Actor, as_of: datetime
) -> None:
    record(
        [
            NewActivity(
                result.lead_id,
                FORM_SUBMITTED,
                item.received_at,
                {
                    "form": str(item.form.public_id),
                    "form_name": item.form.name,
                    "form_kind": item.form.kind,
                    "form_version": item.version,
                    "submission": str(item.submission.pk),
                    "page_url": item.submission.page_url,
                    "message": item.judged.answers.message,
                    **({"answers": answers} if (answers := item.told_answers) else {}),
                    **({"files": files} if (files := item.told_files) else {}),
                    **({"by_link": True} if item.proven else {}),
                    **({"kept_out": out} if (out := item.kept_out(result.changed)) else {}),
                    "is_new": result.is_new,
                },
                dedupe_key=f"submission:{item.submission.pk}",
            )
            for item, result in zip(items, entered, strict=True)
        ],
        by=by,
        as_of=as_of,
    )


def _ask_to_confirm(items: Sequence[Intake], *, by: Actor, as_of: datetime) -> None:
    requests = []
    for item in items:
        asked = [c for c in item.judged.answers.consents if c.is_confirmed_by_mail]
        if not asked or not item.is_mailable:
            continue
        requests.append(
            OptInRequest(
                lead_id=item.submission.lead_id or 0,
                email=item.email,
                email_key=item.email_key,
                language=item.language,
                purposes=[(consent.purpose, consent.channel) for consent in asked],
                evidence={
                    "consents": {
                        f"{consent.purpose}/{consent.channel}": item.consent_evidence(consent)
                        for consent in asked
                    }
                },
                submission=item.submission,
            )
        )
    if requests:
        request_opt_ins(requests, by=by, as_of=as_of)


def _save(items: Sequence[Intake]) -> None:
    update_columns(
        [item.submission for item in items],
        ["state", "lead", "verdict", "errors", "processed_at", "email_key"],
    )


@action
def hasten_submissions(*, by: Actor, as_of: datetime) -> int:
    """Make due at once what waits for nothing; returns how many.

    That is what a killed drain held, and what is due so late that the clock was wrong when it came
    in: a submission is due at once, or soon after a failure.
    """
    waiting = DueSubmission.objects.filter(due_at__gt=as_of, quarantined_at=None)
    held = Q(attempts__gt=0, last_error="", due_at__lte=as_of + LEASE - _HELD)
    return waiting.filter(held | Q(due_at__gt=as_of + _LATEST)).update(due_at=as_of)


@action
def hold_stuck_submissions(*, by: Actor, as_of: datetime) -> int:
    """Show submissions that failed each time among those that are held; returns how many."""
    stuck = DueSubmission.objects.quarantined().filter(submission__state=SubmissionState.RECEIVED)
    errors = dict(stuck.values_list("submission_id", "last_error"))
    if not errors:
        return 0
    rows = Submission.objects.filter(pk__in=errors).defer("body").order_by("pk")
    held = list(rows.select_for_update(of=("self",)))
    for row in held:
        reason = {"code": "stuck", "points": 0, "detail": errors[row.pk][:200]}
        row.state, row.processed_at = SubmissionState.QUARANTINED, as_of
        row.verdict = {"score": 0, "reasons": [reason], "flags": []}
    Submission.objects.bulk_update(held, ["state", "processed_at", "verdict"])
    return len(held)
