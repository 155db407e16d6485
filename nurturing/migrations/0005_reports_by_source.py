import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("nurturing", "0001_squashed_0004_alter_message_kind"),
    ]

    operations = [
        migrations.CreateModel(
            name="BounceAlarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("source", models.UUIDField()),
                ("since", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("bounced", models.PositiveIntegerField()),
                ("sent", models.PositiveIntegerField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=150)),
                ("was_true", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-raised_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at", None)),
                        fields=("source",),
                        name="bouncealarm_once",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="mailevent",
            name="source",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="mailevent",
            name="is_held",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="mailevent",
            name="disproved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="suppression",
            name="source",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="suppression",
            name="own_wish",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unsubscribed", "Unsubscribed"),
                    ("objected", "Objected"),
                    ("bounced", "Address does not work"),
                    ("complained", "Reported as spam"),
                    ("erased", "Data erased"),
                    ("by_hand", "Entered by hand"),
                ],
                db_default="",
                max_length=12,
            ),
        ),
    ]
