from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0010_profile_settings")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("stage", "other")),
                fields=["other_reason", "id"],
                name="lead_sorted_out",
            ),
        ),
    ]
