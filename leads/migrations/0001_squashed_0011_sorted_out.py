import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from ground.tables import CreateTables
from leads.migrations import _histories, _search


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('leads', '0001_initial'),
        ('leads', '0002_append_only'),
        ('leads', '0003_initial'),
        ('leads', '0004_activity_counts'),
        ('leads', '0005_search_text'),
        ('leads', '0006_quick_lists'),
        ('leads', '0007_exports'),
        ('leads', '0008_faster_grams'),
        ('leads', '0009_counted_lists'),
        ('leads', '0010_profile_settings'),
        ('leads', '0011_sorted_out'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0009_event_scope'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # An index of the search is made of it.
        migrations.RunSQL(_search.GRAMS),
        CreateTables([
            migrations.CreateModel(
                name='Company',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=200, verbose_name='company')),
                    ('name_key', models.CharField(editable=False, max_length=200, unique=True)),
                    ('domain', models.CharField(blank=True, db_index=True, max_length=255, verbose_name='domain')),
                    ('industry', models.CharField(blank=True, max_length=100, verbose_name='industry')),
                    ('employees', models.PositiveIntegerField(blank=True, null=True, verbose_name='employees')),
                    ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                    ('is_sample', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='FieldDefinition',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('key', models.CharField(max_length=50, unique=True, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]{0,49}$')], verbose_name='key')),
                    ('field_type', models.CharField(choices=[('text', 'Text'), ('long_text', 'Long text'), ('number', 'Number'), ('boolean', 'Yes or no'), ('date', 'Date'), ('choice', 'One of several'), ('multi_choice', 'Several of several'), ('url', 'Web address')], max_length=12, verbose_name='type')),
                    ('label_de', models.CharField(max_length=100, verbose_name='label in German')),
                    ('label_en', models.CharField(max_length=100, verbose_name='label in English')),
                    ('choices', models.JSONField(blank=True, default=list)),
                    ('is_sensitive', models.BooleanField(default=False, verbose_name='sensitive')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('is_sample', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['position', 'key'],
                },
            ),
            migrations.CreateModel(
                name='Lead',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('salutation', models.CharField(blank=True, max_length=20, verbose_name='salutation')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.CharField(blank=True, max_length=320, verbose_name='e-mail')),
                    ('is_email_valid', models.BooleanField(default=True, verbose_name='e-mail is valid')),
                    ('phone', models.CharField(blank=True, max_length=60, verbose_name='phone')),
                    ('is_phone_valid', models.BooleanField(default=True, verbose_name='phone is valid')),
                    ('job_title', models.CharField(blank=True, max_length=150, verbose_name='job title')),
                    ('street', models.CharField(blank=True, max_length=200, verbose_name='street')),
                    ('postal_code', models.CharField(blank=True, max_length=20, verbose_name='postal code')),
                    ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                    ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                    ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                    ('time_zone', models.CharField(blank=True, max_length=60, verbose_name='time zone')),
                    ('website', models.URLField(blank=True, max_length=300, verbose_name='website')),
                    ('custom', models.JSONField(blank=True, default=dict)),
                    ('first_channel', models.CharField(choices=[('website', 'Website'), ('landing_page', 'Landing page'), ('organic_search', 'Organic search'), ('paid_search', 'Paid search'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('tiktok', 'TikTok'), ('linkedin', 'LinkedIn'), ('email', 'E-mail'), ('chat', 'Live chat'), ('chatbot', 'Chatbot'), ('webinar', 'Webinar'), ('trade_fair', 'Trade fair'), ('paper', 'Paper / shop'), ('phone', 'Phone'), ('personal', 'Personal contact'), ('referral', 'Referral'), ('cold_call', 'Cold calling'), ('sms', 'SMS'), ('push', 'Push message'), ('spreadsheet', 'Spreadsheet'), ('calendar', 'Calendar'), ('api', 'API'), ('partner', 'Partner'), ('other', 'Other')], max_length=20, verbose_name='first channel')),
                    ('first_channel_at', models.DateTimeField(verbose_name='first contact')),
                    ('source_detail', models.CharField(blank=True, max_length=200, verbose_name='source')),
                    ('acquisition_type', models.CharField(blank=True, choices=[('spear', 'Spear (approached one by one)'), ('seed', 'Seed (word of mouth)'), ('net', 'Net (broad marketing)')], max_length=10, verbose_name='acquisition type')),
                    ('is_sales_sourced', models.BooleanField(default=False, verbose_name='found by sales')),
                    ('stage', models.CharField(choices=[('subscriber', 'Subscriber'), ('lead', 'Lead'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer'), ('promoter', 'Promoter'), ('other', 'Other')], max_length=12, verbose_name='stage')),
                    ('stage_at', models.DateTimeField(verbose_name='in stage since')),
                    ('other_reason', models.CharField(blank=True, choices=[('lost_customer', 'Lost customer'), ('no_interest', 'No interest'), ('no_fit', 'Does not fit'), ('invalid', 'Invalid data'), ('spam', 'Spam'), ('competitor', 'Competitor'), ('applicant', 'Applicant'), ('partner', 'Partner or supplier'), ('unconfirmed', 'Not confirmed yet')], max_length=20, verbose_name='sub-reason')),
                    ('score', models.SmallIntegerField(default=0, verbose_name='score')),
                    ('fit', models.SmallIntegerField(default=0, verbose_name='fit')),
                    ('engagement', models.SmallIntegerField(default=0, verbose_name='engagement')),
                    ('grade', models.CharField(blank=True, max_length=2, verbose_name='grade')),
                    ('temperature', models.CharField(choices=[('cold', 'Cold'), ('warm', 'Warm'), ('hot', 'Hot')], default='cold', max_length=4, verbose_name='temperature')),
                    ('last_activity_at', models.DateTimeField(blank=True, null=True, verbose_name='last activity')),
                    ('owner_since', models.DateTimeField(blank=True, null=True)),
                    ('preferred_channel', models.CharField(blank=True, choices=[('website', 'Website'), ('landing_page', 'Landing page'), ('organic_search', 'Organic search'), ('paid_search', 'Paid search'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('tiktok', 'TikTok'), ('linkedin', 'LinkedIn'), ('email', 'E-mail'), ('chat', 'Live chat'), ('chatbot', 'Chatbot'), ('webinar', 'Webinar'), ('trade_fair', 'Trade fair'), ('paper', 'Paper / shop'), ('phone', 'Phone'), ('personal', 'Personal contact'), ('referral', 'Referral'), ('cold_call', 'Cold calling'), ('sms', 'SMS'), ('push', 'Push message'), ('spreadsheet', 'Spreadsheet'), ('calendar', 'Calendar'), ('api', 'API'), ('partner', 'Partner'), ('other', 'Other')], max_length=20, verbose_name='preferred channel')),
                    ('paused_until', models.DateTimeField(blank=True, null=True, verbose_name='leave in peace until')),
                    ('is_sample', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(verbose_name='created')),
                    ('updated_at', models.DateTimeField(verbose_name='changed')),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('deleted_at', models.DateTimeField(blank=True, null=True)),
                    ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='leads.company', verbose_name='company')),
                    ('created_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('deleted_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('referrer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='referred', to='leads.lead', verbose_name='referred by')),
                    ('team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to='accounts.team', verbose_name='team')),
                    ('tags', models.ManyToManyField(blank=True, related_name='leads', to='leads.tag')),
                ],
                options={
                    'ordering': ['-created_at'],
                    'indexes': [models.Index(fields=['-created_at', '-id'], name='lead_created'), models.Index(fields=['last_name', 'first_name', 'id'], name='lead_name'), models.Index(fields=['stage', 'created_at', 'id'], name='lead_stage_created_id'), models.Index(fields=['owner', 'id'], name='lead_owner_id'), models.Index(fields=['last_activity_at', 'id'], name='lead_last_activity_oldest'), models.Index(models.OrderBy(models.F('last_activity_at'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), name='lead_last_activity_newest'), models.Index(fields=['-score', '-id'], name='lead_score'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['stage', '-score', '-id'], include=('owner', 'team'), name='lead_alive_stage'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['first_channel', 'created_at', 'id'], include=('owner', 'team'), name='lead_alive_channel'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['temperature', 'score', 'id'], include=('owner', 'team'), name='lead_alive_temperature'), models.Index(fields=['owner', 'stage', '-score'], name='lead_owner_stage'), models.Index(fields=['team', 'stage'], name='lead_team_stage'), models.Index(fields=['country'], name='lead_country'), models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='lead_in_bin'), models.Index(condition=models.Q(('deleted_at__isnull', True), ('stage', 'other')), fields=['other_reason', 'id'], name='lead_sorted_out'), django.contrib.postgres.indexes.GinIndex(fields=['custom'], name='lead_custom', opclasses=['jsonb_path_ops'])],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('stage', 'other'), _negated=True), models.Q(('other_reason', ''), _negated=True), _connector='OR'), name='lead_other_has_reason')],
                },
            ),
            migrations.CreateModel(
                name='Tag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='Episode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('channel', models.CharField(choices=[('website', 'Website'), ('landing_page', 'Landing page'), ('organic_search', 'Organic search'), ('paid_search', 'Paid search'), ('facebook', 'Facebook'), ('instagram', 'Instagram'), ('tiktok', 'TikTok'), ('linkedin', 'LinkedIn'), ('email', 'E-mail'), ('chat', 'Live chat'), ('chatbot', 'Chatbot'), ('webinar', 'Webinar'), ('trade_fair', 'Trade fair'), ('paper', 'Paper / shop'), ('phone', 'Phone'), ('personal', 'Personal contact'), ('referral', 'Referral'), ('cold_call', 'Cold calling'), ('sms', 'SMS'), ('push', 'Push message'), ('spreadsheet', 'Spreadsheet'), ('calendar', 'Calendar'), ('api', 'API'), ('partner', 'Partner'), ('other', 'Other')], max_length=20)),
                    ('source_detail', models.CharField(blank=True, max_length=200)),
                    ('opened_at', models.DateTimeField()),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='episodes', to='leads.lead')),
                ],
                options={
                    'ordering': ['number'],
                    'indexes': [models.Index(fields=['opened_at'], name='episode_opened')],
                    'constraints': [models.UniqueConstraint(fields=('lead', 'number'), name='episode_number'), models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('lead',), name='episode_one_open')],
                },
            ),
            migrations.CreateModel(
                name='ConsentEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('purpose', models.CharField(choices=[('marketing', 'Advertising and information'), ('newsletter', 'Newsletter'), ('tracking', 'Measuring opens and clicks'), ('profiling', 'Scoring')], max_length=12)),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('sms', 'SMS'), ('push', 'Push message'), ('post', 'Post'), ('web', 'Website')], max_length=8)),
                    ('state', models.CharField(choices=[('granted', 'Granted'), ('pending', 'Waiting for confirmation'), ('withdrawn', 'Withdrawn'), ('objected', 'Objected')], max_length=10)),
                    ('at', models.DateTimeField()),
                    ('actor_kind', models.CharField(choices=[('user', 'Person'), ('token', 'API token'), ('system', 'System'), ('visitor', 'Visitor')], max_length=10)),
                    ('actor_id', models.BigIntegerField(null=True)),
                    ('actor_label', models.CharField(blank=True, max_length=150)),
                    ('evidence', models.JSONField(default=dict)),
                    ('previous_hash', models.CharField(blank=True, max_length=64)),
                    ('event_hash', models.CharField(max_length=64)),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consent_events', to='leads.lead')),
                ],
                options={
                    'ordering': ['id'],
                    'indexes': [models.Index(fields=['lead', 'id'], name='consentevent_lead')],
                },
            ),
            migrations.CreateModel(
                name='Consent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('purpose', models.CharField(choices=[('marketing', 'Advertising and information'), ('newsletter', 'Newsletter'), ('tracking', 'Measuring opens and clicks'), ('profiling', 'Scoring')], max_length=12)),
                    ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('sms', 'SMS'), ('push', 'Push message'), ('post', 'Post'), ('web', 'Website')], max_length=8)),
                    ('state', models.CharField(choices=[('granted', 'Granted'), ('pending', 'Waiting for confirmation'), ('withdrawn', 'Withdrawn'), ('objected', 'Objected')], max_length=10)),
                    ('since', models.DateTimeField()),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='leads.lead')),
                ],
                options={
                    'ordering': ['purpose', 'channel'],
                    'indexes': [models.Index(fields=['purpose', 'channel', 'state', 'lead'], name='consent_state')],
                    'constraints': [models.UniqueConstraint(fields=('lead', 'purpose', 'channel'), name='consent_per_purpose_and_channel')],
                },
            ),
            migrations.CreateModel(
                name='Activity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=40)),
                    ('occurred_at', models.DateTimeField()),
                    ('recorded_at', models.DateTimeField()),
                    ('actor_kind', models.CharField(choices=[('user', 'Person'), ('token', 'API token'), ('system', 'System'), ('visitor', 'Visitor')], max_length=10)),
                    ('actor_id', models.BigIntegerField(null=True)),
                    ('actor_label', models.CharField(blank=True, max_length=150)),
                    ('data', models.JSONField(default=dict)),
                    ('is_machine', models.BooleanField(default=False)),
                    ('dedupe_key', models.CharField(blank=True, max_length=120, null=True)),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='leads.lead')),
                ],
                options={
                    'ordering': ['-occurred_at', '-id'],
                    'indexes': [models.Index(fields=['lead', '-occurred_at', '-id'], name='activity_lead_at'), models.Index(condition=models.Q(('is_machine', False)), fields=['lead', 'kind', 'occurred_at'], name='activity_lead_kind_at'), models.Index(fields=['kind', '-occurred_at'], name='activity_kind_at')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('dedupe_key__isnull', False)), fields=('dedupe_key',), name='activity_dedupe')],
                },
            ),
            migrations.CreateModel(
                name='LeadExport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('file_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('query', models.TextField(blank=True)),
                    ('columns', models.JSONField(blank=True, default=dict)),
                    ('state', models.CharField(choices=[('running', 'In the making'), ('ready', 'Ready'), ('failed', 'Failed'), ('expired', 'Expired')], default='running', max_length=8)),
                    ('row_count', models.PositiveIntegerField(default=0)),
                    ('done_count', models.PositiveIntegerField(default=0)),
                    ('after_id', models.BigIntegerField(default=0)),
                    ('size', models.BigIntegerField(default=0)),
                    ('created_at', models.DateTimeField()),
                    ('finished_at', models.DateTimeField(blank=True, null=True)),
                    ('expires_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                    ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='DueExport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('export', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='due', to='leads.leadexport')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='dueexport_due')],
                },
            ),
            migrations.CreateModel(
                name='Merge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('merged_at', models.DateTimeField()),
                    ('before', models.JSONField()),
                    ('undone_at', models.DateTimeField(blank=True, null=True)),
                    ('absorbed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merged_into', to='leads.lead')),
                    ('merged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='leads.lead')),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='Note',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('author_label', models.CharField(max_length=150)),
                    ('body', models.TextField()),
                    ('is_private', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField()),
                    ('edited_at', models.DateTimeField(blank=True, null=True)),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='leads.lead')),
                ],
                options={
                    'ordering': ['-created_at'],
                },
            ),
            migrations.CreateModel(
                name='ProfileSettings',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('weights', models.JSONField(blank=True, default=dict)),
                    ('purchase_field', models.CharField(blank=True, default='planned_purchase', max_length=50, verbose_name='field with the planned purchase')),
                    ('early_days', models.PositiveSmallIntegerField(default=180, verbose_name='days before a planned purchase')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='profile_only_one')],
                },
            ),
            migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('query', models.CharField(blank=True, max_length=4000)),
                    ('is_shared', models.BooleanField(default=False, verbose_name='for everybody')),
                    ('position', models.PositiveSmallIntegerField(default=0)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['position', 'name'],
                    'constraints': [models.UniqueConstraint(fields=('owner', 'name'), name='savedview_name')],
                },
            ),
            migrations.CreateModel(
                name='Segment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                    ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                    ('where', models.JSONField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('is_sample', models.BooleanField(default=False)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='StageChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('from_stage', models.CharField(blank=True, choices=[('subscriber', 'Subscriber'), ('lead', 'Lead'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer'), ('promoter', 'Promoter'), ('other', 'Other')], max_length=12)),
                    ('to_stage', models.CharField(choices=[('subscriber', 'Subscriber'), ('lead', 'Lead'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer'), ('promoter', 'Promoter'), ('other', 'Other')], max_length=12)),
                    ('other_reason', models.CharField(blank=True, choices=[('lost_customer', 'Lost customer'), ('no_interest', 'No interest'), ('no_fit', 'Does not fit'), ('invalid', 'Invalid data'), ('spam', 'Spam'), ('competitor', 'Competitor'), ('applicant', 'Applicant'), ('partner', 'Partner or supplier'), ('unconfirmed', 'Not confirmed yet')], max_length=20)),
                    ('at', models.DateTimeField()),
                    ('actor_kind', models.CharField(choices=[('user', 'Person'), ('token', 'API token'), ('system', 'System'), ('visitor', 'Visitor')], max_length=10)),
                    ('actor_id', models.BigIntegerField(null=True)),
                    ('actor_label', models.CharField(max_length=150)),
                    ('rule', models.CharField(blank=True, max_length=120, verbose_name='rule')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('score', models.SmallIntegerField(default=0)),
                    ('fit', models.SmallIntegerField(default=0)),
                    ('engagement', models.SmallIntegerField(default=0)),
                    ('episode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='leads.episode')),
                    ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='leads.lead')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'indexes': [models.Index(fields=['lead', 'at'], name='stagechange_lead_at'), models.Index(fields=['to_stage', 'at'], name='stagechange_to_at')],
                },
            ),
            migrations.CreateModel(
                name='SearchText',
                fields=[
                    ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_text', serialize=False, to='leads.lead')),
                    ('told', models.TextField()),
                ],
                options={
                    'indexes': [django.contrib.postgres.indexes.GinIndex(models.Func('told', function='leadcrm_grams'), name='searchtext_grams')],
                },
            ),
            migrations.CreateModel(
                name='Identifier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('external', 'External id'), ('chat', 'Chat handle'), ('social', 'Social profile'), ('postal', 'Postal address')], max_length=10)),
                    ('value', models.CharField(max_length=400)),
                    ('normalised', models.CharField(max_length=400)),
                    ('is_valid', models.BooleanField(default=True)),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to='leads.lead')),
                ],
                options={
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('kind', 'normalised'), name='identifier_unique'), models.CheckConstraint(condition=models.Q(('normalised', ''), _negated=True), name='identifier_not_empty')],
                },
            ),
        ]),
        migrations.RunSQL(_search.TOLD),
        migrations.RunSQL(_search.TRIGGERS),
        migrations.RunSQL(_histories.APPEND_ONLY),
        *(
            migrations.RunSQL(_histories.append_only(table))
            for table in _histories.TABLES
        ),
    ]
