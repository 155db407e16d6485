import shlex
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.people import change_person, deactivate_people
from accounts.actions.tokens import create_token, revoke_tokens
from accounts.actor import token_actor, user_actor
from accounts.models import ApiToken, AuditEntry, User
from accounts.rights import ApiScope, LeadScope, Right, Role
from accounts.tokens import example_call, find_token, key_hash, note_use
from ground.errors import DomainError, NotAllowedError
from leads.models import Lead
from tests.factories import make_team, make_token, make_user

ADD = "/settings/tokens/add/"


def values(**changes):
    day = timezone.localdate() + timedelta(days=30)
    return {"name": "Website", "scopes": ["leads:write"], "expires_on": day.isoformat(), **changes}


def test_a_key_is_shown_once_and_kept_as_a_hash(boss, fresh):
    client = fresh(boss)

    response = client.post(ADD, values())

    key = response.context["key"]
    token = ApiToken.objects.get()
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    assert f"Authorization: Bearer {key}" in response.context["curl"]
    assert (token.key_hash, token.prefix) == (key_hash(key), key[:12])
    assert key not in client.get("/settings/tokens/").content.decode()
    assert key not in str(AuditEntry.objects.get().data)


def test_the_command_beside_the_key_works_as_it_is(boss, fresh):
    command = shlex.split(fresh(boss).post(ADD, values()).context["curl"])

    headers = dict(word.split(": ", 1) for word in command if ": " in word and "{" not in word)
    (body,) = (word for word in command if word.startswith("{"))
    path = command[-1].removeprefix("http://127.0.0.1:8000")
    response = Client(headers=headers).post(path, body, content_type=headers["Content-Type"])

    assert response.status_code == 201
    assert Lead.objects.get().email == "ada@example.org"


@pytest.mark.parametrize("scope", ApiScope.values)
def test_every_scope_has_a_command_that_is_answered(boss, scope):
    token, key = make_token(boss, scope)
    command = shlex.split(example_call(token, key))
    path = command[-1].removeprefix("http://127.0.0.1:8000")
    client = Client(headers={"Authorization": f"Bearer {key}"})

    answer = client.get(path) if "-d" not in command else None

    assert answer is None or answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"name": ""},
        {"expires_on": "2020-01-01"},
        {"expires_on": "2999-01-01"},
        {"allowed_networks": "10.0.0.0/8\nmoon"},
    ],
)
def test_a_wrong_key_is_not_made(boss, fresh, wrong):
    response = fresh(boss).post(ADD, values(**wrong))

    assert response.status_code == 422
    assert ApiToken.objects.count() == 0


def test_the_list_finds_keys_and_offers_to_revoke(boss, fresh):
    client = fresh(boss)
    token, _key = make_token(boss, "leads:read", name="Website")
    make_token(boss, "leads:read", name="Other")

    rows = client.get("/settings/tokens/?q=webs").context["page"].rows
    client.post(f"/settings/tokens/{token.public_id}/revoke/")

    assert rows == [token]
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None
    assert AuditEntry.objects.get().event == "token.revoked"


@pytest.mark.case("Z10")
def test_a_key_dies_with_its_time_its_revocation_and_its_owner(boss, now):
    by = user_actor(boss)
    owner = make_user(Role.ADMIN, password="x")
    _live, key = make_token(owner, "leads:read", expires_at=now + timedelta(days=1))
    revoked, revoked_key = make_token(owner, "leads:read", expires_at=now + timedelta(days=1))
    revoke_tokens([revoked.pk], by=by, as_of=now)

    assert find_token(key, as_of=now) is not None
    assert find_token(revoked_key, as_of=now) is None
    assert find_token(key, as_of=now + timedelta(days=1)) is None
    assert find_token(key + "x", as_of=now) is None

    deactivate_people([owner.pk], by=by, as_of=now)
    assert find_token(key, as_of=now) is None


@pytest.mark.case("Z10")
def test_a_key_loses_what_its_owner_loses_and_gains_nothing(boss, now):
    owner = make_user(Role.ADMIN, team=make_team())
    token, _key = make_token(owner, "leads:read", "leads:export", lead_scope=LeadScope.ALL)
    narrow, _key = make_token(owner, "leads:read", lead_scope=LeadScope.OWN)

    change_person(
        owner.pk, name="X", role="viewer", team=owner.team, by=user_actor(boss), as_of=now
    )
    token.owner = narrow.owner = User.objects.get(pk=owner.pk)

    assert token_actor(token).rights == {Right.LEADS_READ}
    assert token_actor(token).lead_scope == LeadScope.ALL
    assert token_actor(narrow).lead_scope == LeadScope.OWN


@pytest.mark.parametrize(
    ("address", "opens"),
    [("192.0.2.7", True), ("192.0.3.7", False), ("2001:db8::1", True), ("", False)],
)
def test_a_key_bound_to_networks_opens_from_there_only(boss, now, address, opens):
    _token, key = make_token(
        boss,
        "leads:read",
        allowed_networks=["192.0.2.0/24", "2001:db8::1"],
        expires_at=now + timedelta(days=1),
    )

    assert (find_token(key, as_of=now, address=address) is not None) is opens


def test_only_an_administrator_makes_keys(db, now):
    marketer = user_actor(make_user(Role.MARKETER))

    with pytest.raises(NotAllowedError):
        create_token(
            name="X",
            scopes=["leads:read"],
            expires_at=now + timedelta(days=1),
            by=marketer,
            as_of=now,
        )

    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["nonsense"]}, "bad_scope"),
        ({"expires_at": timedelta(0)}, "bad_expiry"),
        ({"expires_at": timedelta(days=366)}, "bad_expiry"),
    ],
)
def test_the_action_refuses_what_the_form_would(boss, now, change, code):
    given = {"name": "X", "scopes": [ApiScope.LEADS_READ], "expires_at": timedelta(days=1)}
    given |= change
    given["expires_at"] = now + given["expires_at"]

    with pytest.raises(DomainError) as refused:
        create_token(**given, by=user_actor(boss), as_of=now)

    assert refused.value.code == code


def test_the_last_use_is_noted_to_the_minute(boss, now):
    token, _key = make_token(boss, "leads:read")

    note_use(token, as_of=now)
    token.refresh_from_db()
    note_use(token, as_of=now + timedelta(seconds=59))

    assert ApiToken.objects.get().last_used_at == now
    note_use(token, as_of=now + timedelta(seconds=61))
    assert ApiToken.objects.get().last_used_at == now + timedelta(seconds=61)


def test_the_page_is_for_administrators(marketer, fresh):
    assert fresh(marketer).get("/settings/tokens/").status_code == 403
    assert Client().get("/settings/tokens/").status_code == 302
