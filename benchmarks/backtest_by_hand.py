"""The past of the rules of ``bench_scoring`` as somebody would write it for just this model."""

from benchmarks.scoring_by_hand import FIT


def _fading(points: int, days: int) -> str:
    return f"round({points}00 * power(0.5::float8, (seat.today - did.day) / {days}::float8))"


def _sum(points: int, days: int, kind: str) -> str:
    raw = f"sum({_fading(points, days)}) FILTER (WHERE did.kind = '{kind}')"
    return f"floor(COALESCE({raw}, 0) / 100 + 0.5)"


STATEMENT = f"""
    WITH who AS MATERIALIZED (
        SELECT id, created_at,
            {FIT}
    ),
    stay AS (
        SELECT lead_id, to_stage, at AS from_at,
            lead(at) OVER (PARTITION BY lead_id ORDER BY at, id) AS until_at
        FROM leads_stagechange WHERE lead_id = ANY(%(ids)s::bigint[])
    ),
    seat AS MATERIALIZED (
        SELECT who.id AS lead_id, moment.at, moment.today
        FROM who JOIN stay ON stay.lead_id = who.id
            AND stay.to_stage IN ('subscriber', 'lead', 'mql')
        JOIN unnest(%(moments)s::timestamptz[], %(days)s::date[]) AS moment (at, today)
            ON moment.at >= GREATEST(stay.from_at, who.created_at)
            AND (stay.until_at IS NULL OR moment.at < stay.until_at)
    ),
    did AS MATERIALIZED (
        SELECT lead_id, kind, GREATEST(occurred_at, recorded_at) AS at,
            (occurred_at AT TIME ZONE 'Europe/Berlin')::date AS day
        FROM leads_activity
        WHERE lead_id = ANY(%(ids)s::bigint[]) AND NOT is_machine AND occurred_at <= %(last)s
    ),
    earned AS (
        SELECT seat.lead_id, seat.at,
            LEAST(24, {_sum(8, 30, "form.submitted")})
            + LEAST(15, {_sum(3, 14, "page.visited")})
            + LEAST(20, {_sum(5, 30, "email.clicked")})
            + LEAST(5, {_sum(1, 14, "email.opened")})
            + {_sum(9, 60, "email.replied")}
            - CASE WHEN bool_or(did.kind = 'email.unsubscribed') THEN 15 ELSE 0 END
            + CASE WHEN bool_or(did.kind = 'optin.confirmed') THEN 6 ELSE 0 END
            + {_sum(4, 90, "lead.satisfaction_given")}
            + CASE WHEN bool_or(did.kind = 'page.visited') THEN 2 ELSE 0 END
            + floor(COALESCE(min({_fading(7, 60)}) FILTER (WHERE did.kind = 'form.submitted'), 0)
                / 100 + 0.5)
            AS points
        FROM seat JOIN did ON did.lead_id = seat.lead_id AND did.at <= seat.at
        GROUP BY seat.lead_id, seat.at
    )
    SELECT count(*), sum(LEAST(100, GREATEST(0, LEAST(50, who.points))
        + GREATEST(0, LEAST(50, COALESCE(earned.points, 0)))))
    FROM seat JOIN who ON who.id = seat.lead_id
    LEFT JOIN earned ON earned.lead_id = seat.lead_id AND earned.at = seat.at
"""
