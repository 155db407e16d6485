import pytest
from django.db import connection

from accounts.action import writing
from accounts.models import Team, User
from accounts.write_guard import (
    WriteOutsideActionError,
    domain_tables,
    refuse_writes_outside_actions,
    written_tables,
)
from leads.models import Lead


@pytest.fixture
def guarded(db):
    with connection.execute_wrapper(refuse_writes_outside_actions):
        yield


@pytest.mark.parametrize(
    "write",
    [
        lambda: Team.objects.create(name="Nord"),
        lambda: Team.objects.bulk_create([Team(name="Nord")], ignore_conflicts=True),
        lambda: Team.objects.update(name="Nord"),
        lambda: Team.objects.all().delete(),
        lambda: User.objects.update(last_login=None, name="Eve"),
        lambda: Lead.tags.through.objects.all().delete(),
    ],
)
def test_a_write_outside_an_action_is_refused(guarded, team, write):
    with pytest.raises(WriteOutsideActionError):
        write()


def test_the_same_write_inside_an_action_goes_through(guarded):
    with writing("test"):
        Team.objects.create(name="Nord")

    assert Team.objects.count() == 1


def test_reading_and_locking_are_no_writes(guarded, rep, now):
    assert User.objects.select_for_update(of=("self",)).get(pk=rep.pk) == rep
    assert User.objects.select_for_update(no_key=True, skip_locked=True).count() == 1


def test_the_time_of_the_last_login_may_be_noted(guarded, rep, now):
    assert User.objects.filter(pk=rep.pk).update(last_login=now) == 1


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('INSERT INTO "accounts_team" ("name") VALUES (%s)', ["accounts_team"]),
        ("insert into accounts_team values (1)", ["accounts_team"]),
        ('UPDATE ONLY "accounts_team" SET "name" = %s', ["accounts_team"]),
        (
            'WITH x AS (DELETE FROM "leads_lead" RETURNING 1) INSERT INTO "accounts_team" SELECT 1',
            ["leads_lead", "accounts_team"],
        ),
        ('TRUNCATE "accounts_team"', ["accounts_team"]),
        ('SELECT "name" FROM "accounts_team" FOR UPDATE OF "accounts_team"', []),
        ('UPDATE "accounts_user" SET "last_login" = %s WHERE "id" = 1', []),
        ('UPDATE "accounts_user" SET "last_login" = %s, "role" = %s', ["accounts_user"]),
        ('UPDATE "django_session" SET "session_data" = %s', []),
        (
            'INSERT INTO "accounts_ratecount" (key) VALUES (1) ON CONFLICT (key) DO UPDATE SET a=1',
            [],
        ),
    ],
)
def test_the_written_tables_are_read_from_the_statement(sql, tables):
    assert written_tables(sql) == tables


def test_tables_of_leads_are_guarded_and_queues_are_not():
    assert {"leads_lead", "leads_lead_tags", "leads_activity"} <= domain_tables()
    assert not {"accounts_accountmail", "ground_tickrun", "django_session"} & domain_tables()
