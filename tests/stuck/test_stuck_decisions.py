"""What administrators do with stuck work: try again, give up, or say what became of a mail."""

import pytest
from django.utils import timezone

from accounts.action import writing
from accounts.models import AccountMail, AuditEntry
from capture.imports.models import DueImport, ImportState, LeadImport
from capture.models import DueSubmission, Submission, SubmissionState
from ground.due import queues
from leads.models import Activity
from nurturing.models import DueEnrolment, Enrolment, Message
from scoring.models import DueScore
from tests.capture.scene import answers, make_form, send, work
from tests.stuck.real_rows import MAKERS
from tests.stuck.scene import (
    PAGE,
    make_mail,
    make_stuck,
    make_stuck_mails,
    make_stuck_score,
    nothing_due,
)

pytestmark = [pytest.mark.django_db, pytest.mark.case("J07")]

every_queue = pytest.mark.parametrize("queue", queues(), ids=lambda queue: queue.queue_name())


@pytest.fixture
def client(as_user, admin):
    return as_user(admin)


def make_real(queue):
    """Set a row aside that is about something real; returns it and what it is called."""
    with writing("scene"):
        row, called = MAKERS[queue]()
        queue.objects.exclude(pk=row.pk).delete()
        return make_stuck(row), called


def decide(client, verb, *rows, confirmed=True, **data):
    named = [f"{row.queue_name()}:{row.pk}" for row in rows]
    sure = {"confirmed": "yes"} if confirmed else {}
    return client.post(f"{PAGE}{verb}/", {"ids": named, **sure, **data})


def audited() -> list[tuple[str, dict]]:
    return list(AuditEntry.objects.filter(event__startswith="work.").values_list("event", "data"))


@every_queue
def test_work_that_is_tried_again_is_due_at_once_with_no_failures_behind_it(client, queue):
    row, called = make_real(queue)
    shown = client.get(f"{PAGE}?kind={queue.queue_name()}").context["page"].rows
    assert [str(item) for item in shown] == [called]

    response = decide(client, "retry", row, confirmed=False)

    row.refresh_from_db()
    assert response.status_code == 302
    assert (row.quarantined_at, row.attempts, row.last_error) == (None, 0, "")
    assert 0 <= (timezone.now() - row.due_at).total_seconds() < 60
    told = {"work": queue.queue_name(), "count": 1, "keys": str(row.pk)}
    assert audited() == [("work.retried", told)]


@every_queue
def test_discarding_asks_first_and_says_what_is_lost(client, queue):
    row, _called = make_real(queue)

    question = decide(client, "discard", row, confirmed=False)
    before = queue.objects.count()
    answer = decide(client, "discard", row)

    assert (question.status_code, before) == (200, 1)
    ((kind, count),) = question.context["chosen"]
    assert (kind.key, count) == (queue.queue_name(), 1)
    assert str(kind.loss).replace("'", "&#x27;") in question.content.decode()
    assert f'name="ids" value="{queue.queue_name()}:{row.pk}"' in question.content.decode()
    assert (answer.status_code, queue.objects.count()) == (302, 0)
    assert [event for event, _data in audited()] == ["work.discarded"]


def test_a_submission_that_is_tried_again_is_judged_as_any_other(client):
    send(form := make_form(), data := answers(form))
    with writing("scene"):
        Submission.objects.update(state=SubmissionState.QUARANTINED)
    row = make_stuck(DueSubmission.objects.get())

    decide(client, "retry", row)
    waiting = Submission.objects.get()
    work()

    assert (waiting.state, waiting.released_at) == (SubmissionState.RECEIVED, None)
    assert Submission.objects.get(pk=data["submission_id"]).state == SubmissionState.PROCESSED


def test_what_somebody_let_through_is_let_through_by_another_try(client):
    row, _called = make_real(DueSubmission)
    with writing("scene"):
        Submission.objects.update(released_at=timezone.now())

    decide(client, "retry", row)

    waiting = Submission.objects.get()
    assert (waiting.state, waiting.released_at is None) == (SubmissionState.RECEIVED, False)


def test_what_became_a_lead_meanwhile_stays_one(client):
    row, _called = make_real(DueSubmission)
    with writing("scene"):
        Submission.objects.update(state=SubmissionState.PROCESSED)

    decide(client, "retry", row)
    decide(client, "discard", make_stuck(row))

    assert Submission.objects.get().state == SubmissionState.PROCESSED


def test_a_discarded_submission_is_kept_where_it_can_be_let_through(client):
    row, _called = make_real(DueSubmission)

    decide(client, "discard", row)

    assert Submission.objects.get().state == SubmissionState.DISCARDED


def test_a_discarded_import_is_over_and_keeps_its_rows(client):
    row, _called = make_real(DueImport)

    decide(client, "discard", row)

    found = LeadImport.objects.get()
    assert (found.state, found.rows.count()) == (ImportState.CANCELLED, 1)


def test_a_discarded_step_ends_the_run_on_the_record(client):
    row, _called = make_real(DueEnrolment)

    decide(client, "discard", row)

    run = Enrolment.objects.get()
    assert (run.state, run.exit_reason) == ("exited", "by_hand")
    assert Activity.objects.filter(lead=run.lead, kind="sequence.exited").count() == 1


def test_all_that_an_address_shows_is_chosen_at_once_and_nothing_else(client):
    score = make_stuck_score()
    make_stuck_mails(30)
    make_stuck_mails(3, prefix="b")
    AccountMail.objects.filter(key__startswith="b").update(last_error="KeyError: 'x'")

    every = client.post(f"{PAGE}retry/", {"scope": "all", "query": "q=errno+111"})

    assert every.status_code == 302
    assert AccountMail.objects.quarantined().count() == 3
    assert DueScore.objects.quarantined().get() == score


def test_what_is_no_longer_stuck_is_left_alone(client):
    row = make_stuck_score()
    DueScore.objects.update(quarantined_at=None, due_at=timezone.now(), attempts=1)

    for verb in ("retry", "discard"):
        decide(client, verb, row)

    assert DueScore.objects.get().attempts == 1
    assert audited() == []


@pytest.mark.parametrize("ids", ["scoring.duescore", "auth.user:1", "scoring.duescore:x", ":"])
def test_a_selection_that_cannot_be_read_is_refused(client, ids):
    assert client.post(f"{PAGE}retry/", {"ids": ids}).status_code == 400


def test_another_verb_is_not_found(client):
    assert client.post(f"{PAGE}explode/", {"ids": []}).status_code == 404


def test_a_refused_caller_changes_nothing(as_user, marketer):
    row = make_stuck_score()

    response = decide(as_user(marketer), "discard", row)

    assert response.status_code == 403
    assert DueScore.objects.quarantined().get() == row


def doubtful(mail) -> dict[str, str]:
    return {"ids": f"nurturing.doubtful:{mail.pk}"}


@pytest.mark.case("P6")
def test_a_mail_in_doubt_is_never_just_tried_again(client):
    mail = make_mail()
    nothing_due()

    for data in (doubtful(mail), {"scope": "all", "query": ""}):
        client.post(f"{PAGE}retry/", data)

    assert Message.objects.get().state == "unknown"


@pytest.mark.case("P6")
def test_a_mail_in_doubt_is_sent_again_only_after_a_warning(client):
    mail = make_mail()

    question = client.post(f"{PAGE}resend/", doubtful(mail))
    unasked = Message.objects.get().state
    client.post(f"{PAGE}resend/", {**doubtful(mail), "confirmed": "yes"})

    assert "the reader may get it twice" in question.content.decode()
    assert unasked == "unknown"
    assert Message.objects.get().state == "queued"
    assert AuditEntry.objects.filter(event="mail.repeated").count() == 1


@pytest.mark.case("P6")
def test_a_mail_in_doubt_counts_as_sent_when_somebody_found_out(client):
    mail = make_mail()

    client.post(f"{PAGE}sent/", doubtful(mail))

    assert Message.objects.get().state == "sent"
    assert Activity.objects.filter(lead=mail.lead, kind="email.sent").count() == 1
    assert AuditEntry.objects.filter(event="mail.confirmed").count() == 1


@pytest.mark.case("P6")
@pytest.mark.parametrize(
    ("state", "reason", "kind", "becomes"),
    [
        ("unknown", "connection_lost", "doubtful", "failed"),
        ("failed", "set_aside", "failed", "skipped"),
        ("queued", "server_away", "waiting", "skipped"),
    ],
)
def test_a_mail_that_is_given_up_leaves_the_page_and_is_not_sent(
    client, state, reason, kind, becomes
):
    mail = make_mail(state, reason=reason, settled_at=None if state != "failed" else timezone.now())

    client.post(f"{PAGE}discard/", {"ids": f"nurturing.{kind}:{mail.pk}", "confirmed": "yes"})

    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (becomes, reason)
    assert client.get(PAGE).context["page"].rows == []
