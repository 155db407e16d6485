from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from ground.indexes import AddIndexConcurrently


def _counted(name, *fields):
    """Return the operation that builds an index from which leads out of the bin are counted."""
    index = models.Index(
        fields=fields, name=name, include=['owner', 'team'], condition=Q(deleted_at__isnull=True)
    )
    return AddIndexConcurrently(model_name='lead', index=index)


class Migration(migrations.Migration):
    """The leads of a stage, a channel or a temperature are counted without a look at each.

    Without a transaction, so that nobody waits while the indexes of a million leads are built.
    """

    atomic = False

    dependencies = [
        ('leads', '0008_faster_grams'),
    ]

    operations = [
        _counted('lead_alive_stage', 'stage', '-score', '-id'),
        _counted('lead_alive_channel', 'first_channel', 'created_at', 'id'),
        _counted('lead_alive_temperature', 'temperature', 'score', 'id'),
        RemoveIndexConcurrently(model_name='lead', name='lead_board'),
        RemoveIndexConcurrently(model_name='lead', name='lead_channel_created_id'),
        RemoveIndexConcurrently(model_name='lead', name='lead_temperature_score'),
    ]
