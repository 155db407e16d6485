import accounts.models.people
import accounts.models.tokens
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.migrations import _audit
from ground.tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_people_and_organisation'),
        ('accounts', '0003_audit_append_only'),
        ('accounts', '0004_unlogged_rate_counts'),
        ('accounts', '0005_names'),
        ('accounts', '0006_audit_head'),
        ('accounts', '0007_sent_pages'),
        ('accounts', '0008_post_scopes'),
        ('accounts', '0009_event_scope'),
    ]

    dependencies = [
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                    ('name', models.CharField(max_length=150, verbose_name='name')),
                    ('role', models.CharField(choices=[('admin', 'Administrator'), ('marketer', 'Marketer'), ('sales_manager', 'Sales manager'), ('sales_rep', 'Sales rep'), ('service', 'Service'), ('viewer', 'Viewer')], max_length=20, verbose_name='role')),
                    ('language', models.CharField(choices=[('en', 'English'), ('de', 'German')], default='en', max_length=5, verbose_name='language')),
                    ('time_zone', models.CharField(default='Europe/Berlin', max_length=60, validators=[accounts.models.people.check_time_zone], verbose_name='time zone')),
                    ('theme', models.CharField(choices=[('auto', 'As the system'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=5, verbose_name='colours')),
                    ('has_single_keys', models.BooleanField(default=True, verbose_name='single-key shortcuts')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('is_sample', models.BooleanField(default=False)),
                    ('session_number', models.PositiveIntegerField(default=1, editable=False)),
                    ('invitation_nonce', models.CharField(blank=True, editable=False, max_length=32)),
                    ('invited_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='users', to='accounts.team', verbose_name='team')),
                ],
                options={
                    'verbose_name': 'person',
                    'verbose_name_plural': 'people',
                    'ordering': ['name'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_lower')],
                },
            ),
            migrations.CreateModel(
                name='AuditEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(db_index=True, verbose_name='time')),
                    ('actor_kind', models.CharField(choices=[('user', 'Person'), ('token', 'API token'), ('system', 'System'), ('visitor', 'Visitor')], max_length=10)),
                    ('actor_id', models.BigIntegerField(null=True)),
                    ('actor_label', models.CharField(max_length=150, verbose_name='who')),
                    ('event', models.CharField(db_index=True, max_length=60, verbose_name='event')),
                    ('object_kind', models.CharField(blank=True, max_length=60)),
                    ('object_id', models.CharField(blank=True, max_length=40)),
                    ('data', models.JSONField(default=dict)),
                    ('previous_hash', models.CharField(max_length=64, unique=True)),
                    ('entry_hash', models.CharField(max_length=64)),
                ],
                options={
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='RateCount',
                fields=[
                    ('key', models.CharField(max_length=80, primary_key=True, serialize=False)),
                    ('count', models.PositiveIntegerField()),
                    ('until', models.DateTimeField(db_index=True)),
                ],
            ),
            migrations.CreateModel(
                name='SetupLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token_hash', models.CharField(max_length=64, unique=True)),
                    ('created_at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='Team',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ],
                options={
                    'verbose_name': 'team',
                    'verbose_name_plural': 'teams',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='AccountMail',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('key', models.CharField(max_length=120, unique=True)),
                    ('kind', models.CharField(choices=[('reset', 'Reset'), ('invitation', 'Invitation'), ('notice', 'Notice')], max_length=12)),
                    ('email', models.EmailField(max_length=254)),
                    ('subject', models.CharField(blank=True, max_length=40)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='accountmail_due')],
                },
            ),
            migrations.CreateModel(
                name='ApiToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('prefix', models.CharField(max_length=12, unique=True)),
                    ('key_hash', models.CharField(max_length=64, unique=True)),
                    ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('leads:read', 'Read leads'), ('leads:write', 'Create and change leads'), ('leads:assign', 'Assign leads'), ('leads:export', 'Export leads'), ('scores:read', 'Read scores'), ('consent:write', 'Record consent'), ('forms:read', 'Read forms'), ('submissions:read', 'Read submissions'), ('reports:read', 'Read figures of posts and pages'), ('posts:write', 'Note likes of posts'), ('events:write', 'Say who attended events'), ('handoffs:write', 'Hand over, accept and reject leads'), ('opportunities:read', 'Read opportunities'), ('opportunities:write', 'Create and change opportunities')], max_length=40), size=None)),
                    ('lead_scope', models.CharField(choices=[('all', 'all'), ('team', 'team'), ('own', 'own'), ('none', 'none')], default='all', max_length=8)),
                    ('allowed_networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None, validators=[accounts.models.tokens.check_networks])),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('expires_at', models.DateTimeField(verbose_name='expires')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('last_used_at', models.DateTimeField(blank=True, null=True)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'API token',
                    'verbose_name_plural': 'API tokens',
                    'ordering': ['-created_at'],
                },
            ),
            migrations.CreateModel(
                name='AuditHead',
                fields=[
                    ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                    ('entries', models.PositiveBigIntegerField()),
                    ('newest_id', models.BigIntegerField(null=True)),
                    ('newest_hash', models.CharField(blank=True, max_length=64)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audithead_is_one')],
                },
            ),
            migrations.CreateModel(
                name='Organisation',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('name', models.CharField(blank=True, max_length=200, verbose_name='organisation')),
                    ('legal_form', models.CharField(blank=True, max_length=200, verbose_name='legal form and representatives')),
                    ('street', models.CharField(blank=True, max_length=200, verbose_name='street')),
                    ('postal_code', models.CharField(blank=True, max_length=20, verbose_name='postal code')),
                    ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                    ('country', models.CharField(blank=True, max_length=100, verbose_name='country')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('second_contact', models.CharField(blank=True, help_text='A phone number or the address of a contact form.', max_length=200, verbose_name='second way to reach you')),
                    ('register_number', models.CharField(blank=True, max_length=200, verbose_name='register and number')),
                    ('vat_id', models.CharField(blank=True, max_length=30, verbose_name='VAT id')),
                    ('privacy_policy_url', models.URLField(blank=True, verbose_name='address of the privacy policy')),
                    ('default_language', models.CharField(choices=[('en', 'English'), ('de', 'German')], default='de', max_length=5, verbose_name='default language')),
                    ('time_zone', models.CharField(default='Europe/Berlin', max_length=60, validators=[accounts.models.people.check_time_zone], verbose_name='time zone')),
                    ('currency', models.CharField(default='EUR', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Three capital letters, for example EUR.')], verbose_name='currency')),
                    ('sender_name', models.CharField(blank=True, max_length=100, verbose_name='sender name')),
                    ('sender_email', models.EmailField(blank=True, max_length=254, verbose_name='sender address')),
                    ('form_of_address', models.CharField(choices=[('sie', 'Formal (Sie)'), ('du', 'Informal (Du)')], default='sie', max_length=3, verbose_name='form of address')),
                ],
                options={
                    'verbose_name': 'organisation',
                    'verbose_name_plural': 'organisations',
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='organisation_only_one')],
                },
            ),
            migrations.CreateModel(
                name='IdempotencyKey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=255)),
                    ('method', models.CharField(max_length=7)),
                    ('path', models.CharField(max_length=500)),
                    ('request_hash', models.CharField(max_length=64)),
                    ('response_status', models.PositiveSmallIntegerField(null=True)),
                    ('response_body', models.TextField(blank=True)),
                    ('response_headers', models.JSONField(default=dict)),
                    ('created_at', models.DateTimeField(db_index=True)),
                    ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.apitoken')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='idempotencykey_once')],
                },
            ),
            migrations.CreateModel(
                name='SentPage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content_hash', models.CharField(max_length=64)),
                    ('location', models.CharField(blank=True, max_length=2000)),
                    ('created_at', models.DateTimeField(db_index=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'content_hash'), name='sentpage_once')],
                },
            ),
        ]),
        # Counted at every login and API request: no write-ahead log, and empty after a crash.
        migrations.RunSQL("ALTER TABLE accounts_ratecount SET UNLOGGED"),
        migrations.RunSQL(_audit.APPEND_ONLY),
        migrations.RunSQL(_audit.NO_TRUNCATE),
        migrations.RunSQL(_audit.KEEP_HEAD),
        migrations.RunSQL(_audit.FIRST_HEAD),
        migrations.RunSQL(_audit.GUARD_HEAD),
    ]
