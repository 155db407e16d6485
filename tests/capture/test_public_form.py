import re
from datetime import timedelta

import pytest
from django.utils import timezone

from capture.guard import proof
from capture.models import DueSubmission, Submission
from leads.models import Lead
from tests.capture.scene import (
    BROWSER,
    answers,
    asking_for,
    make_draft,
    make_form,
    send,
    solved,
    visitor,
    work,
)

pytestmark = pytest.mark.django_db


def post_page(form, data, **extra):
    """Post as a browser without JavaScript does."""
    extra.setdefault("HTTP_USER_AGENT", BROWSER)
    return visitor().post(f"/f/{form.public_id}/", data, HTTP_ACCEPT="text/html", **extra)


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html).group(1)


@pytest.mark.requirement("S13")
@pytest.mark.requirement("S25")
def test_the_form_works_without_javascript_through_a_small_sum():
    form = make_form()
    page = visitor().get(f"/f/{form.public_id}/").content.decode()
    first, second = map(int, re.search(r"What is (\d+) plus (\d+)\?", page).groups())
    data = {
        name: hidden(page, name) for name in ("started", "submission_id", "page_url", "check_token")
    }
    data |= {"last_name": "Muster", "email": "eva@example.org", "message": "Guten Tag"}

    response = post_page(form, {**data, "check_answer": str(first + second)})
    work()

    assert response.status_code == 200
    assert "Thank you! We have received your message" in response.content.decode()
    # A form that was sent at once is held as too fast; the check itself was passed.
    reasons = {item["code"] for item in Submission.objects.get().verdict["reasons"]}
    assert reasons == {"too_fast", "without_script"}


@pytest.mark.requirement("S13")
def test_without_javascript_the_post_makes_a_lead_and_tells_its_timeline():
    form = make_form()
    page = visitor().get(f"/f/{form.public_id}/").content.decode()
    first, second = map(int, re.search(r"What is (\d+) plus (\d+)\?", page).groups())
    data = {name: hidden(page, name) for name in ("submission_id", "page_url", "check_token")}
    data |= {"last_name": "Muster", "email": "eva@example.org", "message": "Guten Tag"}
    shown_at = timezone.now() - timedelta(seconds=10)
    started = proof.new_started(str(form.public_id), as_of=shown_at)

    post_page(form, {**data, "started": started, "check_answer": str(first + second)})
    work()

    lead = Lead.objects.get()
    activity = lead.activities.get(kind="form.submitted")
    assert (lead.last_name, lead.email, lead.stage) == ("Muster", "eva@example.org", "lead")
    assert (activity.data["form_name"], activity.data["message"]) == (form.name, "Guten Tag")
    assert Submission.objects.get().lead == lead


@pytest.mark.requirement("S24")
def test_wrong_entries_are_marked_field_by_field_and_kept():
    form = make_form(definition=asking_for("last_name"))
    data = answers(form, email="keine-adresse", last_name="", message="Hallo <b>Sie</b>")

    response = post_page(form, data)

    html = response.content.decode()
    assert response.status_code == 422
    email = re.search(r'<input[^>]*name="email"[^>]*>', html).group()
    assert 'aria-invalid="true"' in email
    assert 'value="keine-adresse"' in email
    assert "Please enter an e-mail address like name@example.org." in html
    assert re.search(r'<p class="lf-error" id="[^"]*last_name-error">Please fill in', html)
    assert "Hallo &lt;b&gt;Sie&lt;/b&gt;</textarea>" in html
    message = re.search(r'<textarea[^>]*name="message"[^>]*>', html).group()
    assert "aria-invalid" not in message


@pytest.mark.requirement("S24")
def test_the_embed_gets_the_errors_by_field():
    form = make_form(definition=asking_for("last_name"))

    response = send(form, answers(form, email="", last_name=" "))

    assert response.status_code == 422
    assert response.json() == {
        "status": "invalid",
        "message": "Please correct the marked fields.",
        "errors": {
            "last_name": ["Please fill in this field."],
            "email": ["Please fill in this field."],
        },
    }


def test_what_was_refused_is_kept_as_it_came_and_becomes_no_lead():
    form = make_form()

    send(form, answers(form, email="", last_name="Abgebrochen"))
    work()

    kept = Submission.objects.get()
    assert (kept.state, kept.lead_id) == ("invalid", None)
    assert kept.errors == {"email": ["Please fill in this field."]}
    assert b"Abgebrochen" in bytes(kept.body)
    assert (Lead.objects.count(), DueSubmission.objects.count()) == (0, 0)


def test_a_form_that_keeps_nothing_refused_keeps_nothing_refused():
    form = make_form(keeps_invalid=False)

    response = send(form, answers(form, email=""))

    assert response.status_code == 422
    assert Submission.objects.count() == 0


@pytest.mark.requirement("S25")
@pytest.mark.parametrize(
    "check",
    [
        {"altcha": ""},
        {"altcha": "bm90aGluZw=="},
        {"altcha": "", "check_token": "1.2.3", "check_answer": "7"},
    ],
)
def test_a_post_without_the_check_is_refused_and_stores_no_lead(check):
    form = make_form()

    response = send(form, answers(form, **check))
    work()

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["check"]
    assert Lead.objects.count() == 0
    assert Submission.objects.get().state == "invalid"


@pytest.mark.requirement("S25")
def test_the_proof_of_another_form_or_time_is_no_proof():
    form, other = make_form(), make_form("feedback")
    old = timezone.now() - proof.LIFE - proof.LIFE

    for check in (solved(other), solved(form, as_of=old)):
        response = send(form, answers(form, altcha=check))
        assert response.status_code == 422

    assert {row.state for row in Submission.objects.all()} == {"invalid"}


def test_a_wrong_sum_is_refused_and_a_right_one_is_good_for_two_hours(now):
    _question, token = proof.new_sum(as_of=now)

    passed = [
        number
        for number in range(40)
        if proof.check_sum(token, str(number), as_of=now + proof.LIFE).is_passed
    ]

    assert len(passed) == 1
    late = proof.check_sum(token, str(passed[0]), as_of=now + 2 * proof.LIFE)
    assert late.reason == "expired"


@pytest.mark.requirement("S33")
def test_no_box_is_ticked_before_the_visitor_does_it():
    form = make_form("newsletter")

    html = visitor().get(f"/f/{form.public_id}/").content.decode()

    boxes = re.findall(r'<input type="checkbox"[^>]*>', html)
    assert len(boxes) == 1
    assert "checked" not in boxes[0]


def test_after_sending_the_visitor_goes_where_the_form_says():
    form = make_form(definition={"redirect_url": "https://www.example.org/danke"})
    data = answers(form)

    page = post_page(form, data)
    embedded = send(form, data)

    assert (page.status_code, page["Location"]) == (303, "https://www.example.org/danke")
    assert embedded.json()["redirect"] == "https://www.example.org/danke"


@pytest.mark.case("C17")
def test_an_unknown_form_is_not_found_and_what_was_posted_is_held():
    form = make_form()
    data = answers(form)
    address = "/f/8f14e45f-ceea-467f-a0e6-7b1c1f0a1b2c/"

    response = visitor().post(address, data)
    for _more in range(20):
        visitor().post(address, {**data, "submission_id": ""})
    work()

    assert (response.status_code, visitor().get(address).status_code) == (404, 404)
    held = Submission.objects.get(pk=data["submission_id"])
    assert (held.state, held.verdict["reasons"][0]["code"]) == ("quarantined", "unknown_form")
    assert Submission.objects.count() == 2
    assert Lead.objects.count() == 0


def test_a_draft_is_not_shown_to_anybody():
    form = make_draft()

    assert visitor().get(f"/f/{form.public_id}/").status_code == 404


def test_an_archived_form_says_that_it_is_closed():
    form = make_form(state="archived")

    response = visitor().get(f"/f/{form.public_id}/")

    assert response.status_code == 410


@pytest.mark.case("X11")
def test_only_the_websites_of_a_form_may_frame_it():
    form = make_form(allowed_origins=["https://www.example.org"])
    anywhere = make_form("feedback")

    response = visitor().get(f"/f/{form.public_id}/")
    open_to_all = visitor().get(f"/f/{anywhere.public_id}/")
    login = visitor().get("/accounts/login/")

    def ancestors(answer):
        return re.search(r"frame-ancestors ([^;]*)", answer["Content-Security-Policy"]).group(1)

    assert ancestors(response) == "'self' https://www.example.org"
    assert ancestors(open_to_all) == "*"
    assert "X-Frame-Options" not in response
    assert (ancestors(login), login["X-Frame-Options"]) == ("'none'", "DENY")


@pytest.mark.case("X08")
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "https://a@b.de/"]
)
def test_a_redirect_comes_from_the_form_alone_and_is_http(address):
    form = make_form()

    response = send(form, answers(form, redirect=address, redirect_to=address))

    assert response.json()["redirect"] is None


def test_a_session_cookie_is_not_looked_up(marketer, as_user, django_assert_num_queries):
    form = make_form()
    client = as_user(marketer)

    with django_assert_num_queries(2):
        response = client.get(f"/f/{form.public_id}/")

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert not response.cookies
