import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capture.verdict import crowds
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db


def test_what_came_before_a_submission_is_found_by_indexes_alone():
    key = submit(make_form()).pk
    with CaptureQueriesContext(connection) as queries:
        crowds([key])

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert len(queries) == 1
    assert "Seq Scan" not in plan
    for index in ("submission_ip", "submission_email", "submission_content", "submission_proof"):
        assert index in plan
