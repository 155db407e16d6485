"""Guessing at public addresses finds nothing, is told nothing, and is soon sent away."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from capture.guard import throttle
from capture.guard.doors import FORM, UNKNOWN_FORM
from tests.capture.scene import NEWSLETTER_CONSENT, answers, make_draft, make_form, send, submit
from tests.nurturing.scene import make_due_message, make_organisation
from tests.rights.link_objects import _tracked
from tests.security.hostile import PAYLOAD

pytestmark = pytest.mark.django_db
GUESSES = {
    "form": lambda: f"/f/{uuid4()}/",
    "definition": lambda: f"/f/{uuid4()}/definition.json",
    "challenge": lambda: f"/f/{uuid4()}/challenge/",
    "style": lambda: f"/f/{uuid4()}/form.css",
    "opt-in": lambda: f"/confirm/{uuid4().hex}/",
    "link": lambda: f"/c/{uuid4().hex[:22]}/",
    "pixel": lambda: f"/o/{uuid4().hex[:22]}.gif",
    "unsubscribe": lambda: f"/u/{uuid4().hex[:22]}/",
}


@pytest.fixture(autouse=True)
def counters(settings, tmp_path, monkeypatch):
    """Counters that are empty before and after, and a clock that the test moves."""
    settings.SPOOL_DIR = tmp_path
    moment = [1000.0]
    monkeypatch.setattr(throttle, "monotonic", lambda: moment[0])
    for counter in (throttle.guesses, FORM.address, UNKNOWN_FORM.address):
        counter.clear()
    yield moment
    throttle.guesses.clear()


def from_network(address):
    return Client(REMOTE_ADDR=address)


@pytest.mark.case("Z16")
@pytest.mark.parametrize("kind", GUESSES)
def test_ten_thousand_guesses_are_cut_off_and_nobody_else_notices(kind, counters):
    form = make_form()
    attacker, visitor = from_network("203.0.113.9"), from_network("198.51.100.7")

    answers_given = [attacker.get(GUESSES[kind]()).status_code for _guess in range(70)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        refused = [attacker.get(GUESSES[kind]()).status_code for _guess in range(30)]

    assert answers_given == [404] * 60 + [429] * 10
    assert (set(refused), len(asked)) == ({429}, 0)
    assert attacker.get(f"/f/{form.public_id}/").status_code == 429
    assert visitor.get(f"/f/{form.public_id}/").status_code == 200
    counters[0] += 60
    assert attacker.get(f"/f/{form.public_id}/").status_code == 200


@pytest.mark.case("Z16")
def test_a_lead_in_the_network_of_somebody_who_guesses_is_not_lost():
    form = make_form()
    guessing = from_network("203.0.113.9")
    for _guess in range(61):
        guessing.get(GUESSES["form"]())

    sent = send(form, answers(form), REMOTE_ADDR="203.0.113.9")

    assert guessing.get(f"/f/{form.public_id}/").status_code == 429
    assert sent.status_code == 200


@pytest.mark.case("Z16")
def test_another_address_in_the_header_makes_no_other_visitor():
    for number in range(61):
        Client(REMOTE_ADDR="203.0.113.9").get(
            GUESSES["unsubscribe"](), headers={"X-Forwarded-For": f"198.51.100.{number}"}
        )

    assert from_network("203.0.113.9").get(GUESSES["unsubscribe"]()).status_code == 429


@pytest.mark.case("Z16")
@pytest.mark.case("C17")
@pytest.mark.parametrize("rest", ["", "definition.json", "challenge/", "form.css"])
def test_a_form_that_is_not_published_is_as_unknown_as_none(rest):
    draft = make_draft()

    def ask(key):
        with CaptureQueriesContext(connection) as asked:
            answer = from_network("198.51.100.7").get(f"/f/{key}/{rest}")
        return answer.status_code, answer.content, len(asked)

    assert ask(draft.public_id) == ask(uuid4())
    assert ask(draft.public_id)[0] == 404


@pytest.mark.case("Z16")
@pytest.mark.case("R08")
@pytest.mark.case("E05")
def test_a_token_of_another_kind_of_link_or_with_a_changed_letter_opens_nothing():
    make_organisation()
    tokens = {
        "c": _tracked("link", "https://muster.example/"),
        "o": _tracked("pixel"),
        "u": make_due_message().token,
    }
    client = from_network("198.51.100.7")

    def status(folder, token):
        return client.get(f"/{folder}/{token}{'.gif' if folder == 'o' else '/'}").status_code

    other = {
        (folder, kind): status(folder, token)
        for folder in tokens
        for kind, token in tokens.items()
        if folder != kind
    }
    changed = {
        folder: {status(folder, token[:-1] + ("A" if token[-1] != "A" else "B")),
                 status(folder, token.swapcase()), status(folder, token[:-1])}
        for folder, token in tokens.items()
    }  # fmt: skip

    assert set(other.values()) == {404}
    assert changed == {key: {404} for key in tokens}


@pytest.mark.case("R04")
@pytest.mark.parametrize(
    "asked",
    [
        {"email": "eva@example.org", "last_name": "Geheim"},
        {"token": "x", "prefill": "1", "lead": "1", "id": "1", "contact": "1"},
        {"v": "{visitor}", "visitor": "{visitor}", "cid": "{visitor}"},
        {"submission_id": "{submission}", "t": "{submission}"},
        {"last_name": PAYLOAD},
    ],
)
def test_nothing_in_an_address_or_cookie_fills_a_form_in(asked):
    form = make_form("newsletter")
    known = submit(form, last_name="Geheim", email="eva@example.org", **{NEWSLETTER_CONSENT: "on"})
    words = {"{visitor}": "f" * 32, "{submission}": str(known.pk)}
    asked = {name: words.get(value, value) for name, value in asked.items()}
    client = from_network("198.51.100.7")
    for name in ("visitor", "leadcrm", "email", "mtc_id"):
        client.cookies[name] = words["{visitor}"]

    page = client.get(f"/f/{form.public_id}/", asked)
    parts = client.get(f"/f/{form.public_id}/definition.json", asked)

    body = page.content.decode().partition("<body")[2]
    fields = body.split('<input type="hidden"')[0]
    for text in (fields, parts.json()["html"]):
        assert "Geheim" not in text
        assert "eva@" not in text
        assert "checked" not in text
    assert "visitor" not in page.content.decode().split("page_url")[0]
