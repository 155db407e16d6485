from django.db import migrations, models

# Truncating passes by the triggers of rows: refused by the statement.
NO_TRUNCATE = """
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON accounts_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_audit_append_only();
"""

# How many entries were ever written and which is the newest, so that a cut-off end is noticed.
KEEP_HEAD = """
CREATE FUNCTION leadcrm_keep_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM added) THEN RETURN NULL; END IF;
    INSERT INTO accounts_audithead AS head (id, entries, newest_id, newest_hash)
    SELECT 1, count(*), max(id), (array_agg(entry_hash ORDER BY id DESC))[1] FROM added
    ON CONFLICT (id) DO UPDATE SET entries = head.entries + excluded.entries,
        newest_id = excluded.newest_id, newest_hash = excluded.newest_hash;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_head AFTER INSERT ON accounts_auditentry REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_keep_audit_head();
"""

# Made after the trigger, whose lock lets no entry be written in between.
FIRST_HEAD = """
INSERT INTO accounts_audithead (id, entries, newest_id, newest_hash)
SELECT 1, count(*), max(id), coalesce((array_agg(entry_hash ORDER BY id DESC))[1], '')
FROM accounts_auditentry;
"""

# The head is written by the trigger above and by no statement of its own.
GUARD_HEAD = """
CREATE FUNCTION leadcrm_guard_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') AND pg_trigger_depth() > 1 THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'the head of the audit log follows its entries'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_by_entries
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON accounts_audithead
FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_guard_audit_head();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_names")]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("entries", models.PositiveBigIntegerField()),
                ("newest_id", models.BigIntegerField(null=True)),
                ("newest_hash", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.AddConstraint(
            model_name="audithead",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="audithead_is_one"
            ),
        ),
        migrations.RunSQL(NO_TRUNCATE, "DROP TRIGGER no_truncate ON accounts_auditentry"),
        migrations.RunSQL(KEEP_HEAD, "DROP FUNCTION leadcrm_keep_audit_head() CASCADE"),
        migrations.RunSQL(FIRST_HEAD, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD_HEAD, "DROP FUNCTION leadcrm_guard_audit_head() CASCADE"),
    ]
