from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_append_only")]

    operations = [
        migrations.RenameField("rule", "data_filter", "detail"),
        migrations.RenameField("rule", "data_value", "detail_value"),
        migrations.AlterField(
            "rule", "detail", models.CharField(blank=True, max_length=40, verbose_name="only")
        ),
        migrations.AlterField("rule", "distinct_by", models.CharField(blank=True, max_length=40)),
        migrations.RemoveField("duescore", "reason"),
        migrations.DeleteModel("DueVersion"),
        migrations.CreateModel(
            name="DueSweep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("generation", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True)),
                ("quarantined_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("activity", "Something happened"),
                            ("decay", "Time passed"),
                            ("version", "New rules"),
                            ("request", "Calculated again on request"),
                        ],
                        max_length=10,
                    ),
                ),
                ("after_id", models.BigIntegerField(default=0)),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="scoring.modelversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("quarantined_at__isnull", True)),
                        fields=["due_at", "id"],
                        name="duesweep_due",
                    )
                ]
            },
        ),
    ]
