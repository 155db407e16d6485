from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.actions.people import (
    change_person,
    deactivate_people,
    invite_person,
    reactivate_people,
    renew_invitations,
)
from accounts.actor import user_actor
from accounts.models import AccountMail, AuditEntry, User
from accounts.rights import Role
from accounts.tokens import find_token
from ground.errors import DomainError, NotAllowedError
from tests.factories import make_team, make_token, make_user


@pytest.fixture
def boss(db) -> User:
    """An administrator who can log in."""
    return make_user(Role.ADMIN, name="Berta Boss", password="correct horse")


@pytest.fixture
def by(boss):
    return user_actor(boss)


def test_an_invited_person_cannot_log_in_yet_and_gets_a_mail(by, now):
    person = invite_person(email="Neu@Example.org ", name="Nele", role="viewer", by=by, as_of=now)

    person.refresh_from_db()
    assert (person.email, person.has_joined, person.invited_at) == ("neu@example.org", False, now)
    assert AccountMail.objects.get().kind == "invitation"
    assert AuditEntry.objects.get().event == "person.invited"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"email": "taken@example.org"}, "email_taken"), ({"role": "king"}, "unknown_role")],
)
def test_a_wrong_invitation_changes_nothing(by, now, values, code):
    make_user(email="taken@example.org")
    given = {"email": "neu@example.org", "name": "Nele", "role": "viewer", **values}

    with pytest.raises(DomainError) as refused:
        invite_person(**given, by=by, as_of=now)

    assert refused.value.code == code
    assert User.objects.count() == 2
    assert AccountMail.objects.count() == 0


def test_a_new_invitation_makes_the_old_link_useless(by, now):
    person = invite_person(email="neu@example.org", name="Nele", role="viewer", by=by, as_of=now)
    joined = make_user(password="correct horse")

    renewed = renew_invitations([person.pk, joined.pk], by=by, as_of=now)

    assert [user.pk for user in renewed] == [person.pk]
    assert User.objects.get(pk=person.pk).invitation_nonce != person.invitation_nonce


@pytest.mark.case("Z10")
def test_another_role_or_team_ends_the_sessions(by, now, rep):
    change_person(rep.pk, name=rep.name, role="viewer", team=rep.team, by=by, as_of=now)

    changed = User.objects.get(pk=rep.pk)
    assert (changed.role, changed.session_number) == ("viewer", 2)
    assert changed.get_session_auth_hash() != rep.get_session_auth_hash()
    assert AuditEntry.objects.get().data == {"role": ["sales_rep", "viewer"]}


def test_another_name_keeps_the_sessions(by, now, rep):
    change_person(rep.pk, name="Rita Neu", role=rep.role, team=rep.team, by=by, as_of=now)

    assert User.objects.get(pk=rep.pk).session_number == 1


def test_changing_nothing_is_not_recorded(by, now, rep):
    change_person(rep.pk, name=rep.name, role=rep.role, team=rep.team, by=by, as_of=now)

    assert AuditEntry.objects.count() == 0


@pytest.mark.case("Z15")
def test_the_last_administrator_cannot_give_up_the_role(boss, by, now):
    invite_person(email="zweite@example.org", name="Zoe", role=Role.ADMIN, by=by, as_of=now)

    with pytest.raises(DomainError) as refused:
        change_person(boss.pk, name=boss.name, role="viewer", team=None, by=by, as_of=now)

    assert refused.value.code == "last_admin"
    assert User.objects.get(pk=boss.pk).role == Role.ADMIN


@pytest.mark.case("Z15")
def test_the_last_administrator_cannot_be_deactivated(boss, by, now, rep):
    with pytest.raises(DomainError) as refused:
        deactivate_people([rep.pk, boss.pk], by=by, as_of=now)

    assert refused.value.code == "last_admin"
    assert User.objects.filter(is_active=True).count() == 2


def test_one_of_two_administrators_may_leave(boss, by, now):
    second = make_user(Role.ADMIN, password="correct horse")

    deactivate_people([boss.pk], by=user_actor(second), as_of=now)

    assert not User.objects.get(pk=boss.pk).is_active


def test_deactivating_twice_is_recorded_once(by, now, rep):
    assert [user.pk for user in deactivate_people([rep.pk], by=by, as_of=now)] == [rep.pk]
    assert deactivate_people([rep.pk], by=by, as_of=now) == []

    assert AuditEntry.objects.filter(event="person.deactivated").count() == 1


def test_somebody_who_comes_back_has_the_role_they_had(by, now, rep):
    deactivate_people([rep.pk], by=by, as_of=now)

    reactivate_people([rep.pk], by=by, as_of=now)

    back = User.objects.get(pk=rep.pk)
    assert (back.is_active, back.role) == (True, "sales_rep")


@pytest.mark.case("Z10")
def test_the_keys_of_somebody_who_comes_back_stay_revoked(by, now, rep):
    token, key = make_token(rep, "leads:read")
    deactivate_people([rep.pk], by=by, as_of=now)

    reactivate_people([rep.pk], by=by, as_of=now)

    token.refresh_from_db()
    assert (find_token(key, as_of=now), token.revoked_at) == (None, now)
    events = list(AuditEntry.objects.order_by("pk").values_list("event", flat=True))
    assert events == ["token.revoked", "person.deactivated", "person.reactivated"]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_only_administrators_manage_people(role, now, rep):
    by = user_actor(make_user(role))

    for attempt in (
        lambda: invite_person(email="a@b.de", name="A", role="viewer", by=by, as_of=now),
        lambda: change_person(rep.pk, name="B", role="admin", team=None, by=by, as_of=now),
        lambda: deactivate_people([rep.pk], by=by, as_of=now),
        lambda: reactivate_people([rep.pk], by=by, as_of=now),
        lambda: renew_invitations([rep.pk], by=by, as_of=now),
    ):
        with pytest.raises(NotAllowedError):
            attempt()

    assert AuditEntry.objects.count() == 0
    assert User.objects.get(pk=rep.pk).role == "sales_rep"


def test_a_person_moves_to_another_team(by, now, rep):
    north = make_team("Nord")

    change_person(rep.pk, name=rep.name, role=rep.role, team=north, by=by, as_of=now)

    assert User.objects.get(pk=rep.pk).team == north


@pytest.mark.case("Z15")
@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_remove_each_other_at_once(now):
    first = make_user(Role.ADMIN, password="correct horse")
    second = make_user(Role.ADMIN, password="correct horse")
    start = Barrier(2)

    def remove(victim, by):
        start.wait()
        try:
            return len(deactivate_people([victim.pk], by=user_actor(by), as_of=now))
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(remove, (first, second), (second, first)))

    assert sorted(map(str, done)) == ["1", "last_admin"]
    assert User.objects.able_admins().count() == 1
