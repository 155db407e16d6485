-- What every lead is like, drawn before anything is written. The same seed draws the same.

CREATE OR REPLACE FUNCTION pg_temp.draw(number bigint, topic text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended($1, hashtextextended($2, %(seed)s)) & 4503599627370495)::float8
        / 4503599627370496
$$;

CREATE OR REPLACE FUNCTION pg_temp.pick(words text[], drawn float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT $1[1 + floor($2 * cardinality($1))::int]
$$;

CREATE OR REPLACE FUNCTION pg_temp.uuid(number bigint, topic text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT md5(concat_ws(' ', %(seed)s, %(first_lead)s, $2, $1))::uuid
$$;

-- Through which stages leads go, and how many of them: each way holds from its share up to the next.
-- With `second` a new episode begins; `reason` is why a lead stands outside of the funnel.
CREATE TEMP TABLE way AS
SELECT row_number() OVER (ORDER BY share) AS number, share, stages, reason, second
FROM (VALUES
    (0.000, '{subscriber}'::text[], '', NULL::int),
    (0.300, '{lead}', '', NULL),
    (0.540, '{subscriber,lead}', '', NULL),
    (0.800, '{lead,mql}', '', NULL),
    (0.812, '{subscriber,lead,mql}', '', NULL),
    (0.820, '{lead,mql,lead}', '', NULL),
    (0.828, '{lead,mql,sql}', '', NULL),
    (0.838, '{lead,mql,sql,opportunity}', '', NULL),
    (0.846, '{lead,mql,sql,opportunity,customer}', '', NULL),
    (0.920, '{lead,mql,sql,opportunity,customer,promoter}', '', NULL),
    (0.928, '{lead,mql,sql,opportunity,customer,lead}', '', 6),
    (0.934, '{lead,mql,sql,other}', 'competitor', NULL),
    (0.940, '{lead,other}', 'no_interest', NULL),
    (0.970, '{lead,other}', 'no_fit', NULL),
    (0.985, '{other}', 'unconfirmed', NULL),
    (0.993, '{lead,mql,sql,opportunity,customer,other}', 'lost_customer', NULL)
) AS known (share, stages, reason, second);

CREATE TEMP TABLE rep AS
SELECT number, id, team_id, name
FROM unnest(%(rep_ids)s::bigint[], %(rep_teams)s::bigint[], %(rep_names)s::text[])
    WITH ORDINALITY AS known (id, team_id, name, number);

-- The oldest is three years old, and each month brings more than the one before.
CREATE TEMP TABLE made AS
WITH lead AS (
    SELECT number, %(first_lead)s + number AS id, %(first_episode)s + number AS episode_id,
        date_trunc('second', %(as_of)s::timestamptz - interval '1 hour'
            - interval '1095 days' * power(1 - number::float8 / %(leads)s, 1.3)) AS created_at,
        width_bucket(pg_temp.draw(number, 'way'),
            (SELECT array_agg(share::float8 ORDER BY share) FROM way)) AS way
    FROM generate_series(1::bigint, %(leads)s) AS number
),
gone AS (
    SELECT lead.*, stages, reason, second, stages[cardinality(stages)] AS stage,
        cardinality(stages) AS steps, 'mql' = ANY (stages) AS was_mql
    FROM lead JOIN way ON way.number = lead.way
)
SELECT gone.*,
    stage IN ('mql', 'sql', 'opportunity') AS in_work,
    stage IN ('subscriber', 'lead') AS before_mql,
    pg_temp.draw(gone.number, 'tracked') < 0.7 AS is_tracked,
    CASE WHEN pg_temp.draw(gone.number, 'agreed') < 0.70 THEN 'granted'
        WHEN pg_temp.draw(gone.number, 'agreed') < 0.78 THEN 'pending'
        WHEN pg_temp.draw(gone.number, 'agreed') < 0.84 THEN 'withdrawn' ELSE '' END AS newsletter,
    CASE WHEN pg_temp.draw(gone.number, 'company') < 0.75 THEN %(first_company)s + 1
        + floor(%(companies)s * power(pg_temp.draw(gone.number, 'which company'), 1.5))::bigint
        END AS company_id,
    CASE WHEN was_mql AND stage NOT IN ('lead', 'other') AND pg_temp.draw(gone.number, 'owned') < 0.9
        OR pg_temp.draw(gone.number, 'owned') > 0.995 THEN 1 + floor(
            pg_temp.draw(gone.number, 'rep') * (SELECT count(*) FROM rep))::bigint END AS rep,
    date_trunc('second', CASE WHEN steps = 1 THEN created_at
        WHEN stage IN ('mql', 'sql', 'opportunity') THEN greatest(
            created_at + (%(as_of)s - created_at) * 0.5,
            %(as_of)s - interval '21 days' * pg_temp.draw(gone.number, 'step'))
        ELSE created_at + (%(as_of)s - created_at)
            * (0.05 + 0.9 * pg_temp.draw(gone.number, 'step')) END) AS stage_at
FROM gone;

CREATE UNIQUE INDEX ON made (number);
ANALYZE made;

CREATE TEMP TABLE origin AS
SELECT number, pg_temp.pick(%(channels)s, pg_temp.draw(number, 'channel')) AS channel,
    pg_temp.pick(%(sources)s, pg_temp.draw(number, 'source')) AS source,
    pg_temp.pick(%(places)s, pg_temp.draw(number, 'place')) AS place
FROM made;

CREATE TEMP TABLE step AS
SELECT made.number, id AS lead_id, place, stages[place::int - 1] AS from_stage, step AS to_stage,
    CASE WHEN step = 'other' THEN reason ELSE '' END AS reason, rep,
    date_trunc('second', created_at
        + (stage_at - created_at) * ((place - 1)::float8 / greatest(1, steps - 1))) AS at,
    CASE WHEN place >= second THEN episode_id + %(leads)s ELSE episode_id END AS episode_id,
    place >= second AS is_second, place = steps AS is_last
FROM made, unnest(stages) WITH ORDINALITY AS walked (step, place);
ANALYZE step;
