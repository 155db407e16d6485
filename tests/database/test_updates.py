import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.action import writing
from capture.models import Submission
from ground.updates import update_columns
from tests.capture.scene import make_form, submit

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_rows_get_values_of_their_own_with_one_statement():
    form = make_form()
    rows = [submit(form, email=f"a{number}@example.org") for number in range(3)]
    untouched = submit(form, email="z@example.org")
    now = timezone.now()
    for number, row in enumerate(rows):
        row.verdict = {"score": number, "reasons": [], "flags": ["ä%s"]}
        row.released_by, row.processed_at, row.lead = f"p{number}", now, None
        row.user_agent = "is not written"

    with writing("scene"), CaptureQueriesContext(connection) as queries:
        update_columns(rows, ["verdict", "released_by", "processed_at", "lead"])
        update_columns([], ["released_by"])

    assert len(queries) == 1
    stored = Submission.objects.in_bulk()
    for number, row in enumerate(rows):
        now_stored = stored[row.pk]
        assert now_stored.verdict == {"score": number, "reasons": [], "flags": ["ä%s"]}
        assert (now_stored.released_by, now_stored.processed_at) == (f"p{number}", now)
        assert (now_stored.lead_id, now_stored.user_agent == row.user_agent) == (None, False)
    assert stored[untouched.pk].lead_id == untouched.lead_id


def test_a_text_that_is_too_long_is_refused_and_not_cut_off():
    row = submit(make_form())
    row.released_by = "x" * 151

    with writing("scene"), pytest.raises(DataError):
        update_columns([row], ["released_by"])
