import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.action import writing
from capture.guard.crowd import crowds
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db

# Things that came in and have nothing in common with each other, as in a busy hour.
_MANY_OTHERS = """
    INSERT INTO capture_sighting (key, door, place, at, ip, network, mailbox, text, proof, counts)
    SELECT key || number, door, place, at - number * interval '1 second',
        '10.0.0.0'::inet + number, network || number, mailbox || number,
        ARRAY[number, number + 100000, number + 200000]::bigint[], 'proof' || number, counts
    FROM capture_sighting, generate_series(1, 5000) number
"""
LONG = "Wir suchen für unser Lager in Kassel zwölf Regale mit je drei Metern Höhe."


def test_what_came_before_is_found_by_indexes_alone():
    key = f"form:{submit(make_form(), message=LONG).pk}"
    with writing("scene"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE capture_sighting ALTER COLUMN mailbox TYPE varchar(80)")
        cursor.execute(_MANY_OTHERS)
        cursor.execute("ANALYZE capture_sighting")

    with CaptureQueriesContext(connection) as queries:
        crowds([key])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert len(queries) == 1
    assert "Seq Scan" not in plan
    for index in ("ip", "network", "mailbox", "text", "proof"):
        assert f"sighting_{index}" in plan
