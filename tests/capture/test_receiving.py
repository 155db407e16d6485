import json
import threading
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import Client
from django.urls import reverse

from capture import door
from capture.models import Submission
from leads.models import Lead
from tests.capture.scene import BROWSER, answers, make_form, send, submit, visitor, work

pytestmark = pytest.mark.django_db
FORM_TYPE = "application/x-www-form-urlencoded"


def post_bytes(form, body, content_type="application/json", **extra):
    return visitor().generic("POST", f"/f/{form.public_id}/", body, content_type, **extra)


@pytest.mark.case("C05")
@pytest.mark.django_db(transaction=True)
def test_the_same_submission_sent_twenty_times_at_once_is_one_lead():
    form = make_form()
    data = answers(form)
    sent, gate = [], threading.Barrier(20)

    def post():
        gate.wait()
        response = send(form, data)
        sent.append((response.status_code, response.content))
        connection.close()

    threads = [threading.Thread(target=post) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()

    assert len(sent) == 20
    assert {status for status, _body in sent} == {200}
    assert len({body for _status, body in sent}) == 1
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


@pytest.mark.case("C07")
def test_a_browser_that_sends_again_after_the_work_is_done_changes_nothing():
    form = make_form()
    data = answers(form)

    first = send(form, data)
    work()
    second = send(form, data)
    work()

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_another_body_under_the_same_key_is_kept_beside_the_first():
    form = make_form()
    data = answers(form)
    other = {**data, "email": "other@example.org"}

    send(form, data)
    response = send(form, other)
    send(form, other)
    work()

    conflict = Submission.objects.get(state="conflict")
    assert response.status_code == 200
    assert (Submission.objects.count(), Lead.objects.count()) == (2, 1)
    assert str(conflict.conflicts_with) == data["submission_id"]
    assert b"other@example.org" in bytes(conflict.body)


def test_the_key_may_stand_in_a_header():
    form = make_form()
    key = str(uuid4())

    send(form, answers(form, submission_id=""), HTTP_SUBMISSION_ID=key)

    assert str(Submission.objects.get().pk) == key


def test_a_double_click_without_a_key_is_one_submission():
    form = make_form()
    data = answers(form, submission_id="not-a-uuid")

    send(form, data)
    send(form, data)
    send(form, data, REMOTE_ADDR="192.0.2.9")

    assert Submission.objects.count() == 2


@pytest.mark.case("C10")
def test_a_nul_in_a_name_is_stored_raw_and_left_out_of_the_lead():
    form = make_form()
    body = json.dumps(answers(form, last_name="a\u0000b"))

    response = post_bytes(form, body, HTTP_USER_AGENT=BROWSER)
    work()

    assert response.status_code == 200
    assert Lead.objects.get().last_name == "ab"
    stored = Submission.objects.get()
    assert b"a\\u0000b" in bytes(stored.body)
    assert stored.verdict["flags"] == ["characters_replaced"]


@pytest.mark.case("C11")
def test_broken_characters_are_replaced_and_flagged():
    form = make_form()
    body = json.dumps(answers(form, last_name="M\ud800ller"))

    response = post_bytes(form, body, HTTP_USER_AGENT=BROWSER)
    work()

    assert response.status_code == 200
    assert Lead.objects.get().last_name == "M?ller"
    assert Submission.objects.get().verdict["flags"] == ["characters_replaced"]


@pytest.mark.case("C11")
def test_a_form_in_another_encoding_is_understood_and_flagged():
    form = make_form()
    data = answers(form)
    pairs = [f"{name}={value}".encode() for name, value in data.items() if name != "last_name"]
    body = b"&".join([*pairs, b"last_name=M%FCller"]).replace(b"+", b"%2B")

    response = post_bytes(form, body, FORM_TYPE, HTTP_USER_AGENT=BROWSER)
    work()

    assert response.status_code == 200
    assert Lead.objects.get().last_name == "Müller"
    assert Submission.objects.get().verdict["flags"] == ["encoding_guessed"]


@pytest.mark.case("C12")
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 40_000, b"{", b"[1]", b"9" * 5000])
def test_json_that_cannot_be_read_is_answered_with_400_and_kept(body):
    form = make_form()

    response = post_bytes(form, body)

    assert response.status_code == 400
    assert response.json()["status"] == "unreadable"
    kept = Submission.objects.get()
    assert (bytes(kept.body), kept.state) == (body, "invalid")


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    ("size", "status", "kept"),
    [(door.MAX_BODY, 400, 1), (door.MAX_BODY + 1, 413, 0), (20 * 1024 * 1024, 413, 0)],
)
def test_a_body_of_256_kb_is_the_most(size, status, kept):
    form = make_form()

    response = post_bytes(form, b"x" * size)

    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert Submission.objects.count() == kept


@pytest.mark.case("C13")
def test_a_chunked_body_without_length_is_read_to_the_limit(rf):
    def chunked(content):
        environ = rf.post("/").environ | {
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
            "wsgi.input": BytesIO(content),
        }
        return WSGIRequest(environ)

    assert door.read_body(chunked(b"x" * door.MAX_BODY)) == b"x" * door.MAX_BODY
    with pytest.raises(door.BodyTooLargeError):
        door.read_body(chunked(b"x" * (door.MAX_BODY + 1)))


@pytest.mark.case("C14")
def test_1001_fields_and_endless_values_are_cut_and_flagged():
    form = make_form()
    many = {f"field{number}": "x" for number in range(1001)}

    first = submit(form, last_name="M" * 10_000)
    second = submit(form, email="b@example.org", message="y" * 100_000)
    third = submit(form, email="c@example.org", **many)

    assert Lead.objects.get(pk=first.lead_id).last_name == "M" * 150
    assert first.verdict["flags"] == ["value_truncated"]
    assert second.verdict["flags"] == ["value_truncated"]
    assert third.verdict["flags"] == ["too_many_fields"]


@pytest.mark.case("C14")
def test_1001_fields_of_a_form_without_javascript_do_no_harm():
    form = make_form()
    body = b"&".join(b"f%d=x" % number for number in range(1001))

    response = post_bytes(form, body, FORM_TYPE)

    assert response.status_code == 422


@pytest.mark.case("C19")
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("text/plain;charset=UTF-8", 200),
        ("", 200),
        ("application/xml", 415),
        ("image/png", 415),
        ("multipart/form-data; boundary=x", 422),
        ("multipart/form-data", 400),
        ("application/json; charset=nonsense", 200),
        ("a" * 5000, 200),
    ],
)
def test_every_content_type_gets_an_answer(content_type, status):
    form = make_form()
    body = json.dumps(answers(form)).encode()
    if status == 415:
        body = b"<xml/>"

    response = post_bytes(form, body, content_type)

    assert response.status_code == status
    assert Submission.objects.count() == 1


@pytest.mark.case("C19")
def test_a_preflight_storm_is_answered_without_cookies(django_assert_max_num_queries):
    form = make_form()
    client = Client()

    with django_assert_max_num_queries(40):
        answers_ = [client.options(f"/f/{form.public_id}/") for _number in range(20)]

    assert {answer.status_code for answer in answers_} == {204}
    assert answers_[0]["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Access-Control-Allow-Credentials" not in answers_[0]


@pytest.mark.case("C11")
@pytest.mark.parametrize("name", ["\\ud800", "a\\u0000", "\\udfff" * 200])
def test_the_name_of_a_field_is_cleaned_like_its_value(as_user, marketer, name):
    form = make_form()
    body = json.dumps(answers(form))[:-1] + f', "{name}": "x"}}'

    response = post_bytes(form, body.encode(), HTTP_USER_AGENT=BROWSER)
    work()

    stored = Submission.objects.get()
    page = as_user(marketer).get(reverse("submission_detail", args=[stored.pk]))
    assert (response.status_code, page.status_code) == (200, 200)
    assert stored.verdict["flags"] == ["characters_replaced"]
