from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    # The table of mails is large; mails go on being written while the index is built.
    atomic = False

    dependencies = [
        ("nurturing", "0002_message_claims"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("claimed_at__isnull", False)),
                fields=["claimed_at"],
                name="message_claimed_at",
            ),
        ),
    ]
