from django.db import migrations, models

from ground.tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('ground', '0001_initial'),
        ('ground', '0002_tick_successes'),
    ]

    dependencies = [
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='TickRun',
                fields=[
                    ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                    ('started_at', models.DateTimeField()),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('succeeded_at', models.DateTimeField(null=True)),
                    ('worked_at', models.DateTimeField(null=True)),
                    ('last_error', models.TextField(blank=True)),
                ],
            ),
        ]),
    ]
