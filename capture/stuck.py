"""What of capture can be stuck."""

from collections.abc import Sequence
from functools import partial

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from capture.actions.receiving import INTAKE
from capture.actions.stuck import cancel_imports, give_up_submissions, take_in_again
from capture.chat.actions.writing import CARE
from capture.chat.models import DueChat
from capture.connectors.actions.events import FETCHES, HOOKS
from capture.connectors.actions.stuck import discard_events, of_queue, try_events_again
from capture.events.letters import LETTERS
from capture.events.seats import SEATS
from capture.imports.models import DueImport
from capture.models import (
    DueEventMail,
    DueHookEvent,
    DueHookFetch,
    DueSeat,
    DueSubmission,
    Event,
)
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


def _tell_chats(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueChat.objects.filter(pk__in=keys).select_related("chat__form")
    return {
        row.pk: Told(
            row.chat.form.name if row.chat.form else gettext("Chat"),
            reverse("chat_detail", args=[row.chat.public_id]),
        )
        for row in rows
    }


def _tell_imports(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueImport.objects.filter(pk__in=keys).select_related("lead_import")
    return {
        row.pk: Told(
            row.lead_import.file_name,
            reverse("import_detail", args=[row.lead_import.public_id]),
        )
        for row in rows
    }


def _tell_events(
    queue: type[DueHookEvent] | type[DueHookFetch], keys: Sequence[int]
) -> dict[int, Told]:
    rows = queue.objects.filter(pk__in=keys).select_related("event__connection")
    return {row.pk: _told_event(row) for row in rows.defer("event__body", "event__fetched")}


def _told_event(row: DueHookEvent | DueHookFetch) -> Told:
    event = row.event
    at = date_format(localtime(event.received_at), "SHORT_DATETIME_FORMAT")
    text = gettext("%(form)s, sent %(at)s") % {"form": event.connection.name, "at": at}
    return Told(text, reverse("hook_event", args=[event.public_id]))


def _tell_event_mails(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueEventMail.objects.filter(pk__in=keys).select_related("mail__event")
    return {row.pk: _told_of(row.mail.event, str(row.mail.get_kind_display())) for row in rows}


def _tell_seats(keys: Sequence[int]) -> dict[int, Told]:
    rows = DueSeat.objects.filter(pk__in=keys).select_related("event")
    return {row.pk: _told_of(row.event) for row in rows}


def _told_of(event: Event, what: str = "") -> Told:
    text = ": ".join(part for part in (event.title, what) if part)
    return Told(text, reverse("event_detail", args=[event.public_id]))


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
    DueChat,
    tick=CARE,
    label=_("Talks to be looked after"),
    loss=_(
        "The visitor is not told of a delay, and what was said does not become a lead. It stays"
        " under Chats."
    ),
    tell=_tell_chats,
)
register_queue(
    DueImport,
    tick="capture.import",
    label=_("Imports"),
    loss=_("The rows that are still open do not come in; those that came in stay."),
    tell=_tell_imports,
    discard=cancel_imports,
)
register_queue(
    DueHookEvent,
    tick=HOOKS,
    label=_("What other systems sent"),
    loss=_("It does not become a lead. It stays with its connection, where it can be replayed."),
    tell=partial(_tell_events, DueHookEvent),
    again=of_queue(try_events_again, DueHookEvent),
    discard=of_queue(discard_events, DueHookEvent),
)
register_queue(
    DueHookFetch,
    tick=FETCHES,
    label=_("Leads to be fetched from networks"),
    loss=_("Their answers are not asked for. They stay with their connection."),
    tell=partial(_tell_events, DueHookFetch),
    again=of_queue(try_events_again, DueHookFetch),
    discard=of_queue(discard_events, DueHookFetch),
)
register_queue(
    DueEventMail,
    tick=LETTERS,
    label=_("Mails to who is registered for an event"),
    loss=_("They are not reminded, or do not hear that it was moved or cancelled."),
    tell=_tell_event_mails,
)
register_queue(
    DueSeat,
    tick=SEATS,
    label=_("Free places at events"),
    loss=_("Who waits does not move up until another place becomes free."),
    tell=_tell_seats,
)
