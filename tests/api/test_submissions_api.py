import pytest

from capture.models import Submission
from leads.models import Lead
from tests.api.client import ApiClient
from tests.capture.scene import answers, make_form, send, submit, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, "submissions:read", "leads:read")


def ids(response):
    return [item["id"] for item in response.json()["results"]]


def test_what_was_sent_is_listed_with_its_lead_the_newest_first(api):
    form = make_form()
    first, second = submit(form, email="a@example.org"), submit(form, email="b@example.org")

    response = api.get("submissions/")

    assert ids(response) == [str(second.pk), str(first.pk)]
    told = response.json()["results"][1]
    assert (told["form"], told["state"]) == (str(form.public_id), "processed")
    assert told["lead"] == str(Lead.objects.get(email="a@example.org").public_id)
    assert "values" not in told


def test_a_submission_is_read_with_what_was_sent_and_without_our_protocol(api):
    submission = submit(make_form(), email="eva@example.org", last_name="Lovelace")

    told = api.get(f"submissions/{submission.pk}/").json()

    assert told["id"] == str(submission.pk)
    assert told["lead"] == str(Lead.objects.get().public_id)
    assert told["values"] == {
        "last_name": ["Lovelace"],
        "email": ["eva@example.org"],
        "message": ["Bitte rufen Sie mich zu Ihrem Angebot an."],
    }


def test_the_list_is_narrowed_to_a_state(api):
    form = make_form()
    taken = submit(form)
    refused = answers(form, email="")
    send(form, refused)
    work()

    assert ids(api.get("submissions/?state=processed")) == [str(taken.pk)]
    assert ids(api.get("submissions/?state=invalid")) == [refused["submission_id"]]


def test_an_unknown_state_is_refused(api):
    response = api.get("submissions/?state=gone")

    assert (response.status_code, response.json()["code"]) == (422, "state_unknown")


def test_a_lead_that_the_key_may_not_see_is_not_named(marketer):
    submission = submit(make_form())
    api = ApiClient(marketer, "submissions:read")

    assert api.get("submissions/").json()["results"][0]["lead"] is None
    assert api.get(f"submissions/{submission.pk}/").json()["lead"] is None


@pytest.mark.case("Z09")
def test_a_key_without_the_scope_reads_nothing(marketer, rep):
    submission = submit(make_form())

    other, of_a_rep = ApiClient(marketer, "forms:read"), ApiClient(rep, "submissions:read")

    for key in (other, of_a_rep):
        assert key.get("submissions/").status_code == 403
        assert key.get(f"submissions/{submission.pk}/").status_code == 403


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_submissions_are_kept_as_they_came(api, method):
    submission = submit(make_form())

    statuses = [
        api.call(method, path, {"state": "discarded"}).status_code
        for path in ("submissions/", f"submissions/{submission.pk}/")
    ]

    assert statuses == [405, 405]
    assert list(Submission.objects.values_list("state", flat=True)) == ["processed"]
