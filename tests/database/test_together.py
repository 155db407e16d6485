"""Questions that are asked together have the answers that each of them has alone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from ground.together import Reader, fill, read, read_together
from leads.models import Activity, Company, FieldDefinition, Lead, Note
from tests.factories import NOW, make_activity, make_field, make_lead

pytestmark = pytest.mark.django_db

CLICKED = "email.clicked"
DATA = {
    "text": 'Ümlaut "quoted" \\ 100 %',
    "number": 0.1,
    "list": [1, None, {"a": True}],
    "big": 2**60,
}


@pytest.fixture
def lead(rep: User) -> Lead:
    lead = make_lead(owner=rep, team=rep.team, company="Molkerei", custom={"n": 1.5})
    for day in range(3):
        make_activity(lead, CLICKED, NOW - timedelta(days=day, microseconds=7), data=DATA)
    return lead


def querysets(lead: Lead) -> list[Any]:
    return [
        Lead.objects.select_related("company", "owner", "team"),
        lead.activities.filter(kind=CLICKED).order_by("occurred_at"),
        lead.activities.all()[:2],
        Activity.objects.filter(kind=CLICKED).values_list("pk", "occurred_at", "data"),
        Activity.objects.filter(kind=CLICKED).values_list("kind", flat=True),
        Activity.objects.order_by("lead_id", "-occurred_at").distinct("lead_id"),
        FieldDefinition.objects.all(),
        Lead.objects.filter(pk__in=[]),
        Note.objects.none(),
        Lead.objects.filter(pk=-1),
    ]


def told(rows: list[Any]) -> list[Any]:
    return [row.__dict__ | {"_state": None} if hasattr(row, "_meta") else row for row in rows]


def test_the_rows_are_those_of_each_alone(lead: Lead, django_assert_num_queries: Any) -> None:
    make_field("need")
    alone = [list(queryset) for queryset in querysets(lead)]
    together = querysets(lead)

    with django_assert_num_queries(1):
        fill(together)
        read_rows = [list(queryset) for queryset in together]

    assert [told(rows) for rows in read_rows] == [told(rows) for rows in alone]
    assert [len(rows) for rows in read_rows] == [1, 3, 2, 3, 3, 1, 1, 0, 0, 0]
    assert read_rows[1][0].data == DATA
    assert read_rows[1][0].occurred_at == NOW - timedelta(days=2, microseconds=7)


def test_what_is_related_comes_with_it(lead: Lead, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        leads, companies = Lead.objects.select_related("company"), Company.objects.all()
        fill([leads, companies])
        names = [str(row.company) for row in leads], [str(row) for row in companies]

    assert names == (["Molkerei"], ["Molkerei"])


def test_amounts_keep_their_digits(lead: Lead) -> None:
    from django.db.models import DecimalField, Value

    amount = Decimal("12345678901234567890.10")
    field: DecimalField[Any, Any] = DecimalField(max_digits=24, decimal_places=2)
    rows = Lead.objects.annotate(amount=Value(amount, output_field=field))
    fill([rows, Note.objects.all()])

    assert [row.amount for row in rows] == [amount]


def test_readers_ask_side_by_side(lead: Lead, django_assert_num_queries: Any) -> None:
    def short() -> Reader[int]:
        (leads,) = yield [Lead.objects.all()]
        return len(leads)

    def long() -> Reader[tuple[int, int, int]]:
        leads, companies = yield [Lead.objects.all(), Company.objects.all()]
        (activities,) = yield [Activity.objects.filter(lead__in=leads, kind=CLICKED)]
        (notes,) = yield [Note.objects.filter(lead__in=leads)]
        return len(companies), len(activities), len(notes)

    def silent() -> Reader[str]:
        yield from ()
        return "nothing asked"

    with django_assert_num_queries(3):
        assert read_together(short(), long(), silent()) == [1, (1, 3, 0), "nothing asked"]
    with django_assert_num_queries(4):
        assert read(long()) == (1, 3, 0)
