from django.db import migrations

# Where the tables were made before the squash, Django had dropped this constraint by mistake, with
# the index of a foreign key on the same column. An episode that was left open ended with the next.
CLOSE = """
UPDATE leads_episode AS episode
   SET closed_at = (
           SELECT min(later.opened_at) FROM leads_episode AS later
            WHERE later.lead_id = episode.lead_id AND later.number > episode.number
       )
 WHERE closed_at IS NULL AND EXISTS (
           SELECT FROM leads_episode AS later
            WHERE later.lead_id = episode.lead_id AND later.number > episode.number
       )
"""
ONE_OPEN = """
CREATE UNIQUE INDEX IF NOT EXISTS episode_one_open ON leads_episode (lead_id)
WHERE closed_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_squashed_0011_sorted_out")]

    operations = [
        migrations.RunSQL(CLOSE, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_OPEN, migrations.RunSQL.noop),
    ]
