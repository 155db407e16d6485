import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.action import writing
from capture.verdict import crowds
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db

# Submissions that have nothing in common with each other, as in a busy hour.
_MANY_OTHERS = """
    INSERT INTO capture_submission (id, form_public_id, body, body_hash, content_type, headers, ip,
        user_agent, page_url, received_at, state, verdict, errors, email_key, content_key, proof,
        released_by, is_sample)
    SELECT gen_random_uuid(), form_public_id, body, body_hash, content_type, headers,
        '10.0.0.0'::inet + number, user_agent, page_url,
        received_at - number * interval '1 second', state, verdict, errors, email_key || number,
        repeat('a', 50) || number, 'proof' || number, released_by, is_sample
    FROM capture_submission, generate_series(1, 5000) number
"""


def test_what_came_before_a_submission_is_found_by_indexes_alone():
    key = submit(make_form()).pk
    with writing("scene"), connection.cursor() as cursor:
        cursor.execute(_MANY_OTHERS)
        cursor.execute("ANALYZE capture_submission")

    with CaptureQueriesContext(connection) as queries:
        crowds([key])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert len(queries) == 1
    assert "Seq Scan" not in plan
    for index in ("submission_ip", "submission_email", "submission_content", "submission_proof"):
        assert index in plan
