from datetime import datetime

import pytest
from django.db import OperationalError, connection
from django.db.models import Func, Value
from django.db.models.fields import TextField
from django.db.models.lookups import GreaterThanOrEqual

from accounts.action import writing
from conditions.compile import make_context
from conditions.errors import TooSlowError
from conditions.preview import Count, examples, preview_count, statement_timeout
from leads.models import Lead, Tag
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


def current_limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        (limit,) = cursor.fetchone()
    return str(limit)


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def tag_slowly(name: str) -> None:
    # Long enough for the tag to be written first.
    with writing("scene"), statement_timeout(2_000):
        Tag.objects.create(name=name)
        sleep(5)


@pytest.mark.case("Q07")
def test_a_statement_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(TooSlowError) as caught, statement_timeout(50):
        sleep(5)

    assert (caught.value.code, caught.value.status) == ("query_too_slow", 422)
    assert current_limit() == "0"


def test_the_limit_that_held_before_holds_again() -> None:
    with statement_timeout(3_000):
        with statement_timeout(50):
            assert current_limit() == "50ms"
        assert current_limit() == "3s"
    assert current_limit() == "0"


def test_what_was_written_under_a_limit_stays_unless_it_is_stopped() -> None:
    with writing("scene"), statement_timeout(3_000):
        Tag.objects.create(name="kept")
    with pytest.raises(TooSlowError):
        tag_slowly("undone")

    assert list(Tag.objects.values_list("name", flat=True)) == ["kept"]


def test_other_errors_are_not_taken_for_slowness() -> None:
    with pytest.raises(OperationalError, match="boom"), statement_timeout(50):
        raise OperationalError("boom")


def test_a_quick_count_is_exact() -> None:
    make_lead()
    make_lead()

    assert preview_count(Lead.objects.all()) == Count(2, is_exact=True)


def test_a_slow_count_becomes_an_estimate() -> None:
    make_lead()
    wait = Func(Value(5), template="pg_sleep(%(expressions)s)::text", output_field=TextField())
    slow = Lead.objects.filter(GreaterThanOrEqual(wait, Value("")))

    count = preview_count(slow, timeout_ms=50)

    assert count.is_exact is False
    assert count.number >= 0


@pytest.mark.parametrize("count", [Count(3), Count(1_001), Count(3, is_exact=False)])
def test_examples_come_in_their_order_however_many_there_are(count: Count) -> None:
    first, second, third = (make_lead(score=score) for score in (10, 30, 20))

    found = examples(Lead.objects.order_by("-score"), count, number=2)

    assert found == [second, third]
    assert first not in found


def test_examples_that_take_too_long_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    make_lead()
    wait = Func(Value(5), template="pg_sleep(%(expressions)s)::text", output_field=TextField())
    monkeypatch.setattr("conditions.preview.PREVIEW_MS", 50)

    assert examples(Lead.objects.annotate(wait=wait), Count(1, is_exact=False), number=1) == []


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        make_context(as_of=datetime(2026, 11, 2))  # noqa: DTZ001
