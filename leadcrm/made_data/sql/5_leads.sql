-- The leads themselves, last: by then it is known when each was last active.

INSERT INTO leads_lead (id, public_id, salutation, first_name, last_name, email, is_email_valid,
    phone, is_phone_valid, job_title, company_id, street, postal_code, city, country, language,
    time_zone, website, custom, first_channel, first_channel_at, source_detail, acquisition_type,
    is_sales_sourced, stage, stage_at, other_reason, score, fit, engagement, grade, temperature,
    last_activity_at, owner_id, team_id, owner_since, preferred_channel, is_sample, created_at,
    updated_at, version)
SELECT made.id, pg_temp.uuid(made.number, 'lead'), '', first_name, last_name, email, true, phone, true,
    CASE WHEN NOT before_mql AND pg_temp.draw(made.number, 'decides') < 0.6
        THEN pg_temp.pick(%(deciding_titles)s, pg_temp.draw(made.number, 'title'))
        ELSE pg_temp.pick(%(other_titles)s, pg_temp.draw(made.number, 'title')) END,
    company_id, '', split_part(place, ' ', 1), substr(place, 7),
    pg_temp.pick(%(countries)s, pg_temp.draw(made.number, 'country')),
    CASE WHEN pg_temp.draw(made.number, 'language') < 0.85 THEN 'de' ELSE 'en' END, '', '',
    jsonb_build_object(
        'employees', floor(CASE WHEN before_mql THEN 249 ELSE 2000 END
            * power(pg_temp.draw(made.number, 'employees'), 3)) + 1,
        'interest', pg_temp.pick(%(interests)s, pg_temp.draw(made.number, 'interest')))
        || CASE WHEN pg_temp.draw(made.number, 'plan') < 0.2 THEN jsonb_build_object('planned_purchase',
            (created_at + interval '200 days' * pg_temp.draw(made.number, 'planned'))::date) ELSE '{}' END,
    channel, created_at, source, '', false, stage, stage_at,
    CASE WHEN stage = 'other' THEN reason ELSE '' END, 0, 0, 0, '', 'cold', last_at, rep.id,
    coalesce(rep.team_id, offer.to_team_id), CASE WHEN rep.id IS NOT NULL THEN stage_at END, '',
    false, created_at, stage_at, 1
FROM made
JOIN person USING (id)
JOIN origin USING (number)
LEFT JOIN rep ON rep.number = made.rep
LEFT JOIN offer ON offer.lead_id = made.id AND offer.state = 'offered'
LEFT JOIN (
    SELECT lead_id, max(occurred_at) AS last_at FROM leads_activity
    WHERE kind = ANY (%(touches)s) AND NOT is_machine AND lead_id > %(first_lead)s GROUP BY lead_id
) AS touch ON touch.lead_id = made.id
ORDER BY made.id;

INSERT INTO leads_lead_tags (lead_id, tag_id)
SELECT id, (%(tag_ids)s::bigint[])[1 + floor(pg_temp.draw(made.number, 'tag')
    * cardinality(%(tag_ids)s::bigint[]))::int]
FROM made WHERE pg_temp.draw(made.number, 'tagged') < 0.2 ORDER BY id;

DROP TABLE way, rep, made, origin, step, person, declared, offer, event;
