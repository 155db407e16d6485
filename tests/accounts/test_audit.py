import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.action import writing
from accounts.actions.teams import create_team
from accounts.actor import user_actor
from accounts.audit import NO_HASH, ChainReport, verify_chain
from accounts.models import AuditEntry


@pytest.fixture
def three_entries(admin, now):
    for name in ("Nord", "Süd", "West"):
        create_team(name=name, by=user_actor(admin), as_of=now)
    return list(AuditEntry.objects.order_by("id"))


def change_past_the_trigger(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER append_only")
        cursor.execute(statement, parameters)
        cursor.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER append_only")


def test_each_entry_carries_the_hash_of_the_one_before(three_entries):
    first, second, third = three_entries

    assert first.previous_hash == NO_HASH
    assert second.previous_hash == first.entry_hash
    assert third.previous_hash == second.entry_hash
    assert verify_chain() == ChainReport(entries=3)


def test_an_entry_says_who_did_what_to_which_thing_and_when(three_entries, admin, now):
    entry = three_entries[0]

    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("user", admin.pk, admin.name)
    assert (entry.event, entry.at) == ("team.created", now)
    assert entry.object_kind == "accounts.team"
    assert entry.data == {"name": "Nord"}


@pytest.mark.case("D08")
@pytest.mark.parametrize(
    "change", [lambda e: e.delete(), lambda e: e.save(update_fields=["event"])]
)
def test_the_database_refuses_to_change_or_delete_an_entry(three_entries, change):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(three_entries[1])

    assert AuditEntry.objects.count() == 3


@pytest.mark.case("D08")
def test_the_chain_finds_an_entry_that_was_edited_by_sql(three_entries):
    entry = three_entries[1]

    change_past_the_trigger(
        "UPDATE accounts_auditentry SET actor_label = 'Mallory' WHERE id = %s", entry.pk
    )

    assert verify_chain() == ChainReport(entries=1, broken_at=entry.pk)


@pytest.mark.case("D08")
def test_the_chain_finds_an_entry_that_was_deleted_by_sql(three_entries):
    change_past_the_trigger("DELETE FROM accounts_auditentry WHERE id = %s", three_entries[1].pk)

    assert verify_chain() == ChainReport(entries=1, broken_at=three_entries[2].pk)


def test_an_event_that_nobody_registered_is_not_recorded(admin, now):
    with pytest.raises(ValueError, match=r"tea\.drunk"):
        audit.record("tea.drunk", by=user_actor(admin), as_of=now)


def test_what_a_change_held_survives_the_database_unchanged(admin, now):
    data = {"text": "Grüße \x00 😀", "number": 1.10, "none": None, "list": [1, "2"]}

    with writing("scene"):
        audit.record("team.created", by=user_actor(admin), as_of=now, data=data)

    assert verify_chain() == ChainReport(entries=1)
    assert AuditEntry.objects.get().data == {**data, "text": "Grüße  😀"}
