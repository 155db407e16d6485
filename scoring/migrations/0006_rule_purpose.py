from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0005_backtests")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="purpose",
            field=models.CharField(
                blank=True,
                default="",
                max_length=300,
                verbose_name="what sensitive data is used for",
            ),
            preserve_default=False,
        ),
    ]
