from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("leads", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON scoring_scorechange "
            "FOR EACH ROW EXECUTE FUNCTION leadcrm_append_only()",
            "DROP TRIGGER append_only ON scoring_scorechange",
        ),
    ]
