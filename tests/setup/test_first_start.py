from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.action import writing
from accounts.actions.first_start import set_up
from accounts.actor import VISITOR
from accounts.models import AuditEntry, Organisation, SetupLink, User
from accounts.setup import setup_address
from capture.models import Form
from ground.errors import DomainError
from tests.factories import make_user

BASE = "http://127.0.0.1:8000"
ANSWERS = {
    "organisation": "Muster GmbH",
    "email": "Chef@Muster.example",
    "password": "ein guter langer Satz",
    "language": "de",
    "time_zone": "Europe/Vienna",
}


@pytest.fixture
def path(db) -> str:
    return setup_address().removeprefix(BASE)


def test_five_answers_lead_to_a_ready_installation(client, path):
    page = client.get(path)
    assert (page.status_code, len(page.context["form"].fields)) == (200, 6)

    response = client.post(path, ANSWERS)

    admin = User.objects.get()
    organisation = Organisation.current()
    assert response["Location"] == "/"
    assert (admin.email, admin.role, admin.language) == ("chef@muster.example", "admin", "de")
    assert (organisation.name, organisation.time_zone) == ("Muster GmbH", "Europe/Vienna")
    assert list(Form.objects.order_by("pk").values_list("name", flat=True)) == [
        "Kontakt",
        "Newsletter",
    ]
    assert client.get("/settings/people/").status_code == 200
    assert client.get("/settings/tokens/add/").status_code == 200
    events = AuditEntry.objects.order_by("id").values_list("event", flat=True)
    assert list(events) == ["organisation.set_up", "account.logged_in"]


def test_the_wizard_is_gone_afterwards(client, path):
    client.post(path, ANSWERS)

    assert client.get(path).status_code == 404
    assert client.post(path, ANSWERS | {"email": "second@muster.example"}).status_code == 404
    assert setup_address() is None
    assert SetupLink.objects.count() == 0
    assert User.objects.count() == 1


def test_there_is_no_way_in_while_there_is_anybody(client, path):
    make_user(is_active=False)

    assert client.get(path).status_code == 404
    assert setup_address() is None


@pytest.mark.parametrize("token", ["x", "0" * 32, "%00"])
def test_a_guessed_address_shows_nothing(client, path, token):
    assert client.get(f"/setup/{token}/").status_code == 404
    assert client.post(f"/setup/{token}/", ANSWERS).status_code == 404
    assert User.objects.count() == 0


def test_an_address_is_good_for_a_week_and_kept_as_a_hash(client, path):
    assert path.split("/")[2] not in str(list(SetupLink.objects.values()))
    with writing("scene"):
        SetupLink.objects.update(created_at=timezone.now() - timedelta(days=7))

    assert client.get(path).status_code == 404


def test_a_second_machine_that_starts_does_not_break_the_first_address(client, path):
    setup_address()

    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": ""},
        {"email": "nobody"},
        {"password": "short"},
        {"password": "Muster GmbH"},
        {"language": "xx"},
        {"time_zone": "Moon"},
    ],
)
def test_a_wrong_answer_keeps_what_was_typed_and_makes_nobody(client, path, wrong):
    response = client.post(path, ANSWERS | wrong)

    assert response.status_code == 422
    assert User.objects.count() == 0
    assert Form.objects.count() == 0


def test_the_wizard_speaks_the_language_of_the_browser(client, path):
    page = client.get(path, headers={"Accept-Language": "de"})

    assert page.context["form"]["language"].value() == "de"


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_at_once_make_one_administrator(now):
    token = setup_address().rstrip("/").rsplit("/", 1)[1]
    start = Barrier(2)

    def finish(email):
        start.wait()
        try:
            set_up(token, **ANSWERS | {"email": email}, by=VISITOR, as_of=timezone.now())
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(finish, ("a@muster.example", "b@muster.example")))

    assert sorted(done) == ["done", "set_up_over"]
    assert User.objects.count() == 1
