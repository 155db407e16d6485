from datetime import timedelta

import pytest
from django.utils import timezone

from capture.guard import doors, proof, throttle
from capture.judging import HONEYPOT
from capture.models import DueSubmission, OptIn, Submission
from leads.models import Activity, Lead
from tests.capture.scene import (
    MARKETING_CONSENT,
    NEWSLETTER_CONSENT,
    answers,
    make_form,
    send,
    submit,
    visitor,
    work,
)

pytestmark = pytest.mark.django_db


def reasons(submission):
    return {item["code"]: item["points"] for item in submission.verdict["reasons"]}


@pytest.mark.case("C25")
def test_the_trap_holds_a_machine_that_sees_success_and_gets_no_mail():
    form = make_form()
    person = send(form, answers(form, email="b@example.org"))

    submission = submit(form, **{HONEYPOT: "x", MARKETING_CONSENT: "on"})
    machine = send(form, answers(form, **{HONEYPOT: "x", "email": "", "altcha": ""}))

    assert (machine.status_code, machine.content) == (200, person.content)
    assert (submission.state, submission.lead_id) == ("quarantined", None)
    assert reasons(submission) == {"trap": 100}
    assert OptIn.objects.count() == 0
    assert Lead.objects.get().email == "b@example.org"


@pytest.mark.case("C27")
@pytest.mark.parametrize(
    "name",
    ["Click https://evil.tld now", "www.evil.example", "me@evil.example", "WIN evil.click today"],
)
def test_a_link_in_a_name_is_held_and_mails_nobody(name):
    form = make_form("newsletter")

    submission = submit(form, first_name=name, **{NEWSLETTER_CONSENT: "on"})

    assert submission.state == "quarantined"
    assert reasons(submission)["link_in_name"] == 100
    assert (OptIn.objects.count(), Activity.objects.count()) == (0, 0)


@pytest.mark.case("C26")
def test_a_flood_from_one_address_is_held_and_then_refused_while_others_pass(monkeypatch):
    monkeypatch.setattr(throttle, "monotonic", lambda: 1.0)
    form = make_form()
    data = answers(form)

    statuses = []
    for number in range(500):
        body = {**data, "submission_id": "", "message": f"Nummer {number}"}
        statuses.append(send(form, body).status_code)
    other = send(form, answers(form, email="b@example.org"), REMOTE_ADDR="192.0.2.7")
    work()

    assert (statuses.count(200), statuses.count(429)) == (300, 200)
    assert Submission.objects.filter(state="throttled").count() == 270
    assert other.status_code == 200
    assert Lead.objects.filter(email="b@example.org").count() == 1
    # The one proof of work was good for one of them.
    assert Lead.objects.count() == 2


@pytest.mark.case("C26")
def test_many_networks_that_name_one_victim_cause_one_mail():
    form = make_form("newsletter")

    for number in range(20):
        data = answers(form, email="victim@example.org", **{NEWSLETTER_CONSENT: "on"})
        send(form, data, REMOTE_ADDR=f"198.51.100.{number}")
    work()

    assert OptIn.objects.count() == 1
    assert Activity.objects.filter(kind="optin.requested").count() == 1
    held = Submission.objects.filter(state="quarantined")
    assert held.count() == 15
    assert reasons(held.first()) == {"many_for_address": 60}


@pytest.mark.case("C28")
def test_a_made_up_forwarding_header_hides_nobody(settings):
    settings.TRUSTED_PROXIES = 0
    form = make_form()

    submission = submit(form)
    for number in range(40):
        body = answers(form, submission_id="")
        send(form, body, HTTP_X_FORWARDED_FOR=f"1.2.3.{number}")

    assert submission.ip == "127.0.0.1"
    assert {row.ip for row in Submission.objects.all()} == {"127.0.0.1"}
    assert Submission.objects.filter(state="throttled").count() == 11


def test_filling_in_within_two_seconds_is_no_person():
    form = make_form()
    started = proof.new_started(str(form.public_id), as_of=timezone.now())

    submission = submit(form, started=started)

    assert (submission.state, reasons(submission)) == ("quarantined", {"too_fast": 60})


def test_a_solved_proof_is_good_for_one_submission():
    form = make_form()
    data = answers(form)
    send(form, data)

    submission = submit(form, altcha=data["altcha"], email="b@example.org")

    assert reasons(submission) == {"proof_used": 100}
    assert Lead.objects.count() == 1


def test_a_proof_that_came_with_a_mistake_may_be_sent_again():
    form = make_form()
    data = answers(form, email="")
    send(form, data)

    submission = submit(form, altcha=data["altcha"])

    assert submission.state == "processed"


@pytest.mark.parametrize(
    ("values", "expected", "state"),
    [
        ({"message": "Siehe https://a.example"}, {"links": 10}, "processed"),
        ({"message": "https://a.example " * 3}, {"links": 60}, "quarantined"),
        ({"email": "x@mailinator.com"}, {"disposable": 50}, "quarantined"),
        ({"email": "noreply@example.org"}, {"role_address": 30}, "processed"),
        ({"email": "info@example.org"}, {}, "processed"),
        ({"message": "Купить дешёвые ссылки прямо сейчас"}, {"foreign_script": 30}, "processed"),
        (
            {"started": "", "message": "https://a.example www.b.example"},
            {"time_unknown": 20, "links": 30},
            "quarantined",
        ),
    ],
)
def test_weak_signs_add_up_and_strong_ones_decide(values, expected, state):
    form = make_form()

    submission = submit(form, **values)

    assert submission.state == state
    assert reasons(submission) == (
        expected if expected is not None else {"time_unknown": 20, "links": 30}
    )


def test_the_same_text_for_many_addresses_is_held():
    form = make_form()
    text = "We offer you the very best links for your website, ask for our price list."

    last = [submit(form, email=f"a{number}@example.org", message=text) for number in range(4)][-1]

    assert reasons(last) == {"same_text": 50}


@pytest.mark.case("C18")
def test_a_post_from_a_website_that_is_not_on_the_list_is_stored_and_flagged():
    form = make_form(allowed_origins=["https://www.example.org"])
    data = answers(form)

    response = send(form, data, HTTP_ORIGIN="https://evil.example")
    work()

    submission = Submission.objects.get()
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response
    assert reasons(submission) == {"origin": 40}
    assert submission.verdict["reasons"][0]["detail"] == "https://evil.example"


@pytest.mark.case("C18")
def test_a_post_from_a_page_without_an_origin_of_its_own_is_stored_and_flagged():
    form = make_form(allowed_origins=["https://www.example.org"])

    response = send(form, answers(form), HTTP_ORIGIN="null")
    work()

    submission = Submission.objects.get()
    assert response.status_code == 200
    assert reasons(submission) == {"origin": 40}
    assert submission.verdict["reasons"][0]["detail"] == "null"


@pytest.mark.case("C18")
@pytest.mark.parametrize(
    ("allowed", "flags"), [(["https://www.example.org"], ["origin_missing"]), ([], [])]
)
def test_a_post_that_names_no_origin_makes_a_lead_and_is_flagged_where_there_is_a_list(
    allowed, flags
):
    form = make_form(allowed_origins=allowed)

    response = send(form, answers(form))
    work()

    submission = Submission.objects.get()
    assert (response.status_code, submission.verdict["flags"]) == (200, flags)
    assert reasons(submission) == {}
    assert Lead.objects.get().email == "eva@example.org"


@pytest.mark.case("C18")
@pytest.mark.parametrize(
    ("allowed", "origin", "answer"),
    [
        ([], "https://anywhere.example", "*"),
        ([], "", "*"),
        (["https://a.example"], "https://a.example", "https://a.example"),
        (["https://a.example"], "https://b.example", None),
        (["https://a.example"], "null", None),
        (["https://a.example"], "", None),
    ],
)
def test_only_listed_websites_are_told_that_they_may_read(allowed, origin, answer):
    form = make_form(allowed_origins=allowed)

    extra = {"HTTP_ORIGIN": origin} if origin else {}
    response = send(form, answers(form), **extra)
    preflight = visitor().options(f"/f/{form.public_id}/", **extra)

    assert response.get("Access-Control-Allow-Origin") == answer
    assert preflight.get("Access-Control-Allow-Origin") == answer
    assert "Access-Control-Allow-Credentials" not in response
    assert "Origin" in response["Vary"]


def test_many_from_one_network_over_time_are_held():
    form = make_form()
    now = timezone.now()
    for number in range(31):
        data = answers(form, email=f"a{number}@example.org", message=f"Gruß {number}")
        send(form, data)
        if number % 20 == 19:
            doors.clear()

    work(now + timedelta(minutes=1))

    assert DueSubmission.objects.count() == 0
    (held,) = Submission.objects.filter(state="quarantined")
    assert reasons(held) == {"many_from_ip": 60}
