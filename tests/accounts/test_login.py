import pytest
from django.core import mail
from django.test import Client

from accounts.models import AuditEntry, RateCount, User
from tests.accounts.conftest import PASSWORD
from tests.factories import make_user

LOGIN = "/accounts/login/"


def log_in(client, email, password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password, **extra})


@pytest.fixture
def person(db) -> User:
    return make_user(email="ada@example.org", name="Ada", password=PASSWORD)


def test_the_right_password_opens_the_start_page(client, person):
    response = log_in(client, "Ada@Example.org")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/settings/profile/").status_code == 200
    assert AuditEntry.objects.get().event == "account.logged_in"
    assert AuditEntry.objects.get().data == {"by": ["password"]}


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org", "gone@example.org"])
def test_a_wrong_password_says_the_same_for_everybody(client, person, email):
    make_user(email="gone@example.org", password=PASSWORD, is_active=False)

    response = log_in(client, email, "wrong")

    assert response.status_code == 422
    assert "E-mail or password is not right." in response.content.decode()


def test_somebody_who_was_deactivated_is_told_the_same_with_the_right_password(client, db):
    make_user(email="gone@example.org", password=PASSWORD, is_active=False)

    response = log_in(client, "gone@example.org")

    assert response.status_code == 422
    assert "E-mail or password is not right." in response.content.decode()
    assert client.get("/settings/profile/").status_code == 302


def test_one_password_is_hashed_whether_or_not_the_account_exists(client, person, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    runs = []
    original = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: runs.append(1) or original(*args)
    )
    counts = {}
    for email in ("ada@example.org", "nobody@example.org"):
        runs.clear()
        log_in(client, email, "wrong")
        counts[email] = len(runs)

    assert counts == {"ada@example.org": 1, "nobody@example.org": 1}


@pytest.mark.case("A02")
def test_an_account_is_closed_after_ten_failures_whatever_address_is_claimed(person):
    for number in range(10):
        client = Client(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        assert log_in(client, person.email, "wrong").status_code == 422

    closed = log_in(Client(REMOTE_ADDR="203.0.113.77"), person.email)

    assert closed.status_code == 422
    assert "Too many failed tries" in closed.content.decode()
    assert AuditEntry.objects.get().event == "account.login_limited"


@pytest.mark.case("A02")
def test_a_successful_login_does_not_reset_what_was_counted(person):
    make_user(email="eve@example.org", password=PASSWORD)
    for _ in range(9):
        log_in(Client(), person.email, "wrong")
        log_in(Client(), "eve@example.org")
    log_in(Client(), person.email, "wrong")

    assert "Too many failed tries" in log_in(Client(), person.email).content.decode()


@pytest.mark.case("A02")
def test_a_network_is_closed_after_thirty_failures_over_many_accounts(db):
    for number in range(30):
        log_in(Client(), f"person{number}@example.com", "wrong")
    make_user(email="ada@example.org", password=PASSWORD)

    assert "Too many failed tries" in log_in(Client(), "ada@example.org").content.decode()
    assert log_in(Client(REMOTE_ADDR="203.0.113.5"), "ada@example.org").status_code == 302


@pytest.mark.case("A02")
def test_with_own_proxies_only_the_address_they_saw_is_counted(settings, db):
    settings.TRUSTED_PROXIES = 1
    for number in range(30):
        claimed = f"10.0.{number}.1, 203.0.113.9"
        log_in(Client(headers={"X-Forwarded-For": claimed}), f"p{number}@example.com", "wrong")
    make_user(email="ada@example.org", password=PASSWORD)

    same = Client(headers={"X-Forwarded-For": "10.9.9.9, 203.0.113.9"})
    other = Client(headers={"X-Forwarded-For": "203.0.113.9, 203.0.113.10"})

    assert "Too many failed tries" in log_in(same, "ada@example.org").content.decode()
    assert log_in(other, "ada@example.org").status_code == 302


def test_the_limits_hold_while_the_cache_is_away(person, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "ground.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    for _ in range(10):
        log_in(Client(), person.email, "wrong")

    assert "Too many failed tries" in log_in(Client(), person.email).content.decode()
    assert RateCount.objects.count() == 2


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "http:///evil.example",
        "javascript:alert(1)",
        "https://testserver/settings/profile/",
        "\\\\evil.example",
        "/\t/evil.example",
        "\x00//evil.example",
    ],
)
def test_next_leads_nowhere_else(client, person, target):
    response = log_in(client, person.email, next=target)

    assert (response.status_code, response["Location"]) == (302, "/")


@pytest.mark.case("A08")
def test_next_leads_to_a_page_of_ours(client, person):
    response = log_in(client, person.email, next="/settings/profile/?a=b")

    assert response["Location"] == "/settings/profile/?a=b"


def test_the_session_gets_another_key_at_login(client, person):
    client.get(LOGIN)
    session = client.session
    session["x"] = 1
    session.save()
    before = client.cookies["leadcrm_session"].value if "leadcrm_session" in client.cookies else ""

    log_in(client, person.email)

    assert client.cookies["leadcrm_session"].value != before


def test_nobody_signs_up_by_themselves(client):
    assert client.get("/accounts/signup/").status_code == 404


def test_signing_out_needs_a_post(client, person):
    log_in(client, person.email)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/settings/profile/").status_code == 200
    answer = client.post("/accounts/logout/")
    assert answer["Location"] == LOGIN
    assert client.get("/settings/profile/").status_code == 302
    # Who uses this browser next cannot step back to the pages.
    assert answer["Clear-Site-Data"] == '"cache"'


def test_the_sign_in_page_speaks_the_language_of_the_browser(client, db):
    german = client.get(LOGIN, headers={"Accept-Language": "de-DE,de;q=0.9"})
    english = client.get(LOGIN, headers={"Accept-Language": "fr,en;q=0.5"})

    assert 'lang="de"' in german.content.decode()[:200]
    assert 'lang="en"' in english.content.decode()[:200]
    assert mail.outbox == []
