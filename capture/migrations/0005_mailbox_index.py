from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    """Requests are looked up by mailbox alone.

    Without a transaction, so that nobody waits while the index is built.
    """

    atomic = False

    dependencies = [
        ('capture', '0004_mailboxes'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='optin',
            index=models.Index(fields=['mailbox_key', 'requested_at'], name='optin_mailbox'),
        ),
        RemoveIndexConcurrently(model_name='optin', name='optin_email'),
    ]
