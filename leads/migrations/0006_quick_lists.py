import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from ground.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    """Each list is read off an index; indexes that begin another one are gone.

    Without a transaction, so that nobody waits while the indexes of a million leads are built.
    """

    atomic = False

    dependencies = [
        ('accounts', '0005_names'),
        ('leads', '0005_search_text'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='episode',
            index=models.Index(fields=['opened_at'], name='episode_opened'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['last_name', 'first_name', 'id'], name='lead_name'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['stage', 'created_at', 'id'], name='lead_stage_created_id'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['first_channel', 'created_at', 'id'], name='lead_channel_created_id'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['owner', 'id'], name='lead_owner_id'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['last_activity_at', 'id'], name='lead_last_activity_oldest'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(models.OrderBy(models.F('last_activity_at'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), name='lead_last_activity_newest'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['stage', '-score', '-id'], name='lead_board'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(fields=['temperature', 'score', 'id'], name='lead_temperature_score'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='lead_in_bin'),
        ),
        RemoveIndexConcurrently(
            model_name='lead',
            name='lead_stage_created',
        ),
        RemoveIndexConcurrently(
            model_name='lead',
            name='lead_channel_created',
        ),
        RemoveIndexConcurrently(
            model_name='lead',
            name='lead_last_activity',
        ),
        RemoveIndexConcurrently(
            model_name='lead',
            name='lead_temperature',
        ),
        migrations.AlterField(
            model_name='consent',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='consentevent',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consent_events', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='episode',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='episodes', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='created_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='lead',
            name='deleted_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='lead',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='team',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='accounts.team', verbose_name='team'),
        ),
        migrations.AlterField(
            model_name='stagechange',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='leads.lead'),
        ),
    ]
