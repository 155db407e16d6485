"""Histories can be added to and not changed: the server itself refuses."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.action import writing
from tests.factories import make_lead
from tests.nurturing.scene import give_consent, make_organisation
from tests.scoring.scene import GERMAN, make_active, rescored

pytestmark = pytest.mark.django_db

HISTORIES = ["leads_activity", "leads_consentevent", "leads_stagechange", "scoring_scorechange"]
LOG = "accounts_auditentry"
HEAD = "accounts_audithead"
STATEMENTS = {
    "UPDATE": "UPDATE {} SET id = id",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {}",
    "INSERT": "INSERT INTO {} SELECT 1, 5, 5, '' ON CONFLICT DO NOTHING",
}


@pytest.fixture(autouse=True)
def _history() -> None:
    """One row at least in every table that keeps a history."""
    make_organisation()
    make_active(GERMAN)
    lead = make_lead(country="DE")
    give_consent(lead, "marketing")
    rescored(lead)


def change(table: str, verb: str) -> int:
    with writing("scene"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STATEMENTS[verb].format(table))
        return cursor.rowcount


def say(reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadcrm.rewrite', %s, true)", [reason])


def test_every_history_has_its_trigger():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'append_only' AND tgenabled = 'O' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]

    assert tables == [LOG, *HISTORIES]


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
@pytest.mark.parametrize("table", [LOG, *HISTORIES])
def test_history_cannot_be_rewritten(table, verb):
    with pytest.raises(IntegrityError, match="append-only"):
        change(table, verb)


@pytest.mark.parametrize("reason", ["merge", "erase"])
@pytest.mark.parametrize("table", HISTORIES)
def test_who_merges_or_erases_says_so_and_may(table, reason):
    say(reason)

    assert change(table, "UPDATE") >= 1


@pytest.mark.case("D08")
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("reason", ["merge", "erase"])
def test_the_audit_log_knows_no_exception(reason, verb):
    say(reason)

    with pytest.raises(IntegrityError, match="the audit log is append-only"):
        change(LOG, verb)


@pytest.mark.case("D08")
@pytest.mark.parametrize("verb", STATEMENTS)
def test_no_statement_but_that_of_an_entry_moves_the_head_of_the_audit_log(verb):
    with pytest.raises(IntegrityError, match="the head of the audit log follows its entries"):
        change(HEAD, verb)
