import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.action import writing
from accounts.actions.teams import create_team
from accounts.actor import user_actor
from accounts.audit import NO_HASH, ChainReport, verify_chain
from accounts.models import AuditEntry
from leadcrm.logs import formatter


@pytest.fixture
def three_entries(admin, now):
    for name in ("Nord", "Süd", "West"):
        create_team(name=name, by=user_actor(admin), as_of=now)
    return list(AuditEntry.objects.order_by("id"))


def change_past_the_triggers(statement, *parameters):
    with connection.cursor() as cursor:
        for table in ("accounts_auditentry", "accounts_audithead"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        for table in ("accounts_auditentry", "accounts_audithead"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


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

    change_past_the_triggers(
        "UPDATE accounts_auditentry SET actor_label = 'Mallory' WHERE id = %s", entry.pk
    )

    assert verify_chain() == ChainReport(entries=1, broken_at=entry.pk)


@pytest.mark.case("D08")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01T00:00:00Z"),
        ("actor_kind", "system"),
        ("actor_id", 0),
        ("actor_label", "Mallory"),
        ("event", "team.deleted"),
        ("object_kind", "accounts.user"),
        ("object_id", "0"),
        ("data", '{"name": "Ost"}'),
        ("previous_hash", "1" * 64),
        ("entry_hash", "1" * 64),
    ],
)
def test_the_chain_finds_every_column_that_was_edited_by_sql(three_entries, column, value):
    entry = three_entries[1]

    change_past_the_triggers(
        f"UPDATE accounts_auditentry SET {column} = %s WHERE id = %s",
        value,
        entry.pk,
    )

    assert verify_chain() == ChainReport(entries=1, broken_at=entry.pk)


def test_every_column_of_an_entry_is_tried():
    (tried,) = (
        mark.args[1]
        for mark in test_the_chain_finds_every_column_that_was_edited_by_sql.pytestmark
        if mark.name == "parametrize"
    )

    columns = {field.column for field in AuditEntry._meta.concrete_fields}

    assert columns == {column for column, _value in tried} | {"id"}


@pytest.mark.case("D08")
def test_the_chain_finds_an_entry_that_was_deleted_by_sql(three_entries):
    change_past_the_triggers("DELETE FROM accounts_auditentry WHERE id = %s", three_entries[1].pk)

    assert verify_chain() == ChainReport(entries=1, broken_at=three_entries[2].pk)


@pytest.mark.case("D08")
def test_the_chain_finds_an_end_that_was_cut_off_by_sql(three_entries):
    change_past_the_triggers("DELETE FROM accounts_auditentry WHERE id >= %s", three_entries[1].pk)

    assert verify_chain() == ChainReport(entries=1, is_cut=True)
    assert not audit.is_end_whole()


@pytest.mark.case("D08")
@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
def test_the_chain_finds_that_all_entries_are_gone(three_entries, verb):
    change_past_the_triggers(f"{verb} accounts_auditentry")

    assert verify_chain() == ChainReport(entries=0, is_cut=True)
    assert not audit.is_end_whole()


@pytest.mark.case("D08")
def test_an_end_that_was_cut_off_is_found_after_more_was_written(three_entries, admin, now):
    change_past_the_triggers("DELETE FROM accounts_auditentry WHERE id = %s", three_entries[2].pk)

    create_team(name="Ost", by=user_actor(admin), as_of=now)

    assert verify_chain() == ChainReport(entries=3, is_cut=True)


@pytest.mark.case("D08")
def test_a_newest_entry_that_was_written_anew_with_a_hash_that_fits_is_found(three_entries):
    newest = three_entries[2]
    newest.actor_label = "Mallory"

    change_past_the_triggers(
        "UPDATE accounts_auditentry SET actor_label = %s, entry_hash = %s WHERE id = %s",
        newest.actor_label,
        audit.hash_of(newest),
        newest.pk,
    )

    assert verify_chain() == ChainReport(entries=3, is_cut=True)


@pytest.mark.case("D08")
def test_a_log_without_its_head_is_not_whole(three_entries):
    assert audit.is_end_whole()

    change_past_the_triggers("DELETE FROM accounts_audithead")

    assert verify_chain() == ChainReport(entries=3, is_cut=True)
    assert not audit.is_end_whole()


@pytest.mark.case("D08")
def test_the_check_shows_the_newest_hash_and_says_that_the_end_is_missing(
    three_entries, admin, as_user
):
    first, _second, newest = three_entries

    whole = as_user(admin).get("/settings/audit/?check=1").content.decode()
    change_past_the_triggers("DELETE FROM accounts_auditentry WHERE id > %s", first.pk)
    cut = as_user(admin).get("/settings/audit/?check=1").content.decode()

    assert "The log is whole" in whole
    assert f"The newest is entry {newest.pk} with the hash {newest.entry_hash}." in whole
    assert "The log is whole" not in cut
    assert "1 entry is there, and the database remembers another end." in cut


@pytest.mark.case("D08")
def test_the_system_log_knows_each_entry_by_its_hash(
    admin, now, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        create_team(name="Nord", by=user_actor(admin), as_of=now)

    entry = AuditEntry.objects.get()
    lines = [formatter().format(record) for record in caplog.records]
    [line] = [line for line in lines if "audit_recorded" in line]
    assert f"entry={entry.pk} audit_event='team.created' hash='{entry.entry_hash}'" in line


@pytest.mark.case("D08")
def test_nothing_is_logged_of_an_entry_that_was_taken_back(
    admin, now, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        create_team(name="Nord", by=user_actor(admin), as_of=now)
        transaction.set_rollback(True)

    assert "audit_recorded" not in caplog.text
    assert verify_chain() == ChainReport(entries=0)


def test_an_event_that_nobody_registered_is_not_recorded(admin, now):
    with pytest.raises(ValueError, match=r"tea\.drunk"):
        audit.record("tea.drunk", by=user_actor(admin), as_of=now)


def test_what_a_change_held_survives_the_database_unchanged(admin, now):
    data = {"text": "Grüße \x00 😀", "number": 1.10, "none": None, "list": [1, "2"]}

    with writing("scene"):
        audit.record("team.created", by=user_actor(admin), as_of=now, data=data)

    assert verify_chain() == ChainReport(entries=1)
    assert AuditEntry.objects.get().data == {**data, "text": "Grüße  😀"}
