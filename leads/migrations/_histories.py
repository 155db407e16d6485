"""What the database itself keeps of histories, beside the tables."""

TABLES = ("leads_activity", "leads_stagechange", "leads_consentevent")

# A history can be added to and not changed. Merging, erasing and clearing sample data must move or
# remove rows; they say so for the length of their transaction with leadcrm.rewrite.
APPEND_ONLY = """
CREATE FUNCTION leadcrm_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('leadcrm.rewrite', true) IN ('merge', 'erase') THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def append_only(table: str) -> str:
    """Return the statement that lets rows of ``table`` be added and not changed."""
    return (
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION leadcrm_append_only()"
    )
