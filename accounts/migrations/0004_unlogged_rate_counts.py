from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_audit_append_only")]

    operations = [
        # Counted at every login and API request: no write-ahead log, and empty after a crash.
        migrations.RunSQL(
            "ALTER TABLE accounts_ratecount SET UNLOGGED",
            "ALTER TABLE accounts_ratecount SET LOGGED",
        ),
    ]
