"""The rules of ``bench_scoring`` as somebody would write them for just this model."""


def _fading(points: int, days: int) -> str:
    age = "(%(today)s::date - (occurred_at AT TIME ZONE 'Europe/Berlin')::date)"
    return f"round({points}00 * power(0.5::float8, {age} / {days}::float8))"


def _fades(points: int, days: int, kind: str, how: str = "sum") -> str:
    raw = f"{how}({_fading(points, days)}) FILTER (WHERE kind = '{kind}')"
    return f"floor(COALESCE({raw}, 0) / 100 + 0.5)"


# The points of who somebody is, in the leads ``ids`` that may be judged.
FIT = """
    CASE WHEN country = 'DE' THEN 12 ELSE 0 END
    + CASE WHEN country IN ('AT', 'CH') THEN 6 ELSE 0 END
    + CASE WHEN job_title ILIKE '%%leiter%%' THEN 9 ELSE 0 END
    + CASE WHEN job_title ILIKE '%%ceo%%' THEN 8 ELSE 0 END
    - CASE WHEN EXISTS (SELECT 1 FROM leads_identifier AS i WHERE i.lead_id = leads_lead.id
        AND i.kind = 'email' AND i.normalised LIKE '%%@mail.example') THEN 10 ELSE 0 END
    + CASE WHEN EXISTS (SELECT 1 FROM leads_identifier AS i WHERE i.lead_id = leads_lead.id
        AND i.kind = 'phone') THEN 4 ELSE 0 END
    + CASE WHEN (custom ->> 'employees')::numeric >= 50 THEN 7 ELSE 0 END
    + CASE WHEN (custom ->> 'employees')::numeric >= 250 THEN 5 ELSE 0 END
    + CASE WHEN first_channel IN ('webinar', 'referral') THEN 5 ELSE 0 END
    + CASE WHEN language = 'de' THEN 3 ELSE 0 END AS points
FROM leads_lead WHERE id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM leads_consent AS c WHERE c.lead_id = leads_lead.id
        AND c.purpose = 'profiling' AND c.state IN ('objected', 'withdrawn'))
"""

STATEMENT = f"""
    WITH fit AS (
        SELECT id, stage,
            COALESCE(last_activity_at, first_channel_at) AS last_activity_at,
            {FIT}
    ),
    did AS (
        SELECT lead_id,
            LEAST(24, {_fades(8, 30, "form.submitted")})
            + LEAST(15, {_fades(3, 14, "page.visited")})
            + LEAST(20, {_fades(5, 30, "email.clicked")})
            + LEAST(5, {_fades(1, 14, "email.opened")})
            + {_fades(9, 60, "email.replied")}
            - CASE WHEN bool_or(kind = 'email.unsubscribed') THEN 15 ELSE 0 END
            + CASE WHEN bool_or(kind = 'optin.confirmed') THEN 6 ELSE 0 END
            + {_fades(4, 90, "lead.satisfaction_given")}
            + CASE WHEN bool_or(kind = 'page.visited') THEN 2 ELSE 0 END
            + {_fades(7, 60, "form.submitted", "min")}
            AS points
        FROM leads_activity
        WHERE lead_id = ANY(%(ids)s::bigint[]) AND NOT is_machine AND occurred_at <= %(as_of)s
        GROUP BY lead_id
    ),
    axes AS MATERIALIZED (
        SELECT id AS lead_id, stage, last_activity_at,
            GREATEST(0, LEAST(50, fit.points)) AS fit,
            GREATEST(0, LEAST(50, COALESCE(did.points, 0)))::int AS engagement
        FROM fit LEFT JOIN did ON did.lead_id = fit.id
    ),
    new AS MATERIALIZED (
        SELECT *, fit + engagement AS total,
            CASE WHEN fit >= 35 THEN 'A' WHEN fit >= 20 THEN 'B' WHEN fit >= 10 THEN 'C'
                ELSE 'D' END
            || CASE WHEN engagement >= 35 THEN '1' WHEN engagement >= 20 THEN '2'
                WHEN engagement >= 10 THEN '3' ELSE '4' END AS grade,
            CASE WHEN fit + engagement >= 60
                    AND last_activity_at >= %(as_of)s - interval '14 days' THEN 'hot'
                WHEN fit + engagement >= 30
                    AND last_activity_at >= %(as_of)s - interval '60 days' THEN 'warm'
                ELSE 'cold' END AS temperature
        FROM axes
    ),
    changed AS (
        SELECT new.*, COALESCE(old.total, 0) AS was_total, COALESCE(old.fit, 0) AS was_fit,
            COALESCE(old.engagement, 0) AS was_engagement
        FROM new LEFT JOIN scoring_score AS old ON old.lead_id = new.lead_id
        WHERE old.id IS NULL OR (old.fit, old.engagement, old.total, old.grade, old.temperature)
            IS DISTINCT FROM (new.fit, new.engagement, new.total, new.grade, new.temperature)
    ),
    stored AS (
        INSERT INTO scoring_score (lead_id, model_id, version_id, fit, engagement, total, grade,
            temperature, is_fading, as_of)
        SELECT lead_id, version.model_id, version.id, fit, engagement, total, grade, temperature,
            true, %(as_of)s
        FROM changed, scoring_modelversion AS version WHERE version.state = 'active'
        ON CONFLICT (lead_id, model_id) DO UPDATE SET version_id = EXCLUDED.version_id,
            fit = EXCLUDED.fit, engagement = EXCLUDED.engagement, total = EXCLUDED.total,
            grade = EXCLUDED.grade, temperature = EXCLUDED.temperature, as_of = EXCLUDED.as_of
    ),
    logged AS (
        INSERT INTO scoring_scorechange (lead_id, version_id, at, reason, from_total, to_total,
            from_fit, to_fit, from_engagement, to_engagement)
        SELECT lead_id, version.id, %(as_of)s, 'request', was_total, total, was_fit, fit,
            was_engagement, engagement
        FROM changed, scoring_modelversion AS version WHERE version.state = 'active'
    )
    UPDATE leads_lead SET score = total, fit = changed.fit, engagement = changed.engagement,
        grade = changed.grade, temperature = changed.temperature
    FROM changed WHERE leads_lead.id = changed.lead_id
"""
