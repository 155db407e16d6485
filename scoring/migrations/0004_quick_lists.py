import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0006_quick_lists'),
        ('scoring', '0003_sweeps_and_details'),
    ]

    operations = [
        migrations.AlterField(
            model_name='score',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='score',
            name='model',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='scoring.scoringmodel'),
        ),
        migrations.AlterField(
            model_name='scorechange',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_changes', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='scorechange',
            name='version',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scoring.modelversion'),
        ),
    ]
