"""What the builder asks of the server."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conditions.errors import TooSlowError
from conditions.preview import Count
from tests.conditions.scene import leaf
from tests.factories import make_field, make_lead

FIELDS = "/conditions/fields/"
PREVIEW = "/conditions/preview/"


def preview(client: Client, where: Any, **options: Any) -> Any:
    return client.post(PREVIEW, {"where": json.dumps(where)}, **options)


@pytest.mark.parametrize("address", [FIELDS, PREVIEW])
def test_strangers_are_sent_to_the_login(address: str, client: Client, db: None) -> None:
    response = client.post(address) if address == PREVIEW else client.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_catalogue_lists_what_the_reader_may_ask(
    as_user: Any, marketer: User, service: User
) -> None:
    make_field("town", label_en="Town")

    shown = as_user(marketer).get(FIELDS).json()
    hidden = as_user(service).get(FIELDS).json()

    assert shown["fields"]["custom.town"]["label"] == "Town"
    assert shown["fields"]["owner"]["ops"][0] == "is"
    assert shown["ops"]["is_not"] == {"label": "is not", "takes": "one", "opposite": "is"}
    withheld = {"score", "fit", "engagement", "grade", "temperature", "segment"}
    assert withheld <= shown["fields"].keys()
    assert not withheld & hidden["fields"].keys()
    assert "city" in hidden["fields"]


def test_the_catalogue_of_a_view_knows_me(as_user: Any, marketer: User) -> None:
    shown = as_user(marketer).get(FIELDS, {"personal": "1"}).json()

    assert shown["fields"]["owner"]["ops"][:2] == ["is_me", "is_not_me"]


def test_the_number_of_queries_of_the_catalogue_is_fixed(as_user: Any, marketer: User) -> None:
    client = as_user(marketer)
    client.get(FIELDS)
    counts = []
    for number in range(3):
        make_field(f"town{number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(FIELDS)
        counts.append(len(queries))

    assert len(set(counts)) == 1


@pytest.mark.requirement("S88")
def test_the_preview_says_the_sentence_and_counts(as_user: Any, marketer: User) -> None:
    make_lead(city="Berlin", first_name="Ada", last_name="Lovelace", company="Muster GmbH")
    make_lead(city="Hamburg")

    response = preview(as_user(marketer), leaf("city", "is", "Berlin"))

    assert response.status_code == 200
    text = response.content.decode()
    assert "City is “Berlin”" in text
    assert "1 lead meets this now." in text
    assert [lead.full_name for lead in response.context["examples"]] == ["Ada Lovelace"]


def test_the_preview_counts_only_what_the_reader_sees(
    as_user: Any, rep: User, stranger: User
) -> None:
    make_lead(owner=rep, team=rep.team)
    make_lead(owner=stranger, team=stranger.team)

    response = preview(as_user(rep), {"everyone": True})

    assert response.context["count"] == Count(1)


def test_ten_leads_are_shown_of_many(as_user: Any, marketer: User) -> None:
    for _ in range(11):
        make_lead()

    response = preview(as_user(marketer), {"everyone": True})

    assert response.context["count"] == Count(11)
    assert len(response.context["examples"]) == 10


def test_a_program_may_send_json(as_user: Any, marketer: User) -> None:
    body = {"where": leaf("city", "is", "Berlin")}

    response = as_user(marketer).post(PREVIEW, body, content_type="application/json")

    assert response.status_code == 200
    assert "No lead meets this now." in response.content.decode()


@pytest.mark.case("Q02")
@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    ("where", "path"),
    [
        ({"_connector": "OR 1=1 --"}, "where"),
        (leaf("email) or 1=1--", "is", "x"), "where.field"),
        ({"any": [leaf("owner__password__startswith", "is", "x")]}, "where.any[0].field"),
        (leaf("city", "__regex", "x"), "where.op"),
    ],
)
def test_a_refusal_names_the_place(
    where: dict[str, Any], path: str, as_user: Any, marketer: User
) -> None:
    response = preview(as_user(marketer), where)

    assert response.status_code == 422
    assert f'data-condition-path="{path}"' in response.content.decode()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"where": null}'])
def test_a_broken_body_is_refused(body: str, as_user: Any, marketer: User) -> None:
    response = as_user(marketer).post(PREVIEW, body, content_type="application/json")

    assert response.status_code == 422


def test_a_field_without_the_right_is_no_field(as_user: Any, service: User) -> None:
    response = preview(as_user(service), leaf("score", "at_least", 1))

    assert response.status_code == 422
    assert "There is no such field." in response.content.decode()


@pytest.mark.case("Q07")
def test_a_slow_condition_is_estimated(
    as_user: Any, marketer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_arguments: Any, **_options: Any) -> None:
        raise TooSlowError

    monkeypatch.setattr("conditions.preview.statement_timeout", too_slow)

    response = preview(as_user(marketer), {"everyone": True})

    assert response.status_code == 200
    assert "counting them exactly takes too long" in response.content.decode()


def test_names_of_leads_are_only_text(as_user: Any, marketer: User) -> None:
    make_lead(first_name="<script>alert(1)</script>")

    response = preview(as_user(marketer), {"everyone": True})

    assert "<script>" not in response.content.decode()
