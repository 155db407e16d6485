"""The tables are those of the models, on a new installation and on one from before."""

import importlib

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from ground.tables import CreateTables
from tests.architecture.sources import PACKAGES

pytestmark = pytest.mark.django_db
MODELS = [model for model in apps.get_models() if model.__module__.partition(".")[0] in PACKAGES]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_constraint_and_index_of_a_model_is_there(model):
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    wanted = [*model._meta.constraints, *model._meta.indexes]

    assert [one.name for one in wanted if one.name not in there] == []


def _squashed() -> list:
    names = [("accounts", 9), ("capture", 16), ("leads", 11)]
    executor = MigrationExecutor(connection)
    found = [one for one in executor.loader.disk_migrations.values() if one.replaces]
    assert {(one.app_label, len(one.replaces)) for one in found} >= set(names)
    return found


def test_an_installation_from_before_the_squash_has_nothing_to_make_again():
    recorder = MigrationRecorder(connection)
    for squashed in _squashed():
        recorder.record_unapplied(squashed.app_label, squashed.name)
        for app, name in squashed.replaces:
            recorder.record_applied(app, name)

    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_an_episode_that_was_left_open_ends_with_the_next():
    from accounts.action import writing
    from leads.models import Episode
    from tests.factories import NOW, make_lead

    lead = make_lead()
    migration = importlib.import_module("leads.migrations.0012_one_open_episode")
    with connection.cursor() as cursor, writing("scene"):
        cursor.execute("DROP INDEX episode_one_open")
        first = lead.episodes.get()
        second = Episode.objects.create(
            lead=lead, number=first.number + 1, channel=first.channel, opened_at=NOW
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.CLOSE)
        cursor.execute(migration.ONE_OPEN)

    assert list(lead.episodes.values_list("number", "closed_at")) == [
        (first.number, NOW),
        (second.number, None),
    ]


def test_tables_that_refer_to_each_other_are_made_at_once_and_dropped_again():
    def table(name: str, other: str) -> CreateModel:
        key = models.ForeignKey(f"ground.{other}", models.CASCADE, related_name="+")
        return CreateModel(name, [("id", models.BigAutoField(primary_key=True)), ("other", key)])

    made = CreateTables([table("SceneOne", "SceneTwo"), table("SceneTwo", "SceneOne")])
    before = ProjectState()
    after = before.clone()
    made.state_forwards("ground", after)

    with connection.schema_editor() as editor:
        made.database_forwards("ground", editor, before, after)
    there = set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        made.database_backwards("ground", editor, after, before)
    left = set(connection.introspection.table_names())

    assert there - left == {"ground_sceneone", "ground_scenetwo"}
    assert (made.describe(), made.deconstruct()) == (
        "Create 2 tables",
        ("CreateTables", [made.tables], {}),
    )
