from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("capture", "0016_lead_photo"),
    ]

    operations = [
        migrations.AddField(
            model_name="costchange",
            name="is_sample",
            field=models.BooleanField(default=False),
        ),
    ]
