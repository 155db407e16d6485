import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.action import writing
from accounts.mails import send_account_mails
from accounts.models import AccountMail, AuditEntry, User
from tests.accounts.conftest import PASSWORD
from tests.factories import make_user

RESET = "/accounts/password/reset/"
NEW = "noch ein guter Satz"


@pytest.fixture
def person(db) -> User:
    return make_user(email="ada@example.org", name="Ada", password=PASSWORD)


def reset_link(now) -> str:
    send_account_mails(now)
    return re.search(r"http://127\.0\.0\.1:8000(\S+/key/\S+)", mail.outbox[-1].body)[1]


def ask(client, email, **headers):
    return client.post(RESET, {"email": email}, headers=headers)


@pytest.fixture
def moment():
    return timezone.now


def set_password(client, link, password):
    page = client.get(link, follow=True)
    address = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(address, {"password": password})


def test_the_answer_is_the_same_whether_or_not_somebody_has_the_address(client, person):
    known = ask(client, "Ada@Example.org")
    unknown = ask(client, "nobody@example.org")

    assert (known.status_code, known["Location"]) == (302, f"{RESET}done/")
    assert (unknown.status_code, unknown["Location"]) == (302, f"{RESET}done/")
    assert sorted(AccountMail.objects.values_list("email", flat=True)) == [
        "ada@example.org",
        "nobody@example.org",
    ]


def test_asking_costs_the_same_statements_for_everybody(client, person):
    counts = []
    for email in (person.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(client, email)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_only_somebody_who_can_log_in_gets_a_mail(client, person, moment):
    make_user(email="gone@example.org", password=PASSWORD, is_active=False)
    for email in (person.email, "gone@example.org", "nobody@example.org"):
        ask(client, email)

    send_account_mails(moment())

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert AccountMail.objects.count() == 0


def test_the_link_sets_a_password_and_ends_the_sessions(client, person, as_user, moment):
    other = as_user(person)
    ask(client, person.email)

    done = set_password(client, reset_link(moment()), NEW)

    assert done["Location"] == f"{RESET}key/done/"
    assert User.objects.get(pk=person.pk).check_password(NEW)
    assert other.get("/settings/profile/").status_code == 302
    assert client.get("/settings/profile/").status_code == 302
    assert AuditEntry.objects.get().event == "account.password_changed"


@pytest.mark.case("A04")
def test_a_link_works_once(client, person, moment):
    ask(client, person.email)
    link = reset_link(moment())
    set_password(client, link, NEW)

    again = Client().get(link)

    assert "no longer valid" in again.content.decode()
    assert User.objects.get(pk=person.pk).check_password(NEW)


@pytest.mark.case("A04")
@pytest.mark.parametrize("change", ["password", "email", "sessions", "deactivated"])
def test_a_link_dies_with_what_it_was_made_for(client, person, moment, change):
    ask(client, person.email)
    link = reset_link(moment())
    with writing("scene"):
        if change == "password":
            person.set_password(NEW)
        elif change == "email":
            person.email = "other@example.org"
        elif change == "sessions":
            person.session_number += 1
        else:
            person.is_active = False
        person.save()

    page = client.get(link)

    assert "no longer valid" in page.content.decode()


@pytest.mark.case("A03")
def test_a_foreign_host_is_refused_and_never_stands_in_a_mail(client, person, moment):
    refused = client.post(RESET, {"email": person.email}, headers={"Host": "evil.example"})
    forwarded = ask(client, person.email, **{"X-Forwarded-Host": "evil.example"})
    send_account_mails(moment())

    assert refused.status_code == 400
    assert forwarded.status_code == 302
    assert len(mail.outbox) == 1
    assert "evil" not in mail.outbox[0].message().as_string()
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in mail.outbox[0].body


def test_nobody_is_flooded_with_reset_mails(client, person, moment):
    for _ in range(5):
        assert ask(client, person.email).status_code == 302
        send_account_mails(moment())

    assert len(mail.outbox) == 3


def test_the_mail_speaks_the_language_of_the_person(client, db, moment, monkeypatch):
    make_user(email="ada@example.org", password=PASSWORD, language="de")
    monkeypatch.setattr("accounts.mails.render_to_string", lambda *_: translation.get_language())

    ask(client, "ada@example.org")
    send_account_mails(moment())

    assert (mail.outbox[0].subject, mail.outbox[0].body) == ("de", "de")
    assert mail.outbox[0].extra_headers == {"Auto-Submitted": "auto-generated"}


def test_changing_the_password_keeps_this_session_and_ends_the_others(person, as_user, moment):
    here, elsewhere = as_user(person), as_user(person)

    changed = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password": NEW})

    assert changed["Location"] == "/settings/profile/"
    assert here.get("/settings/profile/").status_code == 200
    assert elsewhere.get("/settings/profile/").status_code == 302
    send_account_mails(moment())
    assert "Your password was changed." in mail.outbox[0].body


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"oldpassword": "wrong", "password": NEW}, "not your present password"),
        ({"oldpassword": PASSWORD, "password": "short"}, "too short"),
        ({"oldpassword": PASSWORD, "password": "password1234"}, "too common"),
    ],
)
def test_a_refused_change_leaves_the_password(person, as_user, given, problem):
    response = as_user(person).post("/accounts/password/change/", given)

    assert response.status_code == 422
    assert problem in response.content.decode()
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


@pytest.mark.case("A02")
def test_the_present_password_cannot_be_guessed_in_a_stolen_session(person, as_user):
    client = as_user(person)
    for _ in range(10):
        client.post("/accounts/password/change/", {"oldpassword": "wrong", "password": NEW})

    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password": NEW})

    assert User.objects.get(pk=person.pk).check_password(PASSWORD)
