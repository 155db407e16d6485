from django.db import migrations

# No way round it, not even for merging and erasing: an entry keeps ids and what was done.
FUNCTION = """
CREATE FUNCTION leadcrm_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_and_organisation")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION leadcrm_audit_append_only()"),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_auditentry "
            "FOR EACH ROW EXECUTE FUNCTION leadcrm_audit_append_only()",
            "DROP TRIGGER append_only ON accounts_auditentry",
        ),
    ]
