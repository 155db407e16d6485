"""Leads by the hundred thousand, written by the database itself."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from accounts.action import writing


def make_leads(
    count: int, *, as_of: datetime, kinds: Sequence[str] = (), stage: str = "customer"
) -> None:
    """Make ``count`` leads with an address each, and ten activities each where ``kinds`` are given.

    ``kinds`` are ten; the activities lie five days apart and end at ``as_of``.
    """
    with connection.cursor() as cursor, writing("made leads"):
        cursor.execute(MAKE_FIELD)
        cursor.execute(MAKE_LEADS, {"count": count, "stage": stage})
        cursor.execute(MAKE_IDENTIFIERS)
        if kinds:
            cursor.execute(MAKE_ACTIVITIES, {"now": as_of, "kinds": list(kinds)})
        cursor.execute("ANALYZE")


def spread_leads() -> None:
    """Give the leads stages, scores, temperatures and times as a year would."""
    with connection.cursor() as cursor, writing("made leads"):
        cursor.execute(SPREAD)
        cursor.execute("ANALYZE leads_lead")


MAKE_FIELD = """
    INSERT INTO leads_fielddefinition (public_id, key, field_type, label_de, label_en, choices,
        is_sensitive, is_active, position, is_sample)
    VALUES (gen_random_uuid(), 'employees', 'number', 'Mitarbeiter', 'Employees', '[]', false,
        true, 0, false)
"""
MAKE_LEADS = """
    INSERT INTO leads_lead (public_id, salutation, first_name, last_name, email, is_email_valid,
        phone, is_phone_valid, job_title, street, postal_code, city, country, language, time_zone,
        website, custom, first_channel, first_channel_at, source_detail, acquisition_type,
        is_sales_sourced, stage, stage_at, other_reason, score, fit, engagement, grade,
        temperature, last_activity_at, preferred_channel, is_sample, created_at, updated_at,
        version)
    SELECT gen_random_uuid(), '', 'Ada', 'Muster' || n,
        'ada' || n || CASE WHEN n %% 4 = 0 THEN '@mail.example' ELSE '@firma.example' END, true,
        CASE WHEN n %% 3 = 0 THEN '+49 30 901820' ELSE '' END, true,
        (ARRAY['Leiter Einkauf', 'CEO', 'Assistenz', 'Leiterin IT', ''])[1 + n %% 5],
        '', '', 'Berlin', (ARRAY['DE', 'AT', 'CH', 'US'])[1 + n %% 4],
        CASE WHEN n %% 2 = 0 THEN 'de' ELSE 'en' END, '', '',
        jsonb_build_object('employees', n %% 500),
        (ARRAY['website', 'webinar', 'referral'])[1 + n %% 3], now() - interval '200 days', '', '',
        false, %(stage)s, now(), '', 0, 0, 0, '', 'cold', '2026-10-30', '', false, now(), now(), 1
    FROM generate_series(1, %(count)s) AS n
"""
MAKE_IDENTIFIERS = """
    INSERT INTO leads_identifier (lead_id, kind, value, normalised, is_valid, created_at)
    SELECT id, 'email', email, email, true, now() FROM leads_lead
    UNION ALL
    SELECT id, 'phone', phone, '+4930' || id, true, now() FROM leads_lead WHERE phone <> ''
"""
MAKE_ACTIVITIES = """
    INSERT INTO leads_activity (lead_id, kind, occurred_at, recorded_at, actor_kind, actor_label,
        data, is_machine)
    SELECT lead.id, (%(kinds)s::text[])[1 + (lead.id + n) %% 10],
        %(now)s::timestamptz - (n * 5 || ' days')::interval,
        %(now)s::timestamptz - (n * 5 || ' days')::interval,
        'visitor', '', '{"path": "/preise", "form": "kontakt"}', n %% 10 = 0
    FROM leads_lead AS lead, generate_series(1, 10) AS n
"""
SPREAD = """
    UPDATE leads_lead SET
        stage = (ARRAY['subscriber', 'lead', 'lead', 'lead', 'mql', 'sql', 'opportunity',
            'customer', 'other', 'lead'])[1 + id % 10],
        other_reason = CASE WHEN id % 10 = 8 THEN 'lost' ELSE '' END,
        score = id * 7919 % 100,
        temperature = (ARRAY['cold', 'cold', 'cold', 'warm', 'hot'])[1 + id % 5],
        city = (ARRAY['Berlin', 'München', 'Köln', 'Ulm', 'Bonn', 'Leipzig'])[1 + id % 6],
        created_at = created_at - (id * 31 % 365 || ' days')::interval,
        last_activity_at = now() - (id * 17 % 300 || ' days')::interval
"""
