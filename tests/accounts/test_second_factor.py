import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from accounts.actions.people import change_person, deactivate_people
from accounts.actions.profile import change_password, end_sessions
from accounts.actor import user_actor
from accounts.models import AuditEntry, User
from accounts.rights import Role
from tests.accounts.conftest import PASSWORD
from tests.factories import make_user

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"


def code(offset: int = 0) -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + offset))


@pytest.fixture
def person(db) -> User:
    user = make_user(email="ada@example.org", name="Ada", password=PASSWORD)
    TOTP.activate(user, SECRET)
    return user


@pytest.fixture
def clock(monkeypatch):
    """Set the time to so many seconds after the beginning of the present code."""
    start = int(time.time()) // 30 * 30

    def set_to(seconds: int) -> None:
        moment = datetime.fromtimestamp(start + seconds, UTC)
        monkeypatch.setattr("time.time", moment.timestamp)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    set_to(0)
    return set_to


def half_way(person) -> Client:
    client = Client()
    assert client.post(LOGIN, {"login": person.email, "password": PASSWORD})["Location"] == CODE
    return client


def test_the_password_alone_opens_nothing(person):
    client = half_way(person)

    assert client.get("/settings/profile/").status_code == 302
    assert client.get(CODE).status_code == 200


def test_password_and_code_open_the_session(person):
    client = half_way(person)

    assert client.post(CODE, {"code": code()})["Location"] == "/"
    assert client.get("/settings/profile/").status_code == 200
    assert AuditEntry.objects.get().data == {"by": ["password", "mfa"]}


CHANGES = {
    "password": lambda person, boss, now: change_password(
        person.pk, "noch ein guter Satz", by=user_actor(person), as_of=now
    ),
    "sessions": lambda person, boss, now: end_sessions([person.pk], by=user_actor(boss), as_of=now),
    "role": lambda person, boss, now: change_person(
        person.pk, name="Ada", role=Role.VIEWER, team=None, by=user_actor(boss), as_of=now
    ),
    "deactivated": lambda person, boss, now: deactivate_people(
        [person.pk], by=user_actor(boss), as_of=now
    ),
}


@pytest.mark.case("A05")
@pytest.mark.case("Z10")
@pytest.mark.parametrize("change", CHANGES)
def test_a_login_that_waits_for_its_code_ends_with_what_ends_sessions(person, boss, now, change):
    client = half_way(person)
    CHANGES[change](person, boss, now)

    done = client.post(CODE, {"code": code()})

    assert done["Location"] == LOGIN
    assert client.get("/settings/profile/").status_code == 302
    assert client.get(CODE)["Location"] == LOGIN
    assert not AuditEntry.objects.filter(event="account.logged_in").exists()


@pytest.mark.case("A05")
def test_a_code_works_once_even_when_the_cache_forgets(person):
    used = code()
    assert half_way(person).post(CODE, {"code": used}).status_code == 302
    cache.clear()

    again = half_way(person).post(CODE, {"code": f" {used[:3]} {used[3:]} "})

    assert again.status_code == 422
    assert "used before" in again.content.decode()


@pytest.mark.case("A05")
@pytest.mark.parametrize("later", [31, 89])
@pytest.mark.parametrize("spelling", ["{0}{1}", "{0}-{1}"])
def test_a_code_is_refused_for_as_long_as_it_is_valid(person, clock, later, spelling):
    used = code(1)
    assert half_way(person).post(CODE, {"code": used}).status_code == 302
    cache.clear()

    clock(later)
    again = half_way(person).post(CODE, {"code": spelling.format(used[:3], used[3:])})

    assert again.status_code == 422
    assert "used before" in again.content.decode()


@pytest.mark.case("A05")
def test_ten_wrong_codes_close_the_second_factor_for_a_while(person):
    for number in range(10):
        assert half_way(person).post(CODE, {"code": f"00000{number}"}).status_code == 422

    closed = half_way(person).post(CODE, {"code": code()})

    assert closed.status_code == 422
    assert "Too many failed tries" in closed.content.decode()


@pytest.mark.case("A05")
def test_a_recovery_code_works_once(person, fresh):
    fresh(person).post("/accounts/2fa/codes/generate/")
    recovery = Authenticator.objects.get(user=person, type="recovery_codes")
    used = recovery.wrap().get_unused_codes()[0]
    assert half_way(person).post(CODE, {"code": used}).status_code == 302
    cache.clear()

    again = half_way(person).post(CODE, {"code": used})

    assert again.status_code == 422


def test_switching_on_seals_the_secret_and_is_logged(
    rep, fresh, django_capture_on_commit_callbacks
):
    client = fresh(rep)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/2fa/totp/activate/", {"code": right})

    assert done["Location"] == "/accounts/2fa/codes/"
    stored = Authenticator.objects.filter(user=rep).values_list("data", flat=True)
    assert secret not in str(list(stored))
    assert client.get("/accounts/2fa/codes/").context["unused_codes"][0].isdigit()
    entry = AuditEntry.objects.get(event="account.security_changed")
    assert entry.data == {"change": "totp_activated"}


@pytest.mark.case("A05")
def test_the_code_that_switched_it_on_opens_no_session(boss, fresh):
    client = fresh(boss)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    used = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/accounts/2fa/totp/activate/", {"code": used}).status_code == 302
    cache.clear()

    again = half_way(boss).post(CODE, {"code": used})

    assert again.status_code == 422
    assert "used before" in again.content.decode()


@pytest.mark.case("A05")
def test_ten_wrong_codes_close_the_switching_on_as_well(rep, fresh):
    client = fresh(rep)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    right = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    for number in range(10):
        client.post("/accounts/2fa/totp/activate/", {"code": f"00000{number}"})
        cache.clear()

    closed = client.post("/accounts/2fa/totp/activate/", {"code": right})

    assert closed.status_code == 422
    assert not Authenticator.objects.filter(user=rep).exists()


def test_switching_off_needs_the_second_factor_again_when_the_login_is_old(person, as_user):
    client = as_user(person)

    asked = client.post("/accounts/2fa/totp/deactivate/")

    assert asked["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    assert Authenticator.objects.filter(user=person).count() == 1

    done = client.post(asked["Location"], {"code": code()})

    assert done.status_code == 302
    assert Authenticator.objects.filter(user=person).count() == 0


def test_with_a_second_factor_the_password_alone_confirms_nothing(person, as_user):
    response = as_user(person).get("/accounts/reauthenticate/?next=/settings/tokens/add/")

    assert response["Location"].startswith("/accounts/2fa/reauthenticate/")
