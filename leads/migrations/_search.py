"""What the database itself keeps for the search by three letters, beside the tables (ADR 15)."""

# Every three letters in a row within a word, and the first one and two letters of each word after a
# blank: what the index of the search holds, which no index of PostgreSQL has without an extension.
# 0.02 ms for a lead: a loop calls no planner's machinery for each letter. The index holds a set, so
# that it needs no order.
GRAMS = """
CREATE FUNCTION leadcrm_grams(told text) RETURNS text[] LANGUAGE plpgsql
IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
    grams text[] := '{}';
    word text;
    follows_blank boolean := false;
BEGIN
    FOREACH word IN ARRAY string_to_array(told, ' ') LOOP
        IF follows_blank AND word <> '' THEN
            word := ' ' || word;
            grams := array_append(grams, left(word, 2));
        END IF;
        FOR place IN 1 .. length(word) - 2 LOOP
            grams := array_append(grams, substr(word, place, 3));
        END LOOP;
        follows_blank := true;
    END LOOP;
    RETURN nullif(grams, '{}');
END $$
"""

# What a lead is looked for by, each word after a blank, in the letters of normalise_name.
TOLD = """
CREATE FUNCTION leadcrm_told(lead_ids bigint[]) RETURNS TABLE (lead_id bigint, told text)
LANGUAGE sql STABLE AS $$
    SELECT lead.id, replace(lower(normalize(regexp_replace(' ' || concat_ws(' ', first_name,
               last_name, email, phone, company.name, street, postal_code, city, known.words),
               '\\s+', ' ', 'g'), NFKC)), 'ß', 'ss')
      FROM unnest($1) AS wanted (id)  -- an array would be read through for every row
      JOIN leads_lead AS lead ON lead.id = wanted.id
      LEFT JOIN leads_company AS company ON company.id = lead.company_id
      LEFT JOIN LATERAL (
               SELECT string_agg(normalised, ' ' ORDER BY identifier.id) AS words
                 FROM leads_identifier AS identifier
                WHERE identifier.lead_id = lead.id AND normalised <> lower(lead.email)
           ) AS known ON true
$$
"""

# Kept by the database itself, whoever writes, in the transaction of the change. A row is made with
# its lead; what follows only changes it, so that rows of a lead that is being deleted stay away.
TRIGGERS = """
CREATE FUNCTION leadcrm_tell_again(lead_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Two who change one lead at once: the second looks when the first is done.
    PERFORM FROM leads_searchtext
      WHERE lead_id IN (SELECT unnest($1)) ORDER BY lead_id FOR UPDATE;
    UPDATE leads_searchtext AS kept SET told = now_told.told
      FROM leadcrm_told($1) AS now_told
     WHERE kept.lead_id = now_told.lead_id AND kept.told <> now_told.told;
END $$;

CREATE FUNCTION leadcrm_tell_new_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_searchtext (lead_id, told)
    SELECT lead_id, told FROM leadcrm_told((SELECT array_agg(id) FROM added));
    RETURN NULL;
END $$;
CREATE TRIGGER search_text_added AFTER INSERT ON leads_lead
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_tell_new_leads();

CREATE FUNCTION leadcrm_tell_changed_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leadcrm_tell_again(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER search_text_changed
    AFTER UPDATE OF first_name, last_name, email, phone, company_id, street, postal_code, city
    ON leads_lead FOR EACH ROW
    WHEN ((OLD.first_name, OLD.last_name, OLD.email, OLD.phone, OLD.company_id, OLD.street,
           OLD.postal_code, OLD.city) IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.email,
           NEW.phone, NEW.company_id, NEW.street, NEW.postal_code, NEW.city))
    EXECUTE FUNCTION leadcrm_tell_changed_lead();

CREATE FUNCTION leadcrm_tell_known_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leadcrm_tell_again((SELECT array_agg(DISTINCT lead_id) FROM touched));
    RETURN NULL;
END $$;
CREATE TRIGGER search_text_added AFTER INSERT ON leads_identifier
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_tell_known_leads();
CREATE TRIGGER search_text_removed AFTER DELETE ON leads_identifier
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_tell_known_leads();
CREATE TRIGGER search_text_left AFTER UPDATE ON leads_identifier
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_tell_known_leads();
CREATE TRIGGER search_text_changed AFTER UPDATE ON leads_identifier
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_tell_known_leads();

CREATE FUNCTION leadcrm_tell_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leadcrm_tell_again((SELECT array_agg(id) FROM leads_lead WHERE company_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_text_changed AFTER UPDATE OF name ON leads_company FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION leadcrm_tell_company();
"""
