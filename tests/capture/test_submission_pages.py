from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from capture.actions.submissions import discard_submissions, release_submissions
from capture.judging import HONEYPOT
from capture.models import DueSubmission, OptIn, Submission
from ground.errors import NotAllowedError
from leads.models import Lead
from tests.capture.scene import (
    NEWSLETTER_CONSENT,
    answers,
    make_form,
    send,
    submit,
    work,
)
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def held(**values):
    form = make_form("newsletter")
    return submit(form, **{HONEYPOT: "x", NEWSLETTER_CONSENT: "on", **values})


@pytest.mark.case("C25")
def test_what_is_no_spam_after_all_becomes_a_lead_with_one_click(client):
    submission = held()

    response = client.post(reverse("release_submissions"), {"ids": str(submission.pk)})
    work(timezone.now() + timedelta(seconds=11))

    submission.refresh_from_db()
    assert response.status_code == 302
    assert (submission.state, submission.released_by) == ("processed", "Mara Marketing")
    assert Lead.objects.get().email == "eva@example.org"
    assert OptIn.objects.count() == 1


def test_releasing_twice_makes_one_lead():
    submission = held()

    first = release_submissions([submission.pk], by=EVERYTHING, as_of=NOW)
    second = release_submissions([submission.pk], by=EVERYTHING, as_of=NOW)
    work()

    assert ((first.done, first.skipped), (second.done, second.skipped)) == ((1, 0), (0, 1))
    assert Lead.objects.count() == 1


def test_what_names_nobody_cannot_be_let_through():
    form = make_form()
    data = answers(form, email="")
    send(form, data)

    decided = release_submissions([data["submission_id"]], by=EVERYTHING, as_of=NOW)

    assert (decided.done, decided.skipped) == (0, 1)
    assert Submission.objects.get().state == "invalid"
    assert DueSubmission.objects.count() == 0


def test_a_refused_submission_that_names_somebody_can_be_let_through():
    form = make_form()
    data = answers(form, altcha="")
    send(form, data)

    release_submissions([data["submission_id"]], by=EVERYTHING, as_of=NOW)
    work()

    assert Submission.objects.get().state == "processed"
    assert Lead.objects.get().email == "eva@example.org"


def test_discarding_can_be_taken_back():
    submission = held()

    discarded = discard_submissions([submission.pk], by=EVERYTHING, as_of=NOW)
    again = discard_submissions([submission.pk], by=EVERYTHING, as_of=NOW)
    state = Submission.objects.get().state
    release_submissions([submission.pk], by=EVERYTHING, as_of=NOW)
    work()

    assert (discarded.done, again.done, state) == (1, 0, "discarded")
    assert Submission.objects.get().state == "processed"


@pytest.mark.parametrize("person", ["rep", "manager", "viewer", "service"])
@pytest.mark.parametrize("decide", [release_submissions, discard_submissions])
def test_only_marketing_decides(request, person, decide):
    submission = held()

    with pytest.raises(NotAllowedError):
        decide([submission.pk], by=user_actor(request.getfixturevalue(person)), as_of=NOW)

    assert Submission.objects.get().state == "quarantined"


def test_the_list_of_held_ones_shows_them_with_their_signs(client):
    held(email="spam@example.org")
    submit(make_form(), email="lead@example.org")

    spam = client.get(reverse("spam_list")).content.decode()
    everything = client.get(reverse("submission_list")).content.decode()

    assert "spam@example.org" in spam
    assert "A field was filled in that people do not see." in spam
    assert "lead@example.org" not in spam
    assert "lead@example.org" in everything


def test_everything_that_is_held_is_discarded_and_nothing_else(client):
    held(email="a@example.org")
    held(email="b@example.org")
    submit(make_form(), email="lead@example.org")

    client.post(reverse("discard_submissions"), {"scope": "all", "place": "spam", "query": ""})

    states = dict(Submission.objects.values_list("email_key", "state"))
    assert states == {
        "a@example.org": "discarded",
        "b@example.org": "discarded",
        "lead@example.org": "processed",
    }


def test_a_list_is_searched_by_address_and_key(client):
    first = submit(make_form(), email="Eva@Example.org")
    second = submit(make_form("feedback"), email="b@example.org")

    by_address = client.get(reverse("submission_list"), {"q": "eva@example.org"})
    by_key = client.get(reverse("submission_list"), {"q": str(second.pk)})

    assert str(first.pk) in by_address.content.decode()
    assert str(second.pk) not in by_address.content.decode()
    assert str(second.pk) in by_key.content.decode()


@pytest.mark.case("X01")
def test_hostile_content_is_shown_as_text(client):
    submission = held(
        first_name="<svg onload=alert(1)>",
        page_url='https://x.example/"><script>alert(1)</script>',
        **{"<script>alert(2)</script>": "{{7*7}}"},
    )

    html = client.get(reverse("submission_detail", args=[submission.pk])).content.decode()

    assert "<svg onload" not in html
    assert "<script>alert" not in html
    assert "&lt;svg onload=alert(1)&gt;" in html
    assert "{{7*7}}" in html


@pytest.mark.case("C20")
def test_a_name_that_turns_the_direction_is_shown_apart(client):
    submission = held(first_name="abc\u202edef")

    html = client.get(reverse("submission_detail", args=[submission.pk])).content.decode()

    assert "<bdi>abc\u202edef</bdi>" in html


def test_the_detail_names_the_lead_only_to_who_may_see_it(as_user, marketer, client):
    submission = submit(make_form())
    lead = Lead.objects.get()

    html = client.get(reverse("submission_detail", args=[submission.pk])).content.decode()

    assert reverse("lead_detail", args=[lead.public_id]) in html


@pytest.mark.parametrize("person", ["rep", "manager", "viewer", "service"])
def test_submissions_are_for_marketing(request, as_user, person):
    submission = held()
    client = as_user(request.getfixturevalue(person))

    assert client.get(reverse("submission_list")).status_code == 403
    assert client.get(reverse("spam_list")).status_code == 403
    assert client.get(reverse("submission_detail", args=[submission.pk])).status_code == 403
    response = client.post(reverse("release_submissions"), {"ids": str(submission.pk)})
    assert response.status_code == 403
    assert Submission.objects.get().state == "quarantined"


def test_the_list_costs_the_same_for_many_rows(client):
    form = make_form()
    submit(form)
    client.get(reverse("submission_list"))

    with CaptureQueriesContext(connection) as for_one:
        client.get(reverse("submission_list"))
    for number in range(12):
        submit(form, email=f"a{number}@example.org", message=f"Gruß {number}")
    with CaptureQueriesContext(connection) as for_many:
        client.get(reverse("submission_list"))

    assert len(for_many) == len(for_one)
