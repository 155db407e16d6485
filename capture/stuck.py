"""What of capture can be stuck."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.actions.receiving import INTAKE
from capture.actions.stuck import cancel_imports, give_up_submissions, take_in_again
from capture.imports.models import DueImport
from capture.models import DueSubmission
from ground.stuck import Told, register_queue


def _tell_submissions(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueSubmission.objects.filter(pk__in=keys).select_related("submission__form")
    return {row.pk: _told(row) for row in rows.defer("submission__body")}


def _told(row: DueSubmission) -> Told:
    submission = row.submission
    form = submission.form.name if submission.form else gettext("Unknown form")
    at = date_format(localtime(submission.received_at), "SHORT_DATETIME_FORMAT")
    text = gettext("%(form)s, sent %(at)s") % {"form": form, "at": at}
    return Told(text, reverse("submission_detail", args=[submission.pk]))


def _tell_imports(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueImport.objects.filter(pk__in=keys).select_related("lead_import")
    return {
        row.pk: Told(
            row.lead_import.file_name,
            reverse("import_detail", args=[row.lead_import.public_id]),
        )
        for row in rows
    }


register_queue(
    DueSubmission,
    tick=INTAKE,
    label=_("Submissions of forms"),
    loss=_(
        "What was sent does not become a lead. It is kept for 30 days under Submissions, where it"
        " can be let through."
    ),
    tell=_tell_submissions,
    again=take_in_again,
    discard=give_up_submissions,
)
register_queue(
    DueImport,
    tick="capture.import",
    label=_("Imports"),
    loss=_("The rows that are still open do not come in; those that came in stay."),
    tell=_tell_imports,
    discard=cancel_imports,
)
