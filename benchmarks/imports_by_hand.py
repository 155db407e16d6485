"""What an import does, written by hand: COPY into a staging table, then one statement a table.

The rows of the file are kept with what became of them, as the product keeps them.
"""

STAGE = """
    CREATE TEMP TABLE staged (
        number serial, first_name text, last_name text, email text, phone text, company text,
        city text, country text, lead_id bigint, is_new boolean DEFAULT false
    ) ON COMMIT DROP
"""
COPY = """
    COPY staged (first_name, last_name, email, phone, company, city, country)
    FROM STDIN WITH (FORMAT csv, DELIMITER ';', HEADER true,
        FORCE_NOT_NULL (phone, company, city, country))
"""
# Each gets %(as_of)s.
STATEMENTS = (
    """
    INSERT INTO leads_company (public_id, name, name_key, domain, industry, country, is_sample,
        created_at)
    SELECT DISTINCT ON (lower(company)) gen_random_uuid(), company, lower(company), '', '', '',
        false, %(as_of)s::timestamptz
    FROM staged WHERE company <> '' ORDER BY lower(company)
    ON CONFLICT (name_key) DO NOTHING
    """,
    """
    UPDATE staged SET lead_id = known.lead_id FROM leads_identifier AS known
    WHERE known.kind = 'email' AND known.normalised = lower(staged.email)
    """,
    """
    UPDATE staged SET lead_id = nextval('leads_lead_id_seq'), is_new = true WHERE lead_id IS NULL
    """,
    """
    INSERT INTO leads_lead AS known (id, public_id, salutation, first_name, last_name, email,
        is_email_valid, phone, is_phone_valid, job_title, company_id, street, postal_code, city,
        country, language, time_zone, website, custom, first_channel, first_channel_at,
        source_detail, acquisition_type, is_sales_sourced, stage, stage_at, other_reason, score,
        fit, engagement, grade, temperature, preferred_channel, is_sample, created_at, updated_at,
        version)
    SELECT staged.lead_id, gen_random_uuid(), '', first_name, last_name, email, true, phone, true,
        '', company.id, '', '', city, staged.country, '', '', '', '{}', 'spreadsheet',
        %(as_of)s::timestamptz, '', '', false, 'lead', %(as_of)s::timestamptz, '', 0, 0, 0, '',
        'cold', '', false, %(as_of)s::timestamptz, %(as_of)s::timestamptz, 1
    FROM staged LEFT JOIN leads_company AS company ON company.name_key = lower(staged.company)
    ON CONFLICT (id) DO UPDATE SET
        first_name = COALESCE(NULLIF(known.first_name, ''), EXCLUDED.first_name),
        last_name = COALESCE(NULLIF(known.last_name, ''), EXCLUDED.last_name),
        phone = COALESCE(NULLIF(known.phone, ''), EXCLUDED.phone),
        city = COALESCE(NULLIF(known.city, ''), EXCLUDED.city),
        country = COALESCE(NULLIF(known.country, ''), EXCLUDED.country),
        company_id = COALESCE(known.company_id, EXCLUDED.company_id),
        updated_at = EXCLUDED.updated_at, version = known.version + 1
    WHERE known.first_name = '' AND EXCLUDED.first_name <> ''
        OR known.last_name = '' AND EXCLUDED.last_name <> ''
        OR known.phone = '' AND EXCLUDED.phone <> '' OR known.city = '' AND EXCLUDED.city <> ''
        OR known.country = '' AND EXCLUDED.country <> ''
        OR known.company_id IS NULL AND EXCLUDED.company_id IS NOT NULL
    """,
    """
    INSERT INTO leads_identifier (lead_id, kind, value, normalised, is_valid, created_at)
    SELECT lead_id, 'email', email, lower(email), true, %(as_of)s::timestamptz FROM staged
    UNION ALL
    SELECT lead_id, 'phone', phone, regexp_replace(phone, '[^+0-9]', '', 'g'), true,
        %(as_of)s::timestamptz FROM staged WHERE phone <> ''
    ON CONFLICT (kind, normalised) DO NOTHING
    """,
    """
    WITH opened AS (
        INSERT INTO leads_episode (lead_id, number, channel, source_detail, opened_at)
        SELECT lead_id, 1, 'spreadsheet', '', %(as_of)s::timestamptz FROM staged WHERE is_new
        RETURNING id, lead_id
    )
    INSERT INTO leads_stagechange (lead_id, episode_id, from_stage, to_stage, other_reason, at,
        actor_kind, actor_label, reason, rule, score, fit, engagement)
    SELECT lead_id, id, '', 'lead', '', %(as_of)s::timestamptz, 'system', 'by hand', '', '',
        0, 0, 0
    FROM opened
    """,
    """
    INSERT INTO leads_activity (lead_id, kind, occurred_at, recorded_at, actor_kind, actor_label,
        data, is_machine)
    SELECT lead_id, 'lead.created', %(as_of)s::timestamptz, %(as_of)s::timestamptz, 'system',
        'by hand', '{"channel": "spreadsheet", "source": ""}', false
    FROM staged WHERE is_new
    """,
    """
    INSERT INTO scoring_duescore (lead_id, due_at, attempts, generation, last_error)
    SELECT lead_id, %(as_of)s::timestamptz, 0, 0, '' FROM staged WHERE is_new
    ON CONFLICT (lead_id) DO UPDATE SET generation = scoring_duescore.generation + 1
    """,
    """
    INSERT INTO nurturing_duetrigger (lead_id, due_at, attempts, generation, last_error)
    SELECT lead_id, %(as_of)s::timestamptz, 0, 0, '' FROM staged WHERE is_new
    ON CONFLICT (lead_id) DO UPDATE SET generation = nurturing_duetrigger.generation + 1
    """,
    """
    WITH file AS (
        INSERT INTO capture_leadimport (public_id, file_name, file_hash, header, mapping, state,
            row_count, encoding, created_at, started_at, finished_at)
        SELECT gen_random_uuid(), 'leads.csv', '', '[]', '{}', 'finished', count(*), 'utf-8',
            %(as_of)s::timestamptz, %(as_of)s::timestamptz, %(as_of)s::timestamptz
        FROM staged
        RETURNING id
    )
    INSERT INTO capture_importrow (lead_import_id, number, cells, outcome, lead_id, problems,
        changes)
    SELECT file.id, number, jsonb_strip_nulls(jsonb_build_object(
            'Vorname', first_name, 'Nachname', last_name, 'E-Mail', email,
            'Telefon', NULLIF(phone, ''), 'Firma', NULLIF(company, ''), 'Ort', NULLIF(city, ''),
            'Land', NULLIF(country, ''))),
        CASE WHEN is_new THEN 'created' ELSE 'skipped' END, lead_id, '[]', '{}'
    FROM staged, file
    """,
)
