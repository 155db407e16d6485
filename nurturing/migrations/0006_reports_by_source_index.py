from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    # The table of hits on mails is large; they go on being written while the index is built.
    atomic = False

    dependencies = [
        ("nurturing", "0005_reports_by_source"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="mailevent",
            index=models.Index(
                condition=models.Q(("source__isnull", False)),
                fields=["source", "kind", "at"],
                name="mailevent_source",
            ),
        ),
        AddIndexConcurrently(
            model_name="suppression",
            index=models.Index(
                condition=models.Q(("lifted_at", None), ("source__isnull", False)),
                fields=["source", "at"],
                name="suppression_source",
            ),
        ),
    ]
