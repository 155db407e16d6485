from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests to confirm are counted by mailbox; those of before by address without its plus part.

    Without a transaction, so that nobody waits while the index is built; it can be run again.
    """

    atomic = False

    dependencies = [
        ('capture', '0003_import_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='optin',
            name='mailbox_key',
            field=models.CharField(default='', max_length=320),
            preserve_default=False,
        ),
        migrations.RunSQL(
            r"UPDATE capture_optin SET mailbox_key = regexp_replace(email_key, '\+[^@]*@', '@')"
            " WHERE mailbox_key = ''",
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            model_name='optin',
            index=models.Index(fields=['mailbox_key', 'requested_at'], name='optin_mailbox'),
        ),
    ]
