import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.teams import create_team
from accounts.actor import system_actor
from accounts.api import idempotent
from accounts.idempotency import sweep
from accounts.models import IdempotencyKey, Team
from accounts.rights import Right
from tests.factories import make_token, make_user

BY = system_actor("tests", Right.USERS_MANAGE)
running = threading.Event()
go_on = threading.Event()


class Teams(APIView):
    rights = {"POST": Right.LEADS_CREATE, "GET": Right.LEADS_READ}

    @idempotent
    def post(self, request: Request) -> Response:
        name = request.data["name"]
        if name == "slow":
            running.set()
            go_on.wait(10)
        team = create_team(name=name, by=BY, as_of=timezone.now())
        if name == "refused":
            return Response({"code": "no"}, status=409)
        return Response({"name": team.name}, status=201, headers={"Location": "/teams/1/"})

    def get(self, request: Request) -> Response:
        return Response({"language": request.auth.name})


urlpatterns = [path("api/v1/teams/", Teams.as_view())]
pytestmark = pytest.mark.urls("tests.database.test_idempotency")


@pytest.fixture
def key(db) -> str:
    return make_token(make_user("admin"), "leads:write")[1]


def post(client, key, name, idempotency_key="k1"):
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    return client.post(
        "/api/v1/teams/", {"name": name}, content_type="application/json", headers=headers
    )


def test_the_same_request_twice_is_done_once_and_answered_twice(client, key):
    first = post(client, key, "Nord")
    second = post(client, key, "Nord")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json() == {"name": "Nord"}
    assert second["Location"] == "/teams/1/"
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Team.objects.count() == 1


def test_the_same_key_for_another_body_is_refused(client, key):
    post(client, key, "Nord")

    other = post(client, key, "Süd")

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Team.objects.count() == 1


def test_each_token_has_keys_of_its_own(client, key):
    other = make_token(make_user("admin"), "leads:write")[1]

    assert post(client, key, "Nord").status_code == 201
    assert post(client, other, "Süd").status_code == 201


def test_without_a_key_every_request_is_done(client, key):
    assert post(client, key, "Nord", "").status_code == 201
    assert post(client, key, "Nord", "").status_code == 422
    assert IdempotencyKey.objects.count() == 0


def test_a_refused_request_keeps_nothing_and_may_be_sent_again(client, key):
    post(client, key, "Nord", "")

    assert post(client, key, "Nord").json()["code"] == "name_taken"
    assert post(client, key, "refused").status_code == 409
    assert IdempotencyKey.objects.count() == 0
    assert list(Team.objects.values_list("name", flat=True)) == ["Nord"]
    assert post(client, key, "West").status_code == 201


@pytest.mark.parametrize("bad", ["x" * 256, "a\tb"])
def test_a_key_that_cannot_be_kept_is_refused(client, key, bad):
    response = post(client, key, "Nord", bad)

    assert (response.status_code, response.json()["code"]) == (422, "bad_idempotency_key")


def test_answers_are_forgotten_after_a_day(client, key):
    post(client, key, "Nord")

    assert sweep(as_of=timezone.now() + timedelta(hours=23)) == 0
    assert sweep(as_of=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_request_waits_for_the_first_and_gets_its_answer(client):
    key = make_token(make_user("admin"), "leads:write")[1]
    running.clear()
    go_on.clear()

    def send():
        try:
            return post(client, key, "slow")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send)
        assert running.wait(10)
        second = pool.submit(send)
        go_on.set()
        answers = [first.result(20), second.result(20)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.get("Idempotent-Replayed", "") for answer in answers] == ["", "true"]
    assert Team.objects.filter(name="slow").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_request_does_not_wait_for_ever(client, monkeypatch):
    monkeypatch.setattr("accounts.idempotency._WAIT_MS", 100)
    key = make_token(make_user("admin"), "leads:write")[1]
    running.clear()
    go_on.clear()

    def send():
        try:
            return post(client, key, "slow")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send)
        assert running.wait(10)
        second = pool.submit(send).result(20)
        go_on.set()
        assert first.result(20).status_code == 201

    assert (second.status_code, second.json()["code"]) == (409, "request_in_progress")


@pytest.mark.case("Z09")
def test_a_key_without_the_scope_is_refused(client, db):
    reader = make_token(make_user("admin"), "leads:read")[1]

    assert post(client, reader, "Nord").status_code == 403
    assert post(client, "lcrm_guessed", "Nord").status_code == 401
    assert client.post("/api/v1/teams/").status_code == 401
    assert Team.objects.count() == 0


def test_a_session_opens_no_door_of_the_api(admin, as_user):
    assert as_user(admin).get("/api/v1/teams/").status_code == 401


def test_an_unknown_method_is_405(client, key):
    headers = {"Authorization": f"Bearer {key}"}

    assert client.delete("/api/v1/teams/", headers=headers).status_code == 405


@pytest.mark.case("A10")
def test_no_other_website_may_read_the_api(admin, as_user):
    client = as_user(admin)
    response = client.get("/api/v1/teams/", headers={"Origin": "https://evil.example"})

    assert "Access-Control-Allow-Origin" not in response
    assert "Access-Control-Allow-Credentials" not in response


def test_a_token_is_slowed_down_without_any_cache(client, key):
    with override_settings(API_REQUESTS_PER_MINUTE=2, CACHES={}):
        codes = [post(client, key, f"T{number}", "").status_code for number in range(3)]
        other = make_token(make_user("admin"), "leads:write")[1]

        assert codes == [201, 201, 429]
        assert post(client, other, "Andere", "").status_code == 201
        assert int(post(client, key, "Noch", "")["Retry-After"]) in range(1, 61)
