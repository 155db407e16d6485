"""What the door does to senders that come too often, to closed doors, and without a database."""

import json

import pytest
from django.utils import timezone

from capture import outage
from capture.connectors.actions.connections import delete_connection, renew_secrets
from capture.connectors.actions.events import (
    KEPT_OTHERS,
    KEPT_TAKEN,
    forget_events,
)
from capture.connectors.models import HookEvent
from leads.models import Lead
from tests.connectors.scene import make_connection, states, work
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db


def send(client, row, value, key=""):
    key = key or row.secrets()["secret"]
    return client.post(
        f"/hooks/generic/{row.public_id}/",
        json.dumps(value),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def test_a_sender_at_a_removed_connection_does_not_close_the_others(client):
    gone, row = make_connection("generic"), make_connection("generic")
    key = gone.secrets()["secret"]
    delete_connection(gone.pk, by=EVERYTHING, as_of=NOW)

    answers = {send(client, gone, {"email": "a@example.org"}, key).status_code for _ in range(70)}

    assert answers == {404}
    assert send(client, row, {"email": "eva@example.org"}).status_code == 200


@pytest.mark.case("H01")
def test_who_guesses_a_secret_is_sent_away_and_no_other_connection_with_it(client):
    row, other = make_connection("generic"), make_connection("generic")

    answers = [send(client, row, {}, "wrong").status_code for _try in range(61)]

    row.refresh_from_db()
    assert answers == [401] * 60 + [429]
    assert (row.refused_count, row.refused_reason) == (60, "signature_wrong")
    assert send(client, other, {"email": "eva@example.org"}).status_code == 200
    assert states(row) == []


def test_while_the_database_is_away_the_sender_is_asked_to_come_again(client, monkeypatch):
    row = make_connection("generic")
    secret = row.secrets()["secret"]
    monkeypatch.setattr(outage.breaker, "may_ask", lambda: False)

    answer = send(client, row, {"email": "eva@example.org"}, secret)

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


@pytest.mark.case("H01")
def test_after_a_new_secret_the_old_one_is_turned_away(client):
    row = make_connection("generic")
    old = row.secrets()["secret"]

    row = renew_secrets(row.pk, by=EVERYTHING, as_of=NOW)

    assert send(client, row, {"email": "eva@example.org"}, old).status_code == 401
    assert send(client, row, {"email": "eva@example.org"}).status_code == 200


def test_secrets_of_another_installation_lose_nothing(client, settings):
    row = make_connection("generic")
    secret = row.secrets()["secret"]
    settings.SECRET_KEY = "another key than the one that sealed it"

    answer = send(client, row, {"email": "eva@example.org"}, secret)

    assert answer.status_code == 503


def test_neither_the_token_nor_a_cookie_is_kept(client):
    row = make_connection("generic")

    send(client, row, {"email": "eva@example.org"})

    assert set(HookEvent.objects.get().headers) <= {"User-Agent", "Origin", "Referer"}


def test_what_was_kept_long_enough_is_emptied_or_forgotten(client):
    row = make_connection("generic")
    send(client, row, {"id": 1, "email": "eva@example.org"})
    send(client, row, {"id": 2})
    work()
    now = timezone.now()

    early = forget_events(by=EVERYTHING, as_of=now)
    others = forget_events(by=EVERYTHING, as_of=now + KEPT_OTHERS)
    taken = forget_events(by=EVERYTHING, as_of=now + KEPT_TAKEN)

    event = HookEvent.objects.get()
    assert (early, others, taken) == (0, 1, 1)
    assert (bytes(event.body), event.state, event.lead) == (b"", "processed", Lead.objects.get())
    assert send(client, row, {"id": 1, "email": "eva@example.org"}).status_code == 200
    assert HookEvent.objects.count() == 1
