"""What the database itself keeps of the audit log, beside the tables."""

# No way round it, not even for merging and erasing: an entry keeps ids and what was done.
APPEND_ONLY = """
CREATE FUNCTION leadcrm_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
FOR EACH ROW EXECUTE FUNCTION leadcrm_audit_append_only();
"""

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

FIRST_HEAD = """
INSERT INTO accounts_audithead (id, entries, newest_id, newest_hash) VALUES (1, 0, NULL, '');
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
