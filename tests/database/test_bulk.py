"""Rows that go in by COPY are those that went out."""

import pytest
from django.db import connection

from accounts.action import writing
from accounts.write_guard import WriteOutsideActionError, refuse_writes_outside_actions
from ground.bulk import FEW, insert_rows, insert_values, maker
from leads.models import Activity, Lead, Tag
from tests.factories import NOW, make_lead

TEXTS = [
    "a\tb",
    "a\nb\r\n",
    "\\N",
    "\\",
    "\\.",
    "Jürgen 😀",
    "'\"{}",
    " x ",
    "\u202eabc",
    "",
    "n\\tt",
]


@pytest.mark.django_db
def test_texts_and_json_come_back_as_they_were():
    lead = make_lead()
    make = maker(Activity)
    rows = [
        make(
            lead_id=lead.pk,
            kind="note.added",
            occurred_at=NOW,
            recorded_at=NOW,
            actor_kind="system",
            actor_label=text,
            data={"text": text, "none": None, "list": [1.5, True]},
        )
        for text in TEXTS * 3
    ]

    with writing("scene"):
        added = insert_rows(rows)

    assert len(added) >= FEW
    stored = {row.pk: row for row in Activity.objects.filter(pk__in=[row.pk for row in added])}
    for row in added:
        assert (stored[row.pk].actor_label, stored[row.pk].data) == (row.actor_label, row.data)
        assert (stored[row.pk].occurred_at, stored[row.pk].dedupe_key) == (NOW, None)


@pytest.mark.django_db
def test_rows_get_their_keys_and_can_be_changed_afterwards():
    rows = [Tag(name=f"t{number}") for number in range(FEW)]
    with writing("scene"):
        insert_rows(rows)
        rows[3].name = "changed"
        rows[3].save()

    assert Tag.objects.get(pk=rows[3].pk).name == "changed"
    assert Tag.objects.count() == FEW


@pytest.mark.django_db
def test_copying_outside_an_action_is_refused():
    with (
        connection.execute_wrapper(refuse_writes_outside_actions),
        pytest.raises(WriteOutsideActionError),
    ):
        insert_rows([Tag(name=f"t{number}") for number in range(FEW)])

    assert not Tag.objects.exists()


def test_a_made_row_is_what_the_constructor_makes():
    made, built = maker(Lead)(city="Ulm"), Lead(city="Ulm")
    other = maker(Lead)()

    shared = {"_state", "public_id"}
    assert {k: v for k, v in made.__dict__.items() if k not in shared} == {
        k: v for k, v in built.__dict__.items() if k not in shared
    }
    assert made.custom is not other.custom
    assert made.public_id != other.public_id


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, FEW * 2])
def test_values_go_in_with_the_defaults_of_the_other_columns(count):
    lead = make_lead()
    rows = [(lead.pk, "note.added", NOW, NOW, "system", f"a\t{n}") for n in range(count)]
    names = ("lead_id", "kind", "occurred_at", "recorded_at", "actor_kind", "actor_label")

    with writing("scene"):
        keys = insert_values(Activity, names, rows)

    stored = Activity.objects.in_bulk(keys)
    assert [stored[key].actor_label for key in keys] == [row[-1] for row in rows]
    assert {(row.is_machine, row.dedupe_key, str(row.data)) for row in stored.values()} == {
        (False, None, "{}")
    }
