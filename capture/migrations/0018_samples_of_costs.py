from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("capture", "0017_connection_event"),
    ]

    operations = [
        migrations.AddField(
            model_name="costchange",
            name="is_sample",
            field=models.BooleanField(default=False),
        ),
    ]
