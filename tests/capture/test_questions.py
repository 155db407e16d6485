"""Own questions of a form: what each kind takes, what hides them, and where the answers go."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capture.activities import FORM_SUBMITTED
from capture.door import MAX_BODY
from capture.models import Submission, SubmissionState
from leads.models import Activity, Lead
from tests.capture.scene import BROWSER, answers, make_form, send, submit, visitor, work
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EMAIL = {"name": "email", "label": "E-mail", "kind": "email", "required": True}


def question(kind, number=1, **parts):
    return {"name": f"q_{number}", "label": f"Frage {number}", "kind": kind, **parts}


def asking(*fields, **overrides):
    return make_form(definition={"fields": [EMAIL, *fields]}, **overrides)


def told(submission):
    activity = Activity.objects.get(kind=FORM_SUBMITTED, lead=submission.lead)
    return {item["label"]: item["value"] for item in activity.data["answers"]}


COLOURS = [{"value": "r", "label": "Rot"}, {"value": "b", "label": "Blau"}]


@pytest.mark.parametrize(
    ("kind", "parts", "given", "kept"),
    [
        ("text", {}, "Eine Anlage", "Eine Anlage"),
        ("textarea", {}, "Eins\nZwei", "Eins\nZwei"),
        ("number", {}, "1.234,50", "1234.5"),
        ("select", {"choices": COLOURS}, "r", "Rot"),
        ("radio", {"choices": COLOURS}, "b", "Blau"),
        ("multi", {"choices": COLOURS}, ["b", "r"], "Blau, Rot"),
        ("checkbox", {}, "on", "on"),
        ("date", {}, "24.12.2026", "2026-12-24"),
        ("time", {}, "14:30", "14:30"),
        ("rating", {}, "4", "4"),
        ("scale", {}, "0", "0"),
        ("hidden", {"default": "fair"}, "", "fair"),
    ],
)
def test_each_kind_of_question_keeps_its_answer_on_the_timeline(kind, parts, given, kept):
    form = asking(question(kind, **parts))

    assert told(submit(form, q_1=given)) == {"Frage 1": kept}


def test_a_box_that_says_no_is_no_answer():
    form = asking(question("checkbox"), question("text", 2, show_if={"field": "q_1"}))

    activity = Activity.objects.get(lead=submit(form, q_1="no", q_2="x").lead, kind=FORM_SUBMITTED)

    assert "answers" not in activity.data


@pytest.mark.requirement("S24")
@pytest.mark.parametrize(
    ("kind", "parts", "given"),
    [
        ("number", {}, "viele"),
        ("number", {"minimum": "10"}, "9"),
        ("number", {"maximum": "10,5"}, "11"),
        ("select", {"choices": COLOURS}, "grün"),
        ("radio", {"choices": COLOURS}, "Gelb"),
        ("multi", {"choices": COLOURS}, ["r", "x"]),
        ("date", {}, "31.02.2026"),
        ("time", {}, "25:00"),
        ("rating", {}, "6"),
        ("scale", {}, "-1"),
        ("text", {"required": True}, ""),
        ("checkbox", {"required": True}, ""),
        ("file", {"required": True}, "not a file"),
    ],
)
def test_an_answer_that_does_not_fit_is_said_at_its_question(kind, parts, given):
    form = asking(question(kind, **parts))

    response = send(form, answers(form, q_1=given))

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["q_1"]


def test_what_another_answer_hides_is_not_asked_and_not_kept():
    form = asking(
        question("radio", 1, choices=COLOURS),
        question("text", 2, required=True, show_if={"field": "q_1", "values": ["b"]}),
        question("text", 3, required=True, show_if={"field": "q_2"}),
    )

    assert told(submit(form, q_1="r", q_2="geschmuggelt", q_3="auch")) == {"Frage 1": "Rot"}
    refused = send(form, answers(form, q_1="b", q_3="ohne die zweite"))
    assert list(refused.json()["errors"]) == ["q_2"]
    both = submit(form, email="b@example.org", q_1="b", q_2="ja", q_3="ja")
    assert told(both) == {"Frage 1": "Blau", "Frage 2": "ja", "Frage 3": "ja"}


def test_texts_in_between_and_new_pages_ask_nothing():
    form = asking(
        {"name": "q_1", "kind": "page", "label": "Ihr Vorhaben", "required": True},
        {"name": "q_2", "kind": "note", "help": "Gleich <b>fertig</b>.", "required": True},
        question("text", 3),
    )

    page = visitor().get(f"/f/{form.public_id}/").content.decode()

    assert told(submit(form, q_3="ja")) == {"Frage 3": "ja"}
    assert page.count("data-page") == 2
    assert '<h3 class="lf-title">Ihr Vorhaben</h3>' in page
    assert "Gleich &lt;b&gt;fertig&lt;/b&gt;." in page


def test_a_hidden_value_is_taken_from_the_address_of_the_page():
    form = asking(question("hidden", parameter="utm_source"))

    page = visitor().get(f"/f/{form.public_id}/?utm_source=%22%3Emesse").content.decode()

    assert 'name="q_1" value="&quot;&gt;messe"' in page


def with_file(form, name, content, **values):
    data = answers(form, **values)
    file = SimpleUploadedFile(name, content, "text/html")
    data["submission_id"] = key = str(uuid4())
    response = visitor().post(
        f"/f/{form.public_id}/",
        {**data, "q_1": file},
        HTTP_USER_AGENT=BROWSER,
        HTTP_ACCEPT="application/json",
    )
    work()
    return response, key


@pytest.mark.case("I12")
def test_a_file_arrives_whole_and_is_only_ever_handed_out_as_a_download(as_user, marketer, rep):
    form = asking(question("file"))
    content = b"<script>alert(1)</script>" * 20_000
    assert len(content) > MAX_BODY

    response, key = with_file(form, "../../Plan Ä.pdf", content)

    assert response.status_code == 200
    submission = Submission.objects.get(pk=key)
    address = reverse("submission_file", args=[key, "q_1", 0])
    assert told(submission) == {"Frage 1": "Plan Ä.pdf"}
    got = as_user(marketer).get(address)
    assert (got.content, got["Content-Type"]) == (content, "application/octet-stream")
    assert got["Content-Disposition"].startswith("attachment;")
    Lead.objects.filter(pk=submission.lead_id).update(owner=make_user())
    assert as_user(rep).get(address).status_code == 404
    Lead.objects.filter(pk=submission.lead_id).update(owner=rep)
    page = reverse("lead_detail", args=[submission.lead.public_id])
    assert as_user(rep).get(address).status_code == 200
    assert address in as_user(rep).get(page).content.decode()


@pytest.mark.parametrize("name", ["page.html", "run.exe", "pic.svg", "ohne"])
def test_a_file_that_a_browser_or_system_would_run_is_refused(name):
    form = asking(question("file"))

    response, key = with_file(form, name, b"x")

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["q_1"]
    assert Submission.objects.get(pk=key).state == SubmissionState.INVALID


def test_a_form_without_a_question_for_files_takes_no_large_body():
    form = asking(question("text"))

    response, _key = with_file(form, "plan.pdf", b"x" * MAX_BODY)

    assert response.status_code == 413
