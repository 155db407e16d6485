from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.actions.submissions import (
    RELEASABLE,
    Decided,
    discard_submissions,
    release_submissions,
    take_back_decisions,
)
from capture.definition import Definition
from capture.filters import SubmissionFilter
from capture.guard.views.held import held_context
from capture.models import HELD, Submission, SubmissionState
from capture.reading import read_fields, read_file, told_values
from capture.words import flag_text, told_reason
from ground.listing import Column, Empty, Listing, View, render_listing
from ground.toasts import toast
from leads.models import Lead
from leads.normalise import normalise_email

LARGEST_SHOWN = 20_000
# As long as "Undo" is shown, no lead is made of what was let through.
UNDO_WITHIN = timedelta(seconds=10)
MOST_UNDONE = 100
_UNDO_SALT = "capture.held.undo"


def _search(rows: QuerySet[Submission], text: str) -> QuerySet[Submission]:
    found = Q(email_key__startswith=normalise_email(text).key) | Q(form__name__icontains=text)
    with suppress(ValueError):
        found |= Q(pk=UUID(text))
    return rows.filter(found)


SUBMISSIONS: Listing[Submission] = Listing(
    key="submissions",
    columns=[
        Column("received", gettext_lazy("Received"), "received_at", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("form", gettext_lazy("Form"), "form__name"),
        Column("who", gettext_lazy("From"), "email_key"),
        Column("why", gettext_lazy("Signs")),
        Column("page", gettext_lazy("Page"), is_optional=True),
        Column("ip", gettext_lazy("IP address"), is_optional=True),
    ],
    ordering="-received",
    row="capture/submissions.html#row",
    row_name="submission",
    row_key="id",
    search=_search,
    search_label=gettext_lazy("E-mail, form or key"),
    filters=SubmissionFilter,
    has_bulk=True,
    empty=Empty(
        gettext_lazy("Nothing came in yet"),
        gettext_lazy("Whatever is sent through a form stands here as it came."),
        gettext_lazy("Go to the forms"),
        "/capture/forms/",
    ),
)


@login_required
@require_GET
def submission_list(request: HttpRequest) -> HttpResponse:
    return _list(request, Submission.objects.all(), is_spam=False)


@login_required
@require_GET
def spam_list(request: HttpRequest) -> HttpResponse:
    return _list(request, Submission.objects.held(), is_spam=True)


def _list(request: HttpRequest, rows: QuerySet[Submission], *, is_spam: bool) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    visible = Submission.objects.visible_to(actor) & rows
    page = SUBMISSIONS.page(
        request, visible.select_related("form", "lead").defer("body"), views=_views(is_spam)
    )
    for row in page.rows:
        row.signs = _signs(row)  # type: ignore[attr-defined]
    context = {"is_spam": is_spam, **(held_context(actor) if is_spam else {})}
    return render_listing(request, "capture/submissions.html", page, context)


def _views(is_spam: bool) -> list[View]:
    held = Submission.objects.held().count()
    return [
        View(_("Everything"), "/capture/submissions/", is_active=not is_spam),
        View(_("Held"), "/capture/spam/", is_active=is_spam, count=held),
    ]


def _signs(row: Submission) -> str:
    reasons = [told_reason(item) for item in row.verdict.get("reasons", [])]
    flags = [flag_text(code) for code in row.verdict.get("flags", [])]
    return " ".join([*reasons, *flags, *map(" ".join, row.errors.values())])


@login_required
@require_GET
def submission_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    rows = Submission.objects.visible_to(actor).select_related("form__published")
    submission = get_object_or_404(rows, pk=key)
    body = bytes(submission.body)
    labels = _labels(submission)
    context = {
        "submission": submission,
        "lead": Lead.objects.visible_to(actor).filter(pk=submission.lead_id or 0).first(),
        "fields": [
            (labels.get(name, name), values)
            for name, values in told_values(body, submission.content_type).items()
        ],
        "files": [
            (labels.get(name, name), name, number, file)
            for name, files in read_fields(body, submission.content_type).files.items()
            for number, file in enumerate(files)
        ],
        "body": body[:LARGEST_SHOWN].decode("utf-8", "replace"),
        "is_cut": len(body) > LARGEST_SHOWN,
        "reasons": [
            {**item, "text": told_reason(item)} for item in submission.verdict.get("reasons", [])
        ],
        "flags": [flag_text(code) for code in submission.verdict.get("flags", [])],
        "may_release": submission.state in RELEASABLE,
        "may_discard": submission.state in HELD,
    }
    return render(request, "capture/submission.html", context)


def _labels(submission: Submission) -> dict[str, str]:
    form = submission.form
    if form is None or form.published is None:
        return {}
    definition = Definition.from_json(form.published.definition)
    return {
        **{spec.name: spec.label for spec in definition.fields},
        **{spec.name: spec.text for spec in definition.consents},
    }


@login_required
@require_GET
def submission_file(request: HttpRequest, key: UUID, name: str, number: int) -> HttpResponse:
    """Hand out a file to who may read submissions or sees the lead that it came from.

    SECURITY: as a download that no browser shows.
    """
    actor = request_actor(request)
    own = Q(lead__in=Lead.objects.visible_to(actor))
    rows = (
        Submission.objects.all()
        if actor.may(Right.SUBMISSIONS_READ)
        else (Submission.objects.filter(own, state=SubmissionState.PROCESSED))
    )
    submission = get_object_or_404(rows, pk=key)
    body, kind = bytes(submission.body), submission.content_type
    content = read_file(body, kind, name, number)
    if content is None:
        raise Http404
    info = read_fields(body, kind).files[name][number]
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, info.name)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def release_submission(request: HttpRequest) -> HttpResponse:
    keys, now = _chosen(request, RELEASABLE), timezone.now()
    decided = release_submissions(
        keys, by=request_actor(request), as_of=now, due_at=now + UNDO_WITHIN
    )
    said = ngettext(
        "%(count)s submission is let through.",
        "%(count)s submissions are let through.",
        decided.done,
    ) % {"count": decided.done}
    return _done(request, decided, said, keys)


@login_required
@require_POST
def discard_submission(request: HttpRequest) -> HttpResponse:
    keys = _chosen(request, HELD)
    decided = discard_submissions(keys, by=request_actor(request), as_of=timezone.now())
    said = ngettext(
        "%(count)s submission is put away.", "%(count)s submissions are put away.", decided.done
    ) % {"count": decided.done}
    return _done(request, decided, said, keys)


@login_required
@require_POST
def undo_decisions(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    try:
        keys = signing.loads(request.GET.get("keys", ""), salt=_UNDO_SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    decided = take_back_decisions([UUID(key) for key in keys], by=actor, as_of=timezone.now())
    said = ngettext(
        "%(count)s submission is held again.",
        "%(count)s submissions are held again.",
        decided.done,
    ) % {"count": decided.done}
    if decided.skipped:
        said += " " + _("What is a lead by now stays one.")
    toast(request, said)
    return redirect("spam_list")


def _chosen(request: HttpRequest, states: tuple[Any, ...]) -> list[UUID]:
    """Return the ticked submissions, or all that match; only those that can be decided upon."""
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    rows = Submission.objects.visible_to(actor).defer("body")
    if request.POST.get("place") == "spam":
        rows = rows.held()
    selection = SUBMISSIONS.narrow(request, rows)
    chosen = selection.rows.filter(state__in=states) if selection.is_all else selection.rows
    return list(chosen.values_list("pk", flat=True))


def _done(request: HttpRequest, decided: Decided, said: str, keys: list[UUID]) -> HttpResponse:
    if decided.skipped:
        said += " " + ngettext(
            "%(count)s was left as it is: it names no address or number, or its form is gone.",
            "%(count)s were left as they are: they name no address or number, or their form is "
            "gone.",
            decided.skipped,
        ) % {"count": decided.skipped}
    undo = ""
    if 0 < decided.done <= MOST_UNDONE:
        token = signing.dumps([str(key) for key in keys], salt=_UNDO_SALT, compress=True)
        undo = f"{reverse('undo_decisions')}?keys={token}"
    toast(request, said, undo_url=undo)
    return redirect("spam_list" if request.POST.get("place") == "spam" else "submission_list")
