from django.db import migrations, models
from django.db.models import F


def take_over(apps, schema_editor):
    """What ended without an error before has succeeded then."""
    apps.get_model("ground", "TickRun").objects.filter(last_error="").update(
        succeeded_at=F("finished_at")
    )


class Migration(migrations.Migration):
    dependencies = [("ground", "0001_initial")]

    operations = [
        migrations.AddField("TickRun", "succeeded_at", models.DateTimeField(null=True)),
        migrations.AddField("TickRun", "worked_at", models.DateTimeField(null=True)),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
