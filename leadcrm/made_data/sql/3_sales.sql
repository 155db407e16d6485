-- What sales was handed, answered, plans and sells.

INSERT INTO leads_episode (id, lead_id, number, channel, source_detail, opened_at, closed_at)
SELECT episode_id, made.id, 1, channel, source, created_at,
    CASE WHEN second IS NOT NULL THEN stage_at END
FROM made JOIN origin USING (number)
UNION ALL
SELECT episode_id + %(leads)s, made.id, 2, channel, source, stage_at, NULL
FROM made JOIN origin USING (number) WHERE second IS NOT NULL;

INSERT INTO leads_stagechange (lead_id, episode_id, from_stage, to_stage, other_reason, at,
    actor_kind, actor_id, actor_label, rule, reason, score, fit, engagement)
SELECT lead_id, episode_id, coalesce(from_stage, ''), to_stage, reason, at,
    CASE WHEN rep.id IS NULL OR to_stage IN ('subscriber', 'lead', 'mql') THEN 'system'
        ELSE 'user' END,
    CASE WHEN to_stage NOT IN ('subscriber', 'lead', 'mql') THEN rep.id END,
    CASE WHEN rep.id IS NULL OR to_stage IN ('subscriber', 'lead', 'mql') THEN 'scoring'
        ELSE rep.name END,
    '', '', 0, 0, 0
FROM step LEFT JOIN rep ON rep.number = step.rep
ORDER BY at, place;

-- A lead that became MQL was offered to its owner, or to the team where nobody has it.
CREATE TEMP TABLE offer AS
SELECT %(first_handoff)s + row_number() OVER (ORDER BY step.at, step.lead_id) AS id, step.number,
    step.lead_id, step.episode_id,
    CASE WHEN answer.at IS NULL THEN rep.id ELSE coalesce(rep.id, anybody.id) END AS to_user_id,
    coalesce(rep.name, anybody.name) AS to_name,
    coalesce(rep.team_id, anybody.team_id) AS to_team_id, step.at AS offered_at,
    answer.at AS answered_at,
    CASE WHEN answer.at IS NULL THEN 'offered' WHEN answer.to_stage = 'lead' THEN 'rejected'
        ELSE 'accepted' END AS state
FROM step
LEFT JOIN step AS answer ON answer.number = step.number AND answer.place = step.place + 1
LEFT JOIN rep ON rep.number = step.rep
JOIN rep AS anybody ON anybody.number = 1 + step.number %% (SELECT count(*) FROM rep)
WHERE step.to_stage = 'mql';

INSERT INTO handoff_handoff (id, public_id, lead_id, episode_id, origin, state, actor_kind,
    actor_label, to_user_id, to_team_id, assignment_reason, briefing, offered_at, due_at,
    accepted_at, rejected_at, answered_by_id, reject_reason, answer_text)
SELECT id, pg_temp.uuid(number, 'handoff'), lead_id, episode_id, 'rule', state, 'system', 'scoring',
    to_user_id, to_team_id, '{"en": "In turn", "de": "Der Reihe nach"}', '{}', offered_at,
    offered_at + interval '30 days',
    CASE WHEN state = 'accepted' THEN answered_at END,
    CASE WHEN state = 'rejected' THEN answered_at END,
    CASE WHEN state <> 'offered' THEN to_user_id END,
    CASE WHEN state = 'rejected' THEN 'too_early' ELSE '' END, ''
FROM offer ORDER BY id;

INSERT INTO handoff_task (public_id, lead_id, assignee_id, kind, title, due_at, priority, origin,
    created_at)
SELECT pg_temp.uuid(made.number, 'task'), made.id, rep.id, 'call', '',
    %(as_of)s + interval '1 day' * (14 * pg_temp.draw(made.number, 'task due') - 4), 2, 'person',
    stage_at
FROM made JOIN rep ON rep.number = made.rep
WHERE in_work AND pg_temp.draw(made.number, 'task') < 0.7
ORDER BY made.id;

INSERT INTO handoff_opportunity (public_id, lead_id, episode_id, name, owner_id, stage, stage_at,
    amount, currency, closes_on, offer_sent_at, won_at, lost_reason, lost_text, price_tolerance,
    delivery_tolerance, created_at, updated_at, version)
SELECT pg_temp.uuid(made.number, 'deal'), made.id, deal.episode_id, 'Dachanlage', rep.id,
    CASE WHEN won.at IS NULL THEN 'proposal' ELSE 'won' END, coalesce(won.at, deal.at),
    500 * (1 + floor(80 * power(pg_temp.draw(made.number, 'amount'), 3))), 'EUR', NULL, deal.at,
    won.at, '', '', '', '', deal.at, coalesce(won.at, deal.at), 1
FROM made
JOIN step AS deal ON deal.number = made.number AND deal.to_stage = 'opportunity'
LEFT JOIN step AS won ON won.number = made.number AND won.to_stage = 'customer'
LEFT JOIN rep ON rep.number = made.rep
ORDER BY made.id;
