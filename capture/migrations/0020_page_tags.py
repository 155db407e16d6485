import django.contrib.postgres.fields
from django.db import migrations, models

TAGS = [
    ("price", "Prices"),
    ("feature", "Product features"),
    ("payment", "Payment and contract"),
    ("reference", "References"),
    ("career", "Jobs"),
]


class Migration(migrations.Migration):
    dependencies = [("capture", "0019_reports_on_mails")]

    operations = [
        migrations.AddField(
            model_name="page",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=TAGS, max_length=20),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="what the page is about",
            ),
        ),
    ]
