from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("capture", "0014_costs_by_month")]

    operations = [
        AddIndexConcurrently(
            model_name="touch",
            index=models.Index(
                fields=["campaign", "lead", "occurred_at", "id"],
                name="touch_campaign_lead",
                condition=models.Q(campaign__isnull=False),
            ),
        ),
    ]
