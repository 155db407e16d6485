import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from ground.tables import CreateTables
from leads.migrations._histories import append_only


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('scoring', '0001_initial'),
        ('scoring', '0002_append_only'),
        ('scoring', '0003_sweeps_and_details'),
        ('scoring', '0004_quick_lists'),
    ]

    dependencies = [
        ('leads', '0001_squashed_0011_sorted_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='ScoringModel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                    ('is_main', models.BooleanField(default=False, verbose_name='main model')),
                    ('aged_on', models.DateField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('is_sample', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-is_main', 'name'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('is_main',), name='scoringmodel_one_main')],
                },
            ),
            migrations.CreateModel(
                name='ModelVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('number', models.PositiveIntegerField()),
                    ('state', models.CharField(choices=[('draft', 'Draft'), ('proposed', 'Waiting for signatures'), ('active', 'Active'), ('retired', 'Retired')], default='draft', max_length=10)),
                    ('note', models.CharField(blank=True, max_length=300, verbose_name='what is new')),
                    ('mql_threshold', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='MQL from a score of')),
                    ('min_fit', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='and a fit of at least')),
                    ('fit_cap', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='fit counts at most')),
                    ('engagement_cap', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='engagement counts at most')),
                    ('grade_a', models.PositiveSmallIntegerField(default=35, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='A from a fit of')),
                    ('grade_b', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='B from a fit of')),
                    ('grade_c', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='C from a fit of')),
                    ('level_1', models.PositiveSmallIntegerField(default=35, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='1 from an engagement of')),
                    ('level_2', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='2 from an engagement of')),
                    ('level_3', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='3 from an engagement of')),
                    ('hot_score', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='hot from a score of')),
                    ('hot_days', models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='and active in the last days')),
                    ('warm_score', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='warm from a score of')),
                    ('warm_days', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='and active in the last days')),
                    ('active_from', models.DateTimeField(blank=True, null=True)),
                    ('active_until', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('edited_at', models.DateTimeField()),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='scoring.scoringmodel')),
                ],
                options={
                    'ordering': ['model', '-number'],
                    'constraints': [models.UniqueConstraint(fields=('model', 'number'), name='modelversion_number'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('model',), name='modelversion_one_active'), models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'proposed'])), fields=('model',), name='modelversion_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), ('active_from__isnull', False), _connector='OR'), name='modelversion_active_since'), models.CheckConstraint(condition=models.Q(('engagement_cap__lte', 100), ('fit_cap__lte', 100), ('grade_a__gte', models.F('grade_b')), ('grade_b__gte', models.F('grade_c')), ('hot_days__lte', models.F('warm_days')), ('hot_score__gte', models.F('warm_score')), ('level_1__gte', models.F('level_2')), ('level_2__gte', models.F('level_3')), ('min_fit__lte', models.F('fit_cap')), ('mql_threshold__range', (0, 100))), name='modelversion_limits')],
                },
            ),
            migrations.CreateModel(
                name='DueScore',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='duescore_due')],
                },
            ),
            migrations.CreateModel(
                name='DueSweep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('reason', models.CharField(choices=[('activity', 'Something happened'), ('decay', 'Time passed'), ('version', 'New rules'), ('request', 'Calculated again on request')], max_length=10)),
                    ('after_id', models.BigIntegerField(default=0)),
                    ('version', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scoring.modelversion')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='duesweep_due')],
                },
            ),
            migrations.CreateModel(
                name='Approval',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales')], max_length=10)),
                    ('user_label', models.CharField(max_length=150)),
                    ('at', models.DateTimeField()),
                    ('voided_at', models.DateTimeField(blank=True, null=True)),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='scoring.modelversion')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('version', 'side'), name='approval_one_a_side'), models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('version', 'user'), name='approval_one_a_person')],
                },
            ),
            migrations.CreateModel(
                name='Rule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('axis', models.CharField(choices=[('fit', 'Fit'), ('engagement', 'Engagement')], max_length=10, verbose_name='axis')),
                    ('name_de', models.CharField(max_length=120, verbose_name='name in German')),
                    ('name_en', models.CharField(max_length=120, verbose_name='name in English')),
                    ('where', models.JSONField(blank=True, null=True)),
                    ('activity_kind', models.CharField(blank=True, max_length=40, verbose_name='what happened')),
                    ('detail', models.CharField(blank=True, max_length=40, verbose_name='only')),
                    ('detail_value', models.CharField(blank=True, max_length=200)),
                    ('counting', models.CharField(choices=[('each', 'Every time'), ('first', 'The first time only'), ('distinct', 'Once for each different …')], default='each', max_length=10, verbose_name='counts')),
                    ('distinct_by', models.CharField(blank=True, max_length=40)),
                    ('points', models.SmallIntegerField(validators=[django.core.validators.MinValueValidator(-100), django.core.validators.MaxValueValidator(100)], verbose_name='points')),
                    ('half_life_days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='halves every … days')),
                    ('cap', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='at most')),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='scoring.modelversion')),
                ],
                options={
                    'ordering': ['version', 'axis', 'position', 'id'],
                    'constraints': [models.UniqueConstraint(fields=('version', 'key'), name='rule_key'), models.CheckConstraint(condition=models.Q(models.Q(('activity_kind', ''), ('where__isnull', False)), models.Q(('axis', 'engagement'), ('where__isnull', True), models.Q(('activity_kind', ''), _negated=True)), _connector='OR'), name='rule_where_or_activity'), models.CheckConstraint(condition=models.Q(('points__range', (-100, 100)), models.Q(('points', 0), _negated=True)), name='rule_points'), models.CheckConstraint(condition=models.Q(('half_life_days', None), models.Q(('activity_kind', ''), _negated=True), _connector='OR'), name='rule_decay_needs_activity'), models.CheckConstraint(condition=models.Q(('counting', 'distinct'), ('distinct_by', ''), _connector='XOR'), name='rule_distinct_by')],
                },
            ),
            migrations.CreateModel(
                name='ScoreChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('reason', models.CharField(choices=[('activity', 'Something happened'), ('decay', 'Time passed'), ('version', 'New rules'), ('request', 'Calculated again on request')], max_length=10)),
                    ('from_total', models.SmallIntegerField()),
                    ('to_total', models.SmallIntegerField()),
                    ('from_fit', models.SmallIntegerField()),
                    ('to_fit', models.SmallIntegerField()),
                    ('from_engagement', models.SmallIntegerField()),
                    ('to_engagement', models.SmallIntegerField()),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_changes', to='leads.lead')),
                    ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scoring.modelversion')),
                ],
                options={
                    'ordering': ['-at', '-id'],
                    'indexes': [models.Index(fields=['lead', '-at'], name='scorechange_lead_at'), models.Index(fields=['version', 'at'], name='scorechange_version_at')],
                },
            ),
            migrations.CreateModel(
                name='Score',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('fit', models.SmallIntegerField()),
                    ('engagement', models.SmallIntegerField()),
                    ('total', models.SmallIntegerField()),
                    ('grade', models.CharField(blank=True, max_length=2)),
                    ('temperature', models.CharField(max_length=4)),
                    ('is_fading', models.BooleanField(default=False)),
                    ('as_of', models.DateTimeField()),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='leads.lead')),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scoring.modelversion')),
                    ('model', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='scoring.scoringmodel')),
                ],
                options={
                    'indexes': [models.Index(fields=['model', 'total'], name='score_model_total'), models.Index(condition=models.Q(('is_fading', True)), fields=['model'], name='score_fading')],
                    'constraints': [models.UniqueConstraint(fields=('lead', 'model'), name='score_lead_model'), models.CheckConstraint(condition=models.Q(('engagement__range', (0, 100)), ('fit__range', (0, 100)), ('total__range', (0, 100))), name='score_range')],
                },
            ),
        ]),
        migrations.RunSQL(append_only("scoring_scorechange")),
    ]
