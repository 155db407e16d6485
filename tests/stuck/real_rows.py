"""A row of every queue, about something that is really there, and how the page calls it."""

from collections.abc import Callable
from datetime import timedelta

from accounts.actor import user_actor
from accounts.models import AccountMail
from accounts.rights import Role
from capture.chat.models import Chat, DueChat
from capture.connectors.actions.events import NewEvent, store_events
from capture.connectors.models import DueHookEvent, DueHookFetch, HookEvent
from capture.imports.actions import stage_import, start_import
from capture.imports.models import DueImport
from capture.models import DueEventMail, DueSeat, DueSubmission, Submission, SubmissionState
from ground.due import DueRow
from handoff.models import (
    DueCalendar,
    DueCalendarEntry,
    DueHandoff,
    DueReminder,
    DueRevisit,
    DueSla,
    DueTask,
    HostCalendar,
    Meeting,
)
from leads.actions.exports import request_export
from leads.models import Activity, DueExport, DueMember, DueSegment, Lead
from nurturing.models import DueEnrolment, DueEntry, DueTrigger, DueVerdict, Message
from scoring.actions.backtesting import NewBacktest, request_backtest
from scoring.models import DueBacktest, DueScore, DueSweep
from tests.capture.scene import answers, make_form, send
from tests.chat.scene import make_bot
from tests.connectors.scene import make_connection
from tests.events.scene import make_event
from tests.factories import EVERYTHING, NOW, make_lead, make_user
from tests.handoff.factories import make_agreement, make_offer
from tests.meetings.scene import by_hand, make_type
from tests.nurturing.scene import enrol, make_organisation, make_reader, make_sequence
from tests.scoring.scene import GERMAN, make_active, make_draft
from tests.segments.scene import make_kept
from tests.stuck.scene import make_mail, make_stuck_mails, nothing_due

Made = tuple[DueRow, str]


def _lead() -> Lead:
    lead = make_lead(first_name="Ada", last_name="Muster")
    nothing_due()
    return lead


def account_mail() -> Made:
    make_stuck_mails(1)
    return AccountMail.objects.get(), "Invitation of a0@example.org"


def submission() -> Made:
    send(form := make_form(), answers(form))
    DueSubmission.objects.update(due_at=NOW)
    Submission.objects.update(received_at=NOW, state=SubmissionState.QUARANTINED)
    return DueSubmission.objects.get(), "Contact, sent 11/02/2026 11 a.m."


def talk() -> Made:
    form = make_bot()
    chat = Chat.objects.create(form=form, started_at=NOW, last_visitor_at=NOW)
    return DueChat.objects.create(chat=chat, due_at=NOW), form.name


def event_mail() -> Made:
    event = make_event(title_en="Storage", as_of=NOW)
    row = DueEventMail.objects.filter(mail__event=event).order_by("pk")[0]
    nothing_due()
    return DueEventMail.objects.create(mail=row.mail, due_at=NOW), "Storage: Reminder"


def seat() -> Made:
    event = make_event(title_en="Storage", as_of=NOW)
    nothing_due()
    return DueSeat.objects.create(event=event, due_at=NOW), "Storage"


def hook_event() -> Made:
    return DueHookEvent.objects.create(event=_event(), due_at=NOW), "Shop, sent 11/02/2026 11 a.m."


def hook_fetch() -> Made:
    return DueHookFetch.objects.create(event=_event(), due_at=NOW), "Shop, sent 11/02/2026 11 a.m."


def _event() -> HookEvent:
    connection = make_connection("generic", "Shop")
    store_events(connection, [NewEvent("id:1", b"{}")], by=EVERYTHING, as_of=NOW)
    DueHookEvent.objects.all().delete()
    return HookEvent.objects.get()


def lead_import() -> Made:
    staged = stage_import(
        b"Email\na@b.de\n", file_name="fair.csv", by=EVERYTHING, as_of=NOW, channel="trade_fair"
    )
    start_import(staged, mapping=staged.mapping, by=EVERYTHING, as_of=NOW)
    return DueImport.objects.get(), "fair.csv"


def lead_export() -> Made:
    export = request_export("", by=user_actor(make_user(Role.MARKETER)), as_of=NOW)
    return DueExport.objects.get(), export.file_name


def member() -> Made:
    row = DueMember.objects.create(lead=_lead(), due_at=NOW)
    return row, "In which segments Ada Muster is"


def segment_build() -> Made:
    make_kept("Inland")
    return DueSegment.objects.get(), "Members of “Inland”"


def assignment() -> Made:
    row = DueHandoff.objects.create(lead=_lead(), due_at=NOW)
    return row, "Giving Ada Muster to sales by the rules"


def answer_clock() -> Made:
    make_agreement()
    make_offer(make_user(), first_name="Ada", last_name="Muster")
    row = DueSla.objects.filter(step="remind").get()
    return row, "Reminder that Ada Muster waits for an answer"


def revisit() -> Made:
    return DueRevisit.objects.create(lead=_lead(), due_at=NOW), "Bringing back Ada Muster"


def callback() -> Made:
    activity = Activity.objects.filter(lead=_lead()).latest("pk")
    row = DueTask.objects.create(activity=activity, due_at=NOW)
    return row, "Task to call Ada Muster back"


def _meeting() -> Meeting:
    rep = make_user(name="Rita")
    lead = make_lead(first_name="Ada", last_name="Muster", owner=rep)
    meeting = by_hand(lead, make_type(rep), rep, NOW + timedelta(days=3))
    DueReminder.objects.all().delete()
    nothing_due()
    return meeting


def reminder() -> Made:
    meeting = _meeting()
    row = DueReminder.objects.create(key="x", meeting=meeting, step="day", due_at=NOW)
    return row, "Reminding of the meeting with Ada Muster"


def calendar_entry() -> Made:
    row = DueCalendarEntry.objects.create(meeting=_meeting(), due_at=NOW)
    return row, "Entering the meeting with Ada Muster in the calendar of its host"


def calendar() -> Made:
    host = make_user(name="Rita")
    mine = HostCalendar.objects.create(user=host, kind="ics", name="Work", created_at=NOW)
    row = DueCalendar.objects.create(calendar=mine, due_at=NOW)
    return row, "Reading the calendar “Work” of Rita"


def enrolment() -> Made:
    make_organisation()
    run = enrol(make_reader(first_name="Ada", last_name="Muster"), make_sequence())
    row = DueEnrolment.objects.get(enrolment=run)
    return row, "Next step of Ada Muster in “Welcome”"


def entry() -> Made:
    make_organisation()
    sequence = make_sequence()
    row = DueEntry.objects.create(
        key="x", lead=_lead(), sequence=sequence, source="form", due_at=NOW
    )
    return row, "Ada Muster is to enter “Welcome”"


def trigger() -> Made:
    row = DueTrigger.objects.create(lead=_lead(), due_at=NOW)
    return row, "Which sequences are for Ada Muster"


def verdict() -> Made:
    mail: Message = make_mail("sent", subject="Hello")
    row = DueVerdict.objects.create(message=mail, due_at=NOW)
    return row, f"“Hello” to {mail.to_address}"


def score() -> Made:
    return DueScore.objects.create(lead=_lead(), due_at=NOW), "Score of Ada Muster"


def sweep() -> Made:
    make_active(GERMAN)
    return DueSweep.objects.get(), "The scores of all leads by Standard v1"


def backtest() -> Made:
    request_backtest(make_draft(GERMAN).pk, NewBacktest("won"), by=EVERYTHING, as_of=NOW)
    return DueBacktest.objects.get(), "Standard v1 tried on the past"


MAKERS: dict[type[DueRow], Callable[[], Made]] = {
    AccountMail: account_mail,
    DueSubmission: submission,
    DueChat: talk,
    DueEventMail: event_mail,
    DueSeat: seat,
    DueHookEvent: hook_event,
    DueHookFetch: hook_fetch,
    DueImport: lead_import,
    DueExport: lead_export,
    DueMember: member,
    DueSegment: segment_build,
    DueHandoff: assignment,
    DueSla: answer_clock,
    DueRevisit: revisit,
    DueTask: callback,
    DueReminder: reminder,
    DueCalendar: calendar,
    DueCalendarEntry: calendar_entry,
    DueEnrolment: enrolment,
    DueEntry: entry,
    DueTrigger: trigger,
    DueVerdict: verdict,
    DueScore: score,
    DueSweep: sweep,
    DueBacktest: backtest,
}
