from django.db import migrations, models


class Migration(migrations.Migration):
    """Requests to confirm are counted by mailbox; those of before by address without its plus part.

    With a default of the database, so that the version before goes on writing meanwhile.
    """

    dependencies = [
        ('capture', '0003_import_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='optin',
            name='mailbox_key',
            field=models.CharField(db_default='', max_length=320),
        ),
        migrations.RunSQL(
            r"UPDATE capture_optin SET mailbox_key = regexp_replace(email_key, '\+[^@]*@', '@')",
            migrations.RunSQL.noop,
        ),
    ]
