-- Companies, by what leads are known, and what they agreed to.

INSERT INTO leads_company (id, public_id, name, name_key, domain, industry, employees, country,
    is_sample, created_at)
SELECT %(first_company)s + number, pg_temp.uuid(number, 'company'), name, lower(name),
    'firma' || %(first_company)s + number || '.example', '', NULL, 'DE', false,
    %(as_of)s::timestamptz - interval '1095 days'
FROM generate_series(1::bigint, %(companies)s) AS number,
    LATERAL (SELECT pg_temp.pick(%(firm_words)s, pg_temp.draw(number, 'word')) || ' '
        || pg_temp.pick(%(firm_kinds)s, pg_temp.draw(number, 'kind')) || ' '
        || %(first_company)s + number || ' GmbH' AS name) AS named;

CREATE TEMP TABLE person AS
SELECT id, first_name, last_name,
    CASE WHEN has_email THEN replace(translate(lower(first_name || '.' || last_name),
            %(letters)s, %(plain_letters)s), '''', '') || id || '@'
        || CASE WHEN company_id IS NULL THEN 'mail.example'
            ELSE 'firma' || company_id || '.example' END ELSE '' END AS email,
    CASE WHEN NOT has_email OR pg_temp.draw(number, 'phone') < 0.4
        THEN '+49151' || lpad((id %% 100000000)::text, 8, '0') ELSE '' END AS phone
FROM made, LATERAL (
    SELECT pg_temp.draw(number, 'email') < 0.95 AS has_email,
        pg_temp.pick(%(first_names)s, pg_temp.draw(number, 'first name')) AS first_name,
        CASE WHEN pg_temp.draw(number, 'rare name') < 0.5
            THEN pg_temp.pick(%(last_names)s, pg_temp.draw(number, 'last name'))
            ELSE pg_temp.pick(%(name_stems)s, pg_temp.draw(number, 'stem'))
                || pg_temp.pick(%(name_endings)s, pg_temp.draw(number, 'ending')) END
        || CASE WHEN pg_temp.draw(number, 'two names') < 0.1
            THEN '-' || pg_temp.pick(%(last_names)s, pg_temp.draw(number, 'second name'))
            ELSE '' END AS last_name
) AS named;

INSERT INTO leads_identifier (lead_id, kind, value, normalised, is_valid, created_at)
SELECT made.id, kind, value, value, true, created_at
FROM made JOIN person USING (id),
    LATERAL (VALUES ('email', email), ('phone', phone)) AS known (kind, value)
WHERE value <> ''
ORDER BY made.id;

INSERT INTO leads_consent (lead_id, purpose, channel, state, since)
SELECT id, 'newsletter', 'email', newsletter,
    CASE WHEN newsletter = 'withdrawn' THEN stage_at + interval '1 minute' ELSE created_at END
FROM made WHERE newsletter <> ''
UNION ALL
SELECT id, 'tracking', 'web', 'granted', created_at FROM made WHERE is_tracked;

-- The log of a lead is a chain: each hash is that of leads.actions.consent.consent_hash.
CREATE OR REPLACE FUNCTION pg_temp.proof(previous text, lead_id bigint, purpose text, channel text, state text,
    at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(format(
        '["%%s", %%s, "%%s", "%%s", "%%s", "%%s+00:00", "visitor", null, {"form_name": "Newsletter"}]',
        $1, $2, $3, $4, $5, to_char($6 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')), 'UTF8')), 'hex')
$$;

CREATE TEMP TABLE declared AS
SELECT link.*, pg_temp.proof('', id, purpose, channel, state, at) AS event_hash
FROM (
    SELECT 1 AS link, id, 'tracking' AS purpose, 'web' AS channel, 'granted' AS state,
        created_at AS at, '' AS previous_hash
    FROM made WHERE is_tracked
    UNION ALL
    SELECT 1, id, 'newsletter', 'email', replace(newsletter, 'withdrawn', 'granted'), created_at, ''
    FROM made WHERE NOT is_tracked AND newsletter <> ''
) AS link;

INSERT INTO declared
SELECT link.*, pg_temp.proof(previous_hash, id, purpose, channel, state, at)
FROM (
    SELECT 2, made.id, 'newsletter', 'email', replace(newsletter, 'withdrawn', 'granted'),
        created_at, event_hash
    FROM declared JOIN made USING (id) WHERE newsletter <> '' AND is_tracked
) AS link (link, id, purpose, channel, state, at, previous_hash);

INSERT INTO declared
SELECT link.*, pg_temp.proof(previous_hash, id, purpose, channel, state, at)
FROM (
    SELECT 3, made.id, 'newsletter', 'email', newsletter, stage_at + interval '1 minute', event_hash
    FROM declared JOIN made USING (id) WHERE newsletter = 'withdrawn' AND purpose = 'newsletter'
) AS link (link, id, purpose, channel, state, at, previous_hash);

INSERT INTO leads_consentevent (lead_id, purpose, channel, state, at, actor_kind, actor_label,
    evidence, previous_hash, event_hash)
SELECT id, purpose, channel, state, at, 'visitor', 'visitor', '{"form_name": "Newsletter"}',
    previous_hash, event_hash
FROM declared ORDER BY link, at;
ANALYZE declared;
