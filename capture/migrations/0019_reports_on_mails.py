from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("capture", "0018_samples_of_costs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="hookevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "Waiting"),
                    ("processed", "Lead"),
                    ("signal", "Signal"),
                    ("reported", "Report on a mail"),
                    ("split", "Taken apart"),
                    ("ignored", "Nothing to do"),
                    ("test", "Test"),
                    ("held", "Held"),
                    ("failed", "Failed"),
                ],
                default="received",
                max_length=9,
            ),
        ),
    ]
