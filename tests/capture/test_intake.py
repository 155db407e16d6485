from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capture.actions.forms import change_form, publish_forms
from capture.actions.intake import take_in_submissions
from capture.actors import CAPTURE
from capture.definition import Definition
from capture.models import DueSubmission, Submission, SubmissionState, Touch
from leads.models import Activity, Consent, Episode, Lead
from leads.stages import Channel, OtherReason, Stage
from tests.capture.scene import (
    MARKETING_CONSENT,
    answers,
    make_form,
    send,
    submit,
    work,
)
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S01")
@pytest.mark.requirement("S13")
def test_a_sent_form_becomes_a_lead_with_its_first_channel():
    form = make_form()

    response = send(form, answers(form, first_name="Eva", company="Muster GmbH"))
    work()

    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "ok",
            "message": "Thank you! We have received your message and will be in touch soon.",
            "redirect": None,
        },
    )
    lead = Lead.objects.get()
    submission = Submission.objects.get()
    assert (lead.first_name, lead.last_name, lead.email) == ("Eva", "Muster", "eva@example.org")
    assert (lead.company.name, lead.language, lead.stage) == ("Muster GmbH", "en", Stage.LEAD)
    assert (lead.first_channel, lead.first_channel_at) == (
        Channel.WEBSITE,
        submission.received_at,
    )
    assert lead.source_detail == "Contact"
    assert (submission.state, submission.lead_id) == ("processed", lead.pk)


def test_the_message_stands_on_the_timeline_with_its_form():
    form = make_form()

    submission = submit(form, message="Was kostet das?\nViele Grüße")

    activity = Activity.objects.get(kind="form.submitted")
    assert activity.lead_id == submission.lead_id
    assert activity.occurred_at == submission.received_at
    assert activity.data == {
        "form": str(form.public_id),
        "form_name": "Contact",
        "form_kind": "contact",
        "form_version": 1,
        "submission": str(submission.pk),
        "page_url": "https://www.example.org/kontakt",
        "message": "Was kostet das?\nViele Grüße",
        "is_new": True,
    }


@pytest.mark.case("C07")
@pytest.mark.case("C09")
def test_taking_in_the_same_submission_twice_changes_nothing():
    form = make_form()
    submission = submit(form)
    now = timezone.now()

    DueSubmission.objects.create(submission=submission, due_at=now)
    take_in_submissions([submission.pk], by=CAPTURE, as_of=now)
    work()

    assert Lead.objects.count() == 1
    assert Activity.objects.filter(kind="form.submitted").count() == 1
    assert Touch.objects.count() == 1
    assert DueSubmission.objects.count() == 0


@pytest.mark.case("C16")
def test_fields_that_are_not_on_the_form_change_nothing():
    form = make_form()

    submission = submit(
        form,
        owner="1",
        owner_id="1",
        score="99",
        stage="customer",
        status="customer",
        consent_at="2020-01-01",
        id="1",
        created_at="2020-01-01",
        street="Nicht gefragt 1",
    )

    lead = Lead.objects.get()
    assert (lead.owner_id, lead.score, lead.stage, lead.street) == (None, 0, Stage.LEAD, "")
    assert lead.created_at.year == timezone.now().year
    assert Consent.objects.count() == 0
    assert b"Nicht gefragt 1" in bytes(submission.body)


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("stage", [Stage.CUSTOMER, Stage.PROMOTER, Stage.OTHER])
def test_new_interest_of_somebody_who_had_finished_opens_a_new_episode(stage):
    reason = OtherReason.LOST_CUSTOMER if stage == Stage.OTHER else ""
    lead = make_lead(email="eva@example.org", stage=stage, other_reason=reason)
    form = make_form()

    submit(form)

    lead.refresh_from_db()
    assert lead.stage == Stage.LEAD
    assert [(row.number, row.closed_at is None) for row in lead.episodes.all()] == [
        (1, False),
        (2, True),
    ]
    assert Touch.objects.get().episode == lead.episodes.get(number=2)


@pytest.mark.requirement("S23")
@pytest.mark.parametrize("stage", [Stage.SUBSCRIBER, Stage.MQL, Stage.CUSTOMER])
def test_feedback_joins_the_known_lead_and_moves_it_nowhere(stage):
    lead = make_lead(email="eva@example.org", stage=stage)
    form = make_form("feedback")

    submission = submit(form)

    lead.refresh_from_db()
    assert (submission.lead_id, lead.stage, lead.episodes.count()) == (lead.pk, stage, 1)
    assert lead.activities.filter(kind="form.submitted").count() == 1


@pytest.mark.requirement("S33")
def test_a_ticked_consent_is_logged_with_its_text_version_time_ip_and_form():
    form = make_form(definition={"consents": [consent_without_mail()]})

    submission = submit(form, consent_marketing_phone="on")

    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.state) == ("marketing", "phone", "granted")
    assert consent.lead.consent_events.get().evidence == {
        "form": str(form.public_id),
        "form_name": "Contact",
        "form_version": 1,
        "language": "en",
        "text": "Ja, rufen Sie mich an.",
        "ticked": True,
        "submission": str(submission.pk),
        "declared_at": submission.received_at.isoformat(),
        "page_url": "https://www.example.org/kontakt",
        "ip": "127.0.0.1",
        "user_agent": submission.user_agent,
    }


def consent_without_mail():
    text = "Ja, rufen Sie mich an."
    return {"purpose": "marketing", "channel": "phone", "text": text, "double_opt_in": False}


@pytest.mark.requirement("S33")
def test_without_a_tick_there_is_no_consent():
    form = make_form()

    submit(form)

    assert Consent.objects.count() == 0
    assert MARKETING_CONSENT not in Submission.objects.get().body.tobytes().decode()


def test_the_link_decides_the_channel_and_is_kept_as_it_was():
    form = make_form()
    page = "https://www.example.org/solar?utm_source=Facebook&utm_campaign=herbst&fbclid=abc"

    submit(form, page_url=page, referrer="https://l.facebook.com/")

    touch = Touch.objects.get()
    assert Lead.objects.get().first_channel == Channel.FACEBOOK
    assert (touch.channel, touch.utm_source, touch.utm_campaign) == (
        "facebook",
        "Facebook",
        "herbst",
    )
    assert (touch.click_ids, touch.referrer, touch.landing_page) == (
        {"fbclid": "abc"},
        "https://l.facebook.com/",
        page,
    )
    assert touch.episode == Episode.objects.get()


@pytest.mark.case("C30")
def test_a_poisoned_row_is_held_after_five_tries_and_the_others_go_on(monkeypatch):
    form = make_form()
    bad = answers(form, email="gift@example.org")
    good = answers(form, email="gut@example.org")
    send(form, bad)
    send(form, good)
    poison_for(monkeypatch, bad["submission_id"])

    moment = timezone.now()
    for _again in range(5):
        moment += timedelta(minutes=10)
        work(moment)

    poisoned = Submission.objects.get(pk=bad["submission_id"])
    assert Submission.objects.get(pk=good["submission_id"]).state == SubmissionState.PROCESSED
    assert (poisoned.state, poisoned.lead_id) == (SubmissionState.QUARANTINED, None)
    assert poisoned.verdict["reasons"] == [
        {"code": "stuck", "points": 0, "detail": "ZeroDivisionError: poison"}
    ]


def poison_for(monkeypatch, key):
    from capture.actions import intake

    take = intake.read_intakes

    def read(rows):
        if any(row.pk == UUID(key) for row in rows):
            raise ZeroDivisionError("poison")
        return take(rows)

    monkeypatch.setattr(intake, "read_intakes", read)


@pytest.mark.case("C17")
def test_what_comes_in_through_an_archived_form_is_taken_and_flagged():
    form = make_form(state="archived")

    submission = submit(form)

    assert submission.state == SubmissionState.PROCESSED
    assert submission.verdict["flags"] == ["form_archived"]


def test_the_number_of_queries_does_not_grow_with_the_chunk():
    form = make_form()
    one, many = send_some(form, 1), send_some(form, 30)

    with CaptureQueriesContext(connection) as for_one:
        take_in_submissions(one, by=CAPTURE, as_of=timezone.now())
    with CaptureQueriesContext(connection) as for_many:
        take_in_submissions(many, by=CAPTURE, as_of=timezone.now())

    assert Lead.objects.count() == 31
    assert len(for_many) == len(for_one)


def send_some(form, count):
    """Send ``count`` filled-in forms of different people and return their keys."""
    keys = []
    for number in range(count):
        data = answers(form, email=f"p{number}of{count}@example.org", message=f"Gruß {number}")
        send(form, data, REMOTE_ADDR=f"192.0.2.{number}")
        keys.append(UUID(data["submission_id"]))
    return keys


def test_answers_are_read_by_the_version_that_the_visitor_saw():
    form = make_form()
    data = answers(form, message="Das Feld gibt es bald nicht mehr.")
    send(form, data)
    without_message = [field for field in form.draft["fields"] if field["name"] != "message"]
    draft = Definition.from_json(form.draft).with_parts(fields=without_message)
    change_form(form.pk, definition=draft, by=EVERYTHING, as_of=NOW)
    publish_forms([form.pk], by=EVERYTHING, as_of=NOW)

    work()

    activity = Activity.objects.get(kind="form.submitted")
    assert activity.data["message"] == "Das Feld gibt es bald nicht mehr."
    assert activity.data["form_version"] == 1
