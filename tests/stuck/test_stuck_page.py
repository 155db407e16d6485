"""What is stuck, why and since when, on one page for administrators."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AccountMail
from ground.due import WORKER_DIED, queues
from ground.models import TickRun
from ground.stuck import KINDS, explain
from ground.ticks import TICKS
from leadcrm.stuck.rows import counts
from scoring.models import DueScore
from tests.factories import NOW, make_lead
from tests.stuck.scene import (
    PAGE,
    make_mail,
    make_stuck_mails,
    make_stuck_score,
    nothing_due,
)

pytestmark = [pytest.mark.django_db, pytest.mark.case("J07"), pytest.mark.case("P6")]


@pytest.fixture
def client(as_user, admin):
    client = as_user(admin)
    nothing_due()
    return client


def shown(response) -> list[str]:
    return [str(row) for row in response.context["page"].rows]


@pytest.fixture
def _ticking():
    now = timezone.now()
    TickRun.objects.bulk_create(
        TickRun(name=name, started_at=now, finished_at=now, succeeded_at=now) for name in TICKS
    )


@pytest.mark.parametrize("queue", queues(), ids=lambda queue: queue.queue_name())
def test_every_queue_says_what_its_rows_are_and_what_their_loss_means(queue):
    kind = KINDS[queue.queue_name()]

    with translation.override("de"):
        german = (str(kind.label), str(kind.loss))

    assert kind.tick in TICKS
    assert all(german)
    assert german != (str(kind.label), str(kind.loss))
    assert kind.tell([]) == {}


@pytest.mark.usefixtures("_ticking")
def test_without_anything_stuck_the_page_says_so(client):
    response = client.get(PAGE)

    assert response.status_code == 200
    assert response.context["standstills"] == []
    assert "Nothing is stuck" in response.content.decode()
    assert "Try again" not in response.content.decode()


def test_what_was_set_aside_is_named_with_its_reason_and_a_way_to_it(client):
    lead = make_lead(first_name="Ada", last_name="Muster")
    make_stuck_score(lead, error="OperationalError: canceling statement")

    response = client.get(PAGE)
    page = response.content.decode()

    (row,) = response.context["page"].rows
    assert (str(row), row.since, row.tries, row.is_late) == ("Score of Ada Muster", NOW, 5, False)
    assert row.told.url == reverse("lead_detail", args=[lead.public_id])
    assert row.why == "The database did not answer."
    assert row.told.url in page
    assert "OperationalError: canceling statement" in page


def test_a_row_is_late_after_five_minutes_and_not_before(client):
    lead = make_lead()
    nothing_due()
    row = DueScore.objects.create(lead=lead, due_at=timezone.now() - timedelta(minutes=4))
    early = shown(client.get(PAGE))

    DueScore.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=6))
    (late,) = client.get(PAGE).context["page"].rows

    assert early == []
    assert (late.is_late, late.why) == (True, "Nobody has worked on it yet.")


@pytest.mark.parametrize(
    ("state", "values", "kind"),
    [
        ("unknown", {}, "nurturing.doubtful"),
        ("failed", {"reason": "set_aside", "settled_at": NOW}, "nurturing.failed"),
        ("failed", {"reason": "unreadable", "settled_at": NOW}, "nurturing.failed"),
        ("queued", {"due_at": NOW, "reason": "server_away"}, "nurturing.waiting"),
        ("failed", {"reason": "bounced", "settled_at": NOW}, None),
        ("sent", {"reason": "", "settled_at": NOW}, None),
    ],
)
def test_mails_that_need_a_person_stand_there_and_others_do_not(client, state, values, kind):
    mail = make_mail(state, **values)

    rows = client.get(PAGE).context["page"].rows

    assert [(row.kind.key, row.key) for row in rows] == ([(kind, mail.pk)] if kind else [])


def test_a_mail_in_doubt_stands_there_when_the_machine_has_had_its_fifteen_minutes(client):
    make_mail(claimed_at=timezone.now() - timedelta(minutes=14))
    early = shown(client.get(PAGE))

    make_mail(claimed_at=timezone.now() - timedelta(minutes=16))

    assert early == []
    assert len(shown(client.get(PAGE))) == 1


def test_causes_are_told_in_words():
    assert explain("gaierror: [Errno -2]") == "The name of another server could not be looked up."
    assert explain("KeyError: 'x'") == "The program met an error that nobody expected."
    assert str(explain(WORKER_DIED)).startswith("The program ended each time")


def test_ten_thousand_rows_are_paged_with_as_many_queries_as_ten(client):
    def ask(query="") -> tuple[list[str], int]:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{PAGE}{query}")
        return shown(response), len(queries)

    make_stuck_score()
    make_stuck_mails(10)
    few, queries_for_few = ask()
    AccountMail.objects.all().delete()
    make_stuck_mails(10_001)
    many, queries_for_many = ask()
    last, queries_for_last = ask("?page=400&ordering=since")

    assert (len(few), len(many), len(last)) == (11, 25, 25)
    assert queries_for_many == queries_for_few >= queries_for_last
    assert last[-1] == "Invitation of a9998@example.org"
    assert counts(as_of=timezone.now()) == {"accounts.accountmail": 10_001, "scoring.duescore": 1}


def test_the_list_is_narrowed_to_a_kind_and_to_an_error_and_sorted(client):
    make_stuck_score()
    make_stuck_mails(3)

    assert shown(client.get(f"{PAGE}?kind=scoring.duescore"))[0].startswith("Score of")
    assert len(shown(client.get(f"{PAGE}?q=errno+111"))) == 3
    assert shown(client.get(f"{PAGE}?ordering=-since"))[0] == "Invitation of a2@example.org"
    assert client.get(f"{PAGE}?kind=auth.user").status_code == 400
    assert client.get(f"{PAGE}?ordering=last_error").status_code == 400


def test_errors_are_shown_as_text(client):
    make_stuck_score(error="ValueError: <script>alert(1)</script>")

    page = client.get(PAGE).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.case("P14")
@pytest.mark.usefixtures("_ticking")
def test_what_stands_still_as_a_whole_is_told_above(client):
    TickRun.objects.filter(name="scoring.drain").update(last_error="KeyError: 'x'")
    TickRun.objects.filter(name="capture.spool").delete()

    titles = [found.title for found in client.get(PAGE).context["standstills"]]

    assert titles == [
        "The background work does not run",
        "The background job “scoring.drain” ended with an error",
    ]


@pytest.mark.usefixtures("_ticking")
def test_the_start_page_of_administrators_points_there_when_something_is_stuck(
    client, as_user, marketer
):
    before = client.get("/").content.decode()
    make_stuck_score()

    assert "Something is stuck" not in before
    assert (
        "One piece of work failed again and again or is late." in client.get("/").content.decode()
    )
    assert "Something is stuck" not in as_user(marketer).get("/").content.decode()
