import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.action import writing
from accounts.actions.people import deactivate_people, invite_person, renew_invitations
from accounts.actor import user_actor
from accounts.links import invitation_link
from accounts.mails import send_account_mails
from accounts.models import User
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def by(boss):
    return user_actor(boss)


@pytest.fixture
def person(by) -> User:
    return invite_person(
        email="neu@example.org", name="Nele", role="viewer", by=by, as_of=timezone.now()
    )


def path(person) -> str:
    return invitation_link(User.objects.get(pk=person.pk)).removeprefix("http://127.0.0.1:8000")


def accept(client, link, name="Nele Neu", password=PASSWORD):
    return client.post(link, {"name": name, "password": password})


def test_the_mailed_link_lets_the_person_in(client, person):
    send_account_mails(timezone.now())
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", mail.outbox[0].body)[1]

    assert client.get(link).status_code == 200
    assert accept(client, link)["Location"] == "/accounts/login/"

    joined = User.objects.get(pk=person.pk)
    assert (joined.name, joined.has_joined) == ("Nele Neu", True)
    assert (
        client.post(
            "/accounts/login/", {"login": "neu@example.org", "password": PASSWORD}
        ).status_code
        == 302
    )


@pytest.mark.case("A04")
def test_the_link_works_once(client, person):
    link = path(person)
    accept(client, link)

    again = accept(client, link, password="ein anderer langer Satz")

    assert again.status_code == 404
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


@pytest.mark.case("A04")
@pytest.mark.parametrize("end", ["renewed", "deactivated", "too old", "forged"])
def test_a_link_that_is_over_lets_nobody_in(client, person, by, end):
    link = path(person)
    now = timezone.now()
    if end == "renewed":
        renew_invitations([person.pk], by=by, as_of=now)
    elif end == "deactivated":
        deactivate_people([person.pk], by=by, as_of=now)
    elif end == "too old":
        with writing("scene"):
            User.objects.filter(pk=person.pk).update(invited_at=now - timedelta(days=7))
    else:
        link = link[:-3] + "x/"

    assert client.get(link).status_code == 404
    assert accept(client, link).status_code == 404
    assert not User.objects.get(pk=person.pk).has_joined


def test_a_weak_password_is_refused(client, person):
    response = accept(client, path(person), password="neu@example")

    assert response.status_code == 422
    assert not User.objects.get(pk=person.pk).has_joined


def test_guessing_links_is_slowed_down(client, db):
    codes = [client.get("/accounts/invitation/abc/").status_code for _ in range(31)]

    assert codes == [404] * 30 + [429]
