-- The timeline: what follows from the rows before, and what visitors did to fill up the number.

CREATE TEMP TABLE event AS
SELECT id AS lead_id, 'lead.created' AS kind, created_at AS at,
    jsonb_build_object('channel', channel, 'source', source) AS data
FROM made JOIN origin USING (number)
UNION ALL
SELECT lead_id, 'lead.stage_changed', at, jsonb_build_object('from', from_stage, 'to', to_stage,
    'reason', '', 'rule', '', 'other_reason', reason, 'score', 0)
FROM step WHERE from_stage IS NOT NULL
UNION ALL
SELECT id, 'episode.opened', stage_at,
    jsonb_build_object('number', 2, 'channel', channel, 'source', source)
FROM made JOIN origin USING (number) WHERE second IS NOT NULL
UNION ALL
SELECT id, CASE state WHEN 'granted' THEN 'consent.granted' WHEN 'pending' THEN 'consent.requested'
    ELSE 'consent.withdrawn' END, at,
    jsonb_build_object('purpose', purpose, 'channel', channel, 'state', state)
FROM declared
UNION ALL
SELECT lead_id, 'handoff.offered', offered_at, jsonb_build_object('to_name', to_name) FROM offer
UNION ALL
SELECT lead_id, 'handoff.' || state, answered_at, jsonb_build_object('to_name', to_name)
FROM offer WHERE state <> 'offered';

INSERT INTO leads_activity (lead_id, kind, occurred_at, recorded_at, actor_kind, actor_label, data,
    is_machine)
SELECT lead_id, kind, at, at, 'system', 'scoring', data, false FROM event;

-- A third of it is done by every seventh lead. Only who allowed it is followed on the website, and
-- only who agreed gets mails; leads of sales did it lately, the others soon after they came.
CREATE OR REPLACE FUNCTION pg_temp.doer(number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN pg_temp.draw($1, 'busy') < 0.33
        THEN 1 + 7 * floor(pg_temp.draw($1, 'doer') * ceil(%(leads)s / 7.0))::bigint
        ELSE 1 + floor(pg_temp.draw($1, 'doer') * %(leads)s)::bigint END
$$;

INSERT INTO leads_activity (lead_id, kind, occurred_at, recorded_at, actor_kind, actor_label, data,
    is_machine)
SELECT lead_id, kind, at, at, 'visitor', 'visitor',
    CASE kind
        WHEN 'page.visited' THEN (%(pages)s::jsonb[])[1 + floor(detail * CASE WHEN before_mql
            THEN %(cheap_pages)s ELSE cardinality(%(pages)s) END)::int]
        WHEN 'form.submitted' THEN '{"form_name": "Kontakt", "form_kind": "contact"}'
        ELSE jsonb_build_object('subject', pg_temp.pick(%(subjects)s, detail)) END,
    kind = 'email.opened' AND detail < 0.3
FROM (
    SELECT id AS lead_id, before_mql, detail,
        CASE WHEN is_tracked AND (newsletter <> 'granted' OR drawn < 0.6)
                THEN CASE WHEN drawn > 0.03 THEN 'page.visited' ELSE 'form.submitted' END
            WHEN newsletter <> 'granted' OR drawn > 0.985 THEN 'form.submitted'
            WHEN drawn > 0.93 THEN 'email.clicked'
            WHEN drawn > 0.81 THEN 'email.opened' ELSE 'email.sent' END AS kind,
        date_trunc('second', created_at + (%(as_of)s - created_at)
            * power(moment, CASE WHEN in_work THEN 0.3 ELSE 1.5 END)) AS at
    FROM (
        SELECT pg_temp.draw(deed, 'kind') AS drawn, pg_temp.draw(deed, 'detail') AS detail,
            pg_temp.draw(deed, 'when') AS moment, pg_temp.doer(deed) AS number
        FROM generate_series(1::bigint, %(activities)s - (SELECT count(*) FROM event)) AS deed
        OFFSET 0  -- so that each is drawn once, and not wherever it is used
    ) AS deed
    JOIN made USING (number)
    OFFSET 0
) AS done;
