import django.contrib.postgres.fields
import django.db.models.deletion
import nurturing.models.messages
import uuid
from django.conf import settings
from django.db import migrations, models

from ground.tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('nurturing', '0001_initial'),
        ('nurturing', '0002_message_claims'),
        ('nurturing', '0003_message_claimed_index'),
        ('nurturing', '0004_alter_message_kind'),
    ]

    dependencies = [
        ('leads', '0001_squashed_0011_sorted_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='Topic',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('label_de', models.CharField(max_length=100, unique=True, verbose_name='name in German')),
                    ('label_en', models.CharField(max_length=100, unique=True, verbose_name='name in English')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('is_sample', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['label_en'],
                },
            ),
            migrations.CreateModel(
                name='Sequence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=150, unique=True, verbose_name='name')),
                    ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('paused', 'Paused')], max_length=6)),
                    ('paused_reason', models.CharField(blank=True, max_length=300)),
                    ('priority', models.PositiveSmallIntegerField(default=50, verbose_name='priority')),
                    ('revision', models.PositiveIntegerField(default=1)),
                    ('live_revision', models.PositiveIntegerField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('updated_at', models.DateTimeField()),
                    ('is_sample', models.BooleanField(default=False)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('live', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='nurturing.sequenceversion')),
                ],
                options={
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='SequenceVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('purpose', models.CharField(choices=[('marketing', 'Advertising and information'), ('newsletter', 'Newsletter'), ('tracking', 'Measuring opens and clicks'), ('profiling', 'Scoring')], max_length=12)),
                    ('trigger', models.JSONField()),
                    ('goal', models.JSONField(blank=True, null=True)),
                    ('exit_stages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('subscriber', 'Subscriber'), ('lead', 'Lead'), ('mql', 'MQL'), ('sql', 'SQL'), ('opportunity', 'Opportunity'), ('customer', 'Customer'), ('promoter', 'Promoter'), ('other', 'Other')], max_length=12), default=list, size=None)),
                    ('window', models.JSONField()),
                    ('published_at', models.DateTimeField()),
                    ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('sequence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='nurturing.sequence')),
                    ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='nurturing.topic')),
                ],
                options={
                    'ordering': ['-number'],
                    'constraints': [models.UniqueConstraint(fields=('sequence', 'number'), name='sequenceversion_number')],
                },
            ),
            migrations.CreateModel(
                name='Step',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('key', models.CharField(max_length=12)),
                    ('kind', models.CharField(choices=[('mail', 'Mail'), ('wait', 'Wait')], max_length=4)),
                    ('wait', models.JSONField(blank=True, null=True)),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='nurturing.sequenceversion')),
                    ('template_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='steps', to='nurturing.templateversion')),
                ],
                options={
                    'ordering': ['position'],
                    'constraints': [models.UniqueConstraint(fields=('version', 'position'), name='step_position'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'mail'), ('template_version__isnull', False), ('wait', None)), models.Q(('kind', 'wait'), ('template_version', None), ('wait__isnull', False)), _connector='OR'), name='step_has_what_its_kind_needs')],
                },
            ),
            migrations.CreateModel(
                name='Enrolment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('state', models.CharField(choices=[('active', 'Running'), ('finished', 'Finished'), ('exited', 'Left')], max_length=8)),
                    ('exit_reason', models.CharField(blank=True, choices=[('goal', 'Goal reached'), ('unsubscribed', 'Unsubscribed'), ('bounced', 'Address does not work'), ('complained', 'Reported as spam'), ('replied', 'Answered'), ('handed_over', 'Handed over to sales'), ('stage_changed', 'Stage changed'), ('lead_deleted', 'Lead deleted'), ('merged', 'Merged with another lead'), ('by_hand', 'Ended by hand')], max_length=13)),
                    ('exit_detail', models.CharField(blank=True, max_length=200)),
                    ('source', models.CharField(choices=[('condition', 'Condition'), ('form', 'Form'), ('rejection', 'Rejected by sales'), ('by_hand', 'By hand')], max_length=9)),
                    ('enrolled_by', models.CharField(blank=True, max_length=150)),
                    ('due_at', models.DateTimeField(blank=True, null=True)),
                    ('enrolled_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(blank=True, null=True)),
                    ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to='leads.lead')),
                    ('sequence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to='nurturing.sequence')),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to='nurturing.sequenceversion')),
                    ('next_step', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='nurturing.step')),
                ],
                options={
                    'ordering': ['-enrolled_at', '-id'],
                    'indexes': [models.Index(fields=['sequence', 'state'], name='enrolment_sequence_state'), models.Index(fields=['lead', '-enrolled_at'], name='enrolment_lead')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('lead', 'sequence'), name='enrolment_one_active'), models.CheckConstraint(condition=models.Q(('state', 'exited'), ('exit_reason', ''), _connector='XOR'), name='enrolment_exit_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('ended_at', None), ('state', 'active')), models.Q(models.Q(('state', 'active'), _negated=True), ('due_at', None), ('ended_at__isnull', False)), _connector='OR'), name='enrolment_active_is_due')],
                },
            ),
            migrations.CreateModel(
                name='Suppression',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('address_hash', models.CharField(max_length=64)),
                    ('scope', models.CharField(default='all', max_length=60)),
                    ('reason', models.CharField(choices=[('unsubscribed', 'Unsubscribed'), ('objected', 'Objected'), ('bounced', 'Address does not work'), ('complained', 'Reported as spam'), ('erased', 'Data erased'), ('by_hand', 'Entered by hand')], max_length=12)),
                    ('at', models.DateTimeField()),
                    ('by_label', models.CharField(blank=True, max_length=150)),
                    ('lifted_at', models.DateTimeField(blank=True, null=True)),
                    ('lifted_by', models.CharField(blank=True, max_length=150)),
                    ('lift_note', models.CharField(blank=True, max_length=500)),
                    ('is_sample', models.BooleanField(default=False)),
                ],
                options={
                    'ordering': ['-at', '-id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('address_hash', 'scope'), name='suppression_once')],
                },
            ),
            migrations.CreateModel(
                name='Template',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('library', 'Library'), ('step', 'Step of a sequence')], max_length=8)),
                    ('name', models.CharField(max_length=150, verbose_name='name')),
                    ('created_at', models.DateTimeField()),
                    ('archived_at', models.DateTimeField(blank=True, null=True)),
                    ('is_sample', models.BooleanField(default=False)),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['name'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('archived_at', None), ('kind', 'library')), fields=('name',), name='template_name')],
                },
            ),
            migrations.CreateModel(
                name='TemplateVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('texts', models.JSONField()),
                    ('digest', models.CharField(max_length=64)),
                    ('created_at', models.DateTimeField()),
                    ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='nurturing.template')),
                ],
                options={
                    'ordering': ['-number'],
                    'constraints': [models.UniqueConstraint(fields=('template', 'number'), name='templateversion_number')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('sequence', 'Mail of a sequence'), ('opt_in', 'Confirmation mail'), ('reply', 'Answer to a form'), ('notification', 'Message to a colleague'), ('one_to_one', 'Personal mail')], max_length=12)),
                    ('purpose', models.CharField(blank=True, choices=[('marketing', 'Advertising and information'), ('newsletter', 'Newsletter'), ('tracking', 'Measuring opens and clicks'), ('profiling', 'Scoring')], max_length=12)),
                    ('to_address', models.CharField(max_length=320)),
                    ('language', models.CharField(blank=True, max_length=5)),
                    ('subject', models.CharField(blank=True, max_length=300)),
                    ('text', models.TextField(blank=True)),
                    ('html', models.TextField(blank=True)),
                    ('message_id', models.CharField(max_length=200, unique=True)),
                    ('token', models.CharField(default=nurturing.models.messages.new_token, max_length=22, unique=True)),
                    ('context', models.JSONField(default=dict)),
                    ('dedupe_key', models.CharField(blank=True, max_length=120, null=True)),
                    ('state', models.CharField(choices=[('queued', 'Waiting'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('unknown', 'In doubt'), ('skipped', 'Not sent')], max_length=7)),
                    ('reason', models.CharField(blank=True, choices=[('no_lead', 'The lead was deleted.'), ('no_address', 'No e-mail address is known.'), ('bad_address', 'The e-mail address is not valid.'), ('suppressed', 'The address is on the suppression list.'), ('no_consent', 'There is no consent for this purpose.'), ('unconfirmed', 'The consent has not been confirmed yet.'), ('withdrawn', 'The consent was withdrawn.'), ('objected', 'The person objected to advertising.'), ('left_sequence', 'The lead has left the sequence.'), ('not_allowed', 'The recipient may not see this any more.'), ('unreadable', 'The mail could not be put together.'), ('set_aside', 'Five attempts ended with an error.'), ('bounced', "The recipient's server does not know the address."), ('mailbox', "The recipient's mailbox refused the mail."), ('refused', "The recipient's server refused the mail."), ('tried_too_long', "The recipient's server did not take the mail in time."), ('sequence_paused', 'The sequence is paused.'), ('lead_paused', 'The lead wants to be left in peace.'), ('outside_window', 'Outside the hours in which mails are sent.'), ('daily_cap', 'The lead has had its mail for today.'), ('paced', 'Only so many mails go out in a minute.'), ('no_imprint', 'The imprint of the organisation is not complete.'), ('server_away', 'The mail server cannot be reached.'), ('try_later', "The recipient's server asked to try again later."), ('connection_lost', 'The connection broke while the mail was handed over.'), ('worker_lost', 'The program stopped while the mail was handed over.')], max_length=15)),
                    ('detail', models.CharField(blank=True, max_length=500)),
                    ('priority', models.PositiveSmallIntegerField(default=0)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('claims', models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ('resends', models.PositiveSmallIntegerField(default=0)),
                    ('due_at', models.DateTimeField()),
                    ('lease_until', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('claimed_at', models.DateTimeField(blank=True, null=True)),
                    ('handed_at', models.DateTimeField(blank=True, null=True)),
                    ('settled_at', models.DateTimeField(blank=True, null=True)),
                    ('is_sample', models.BooleanField(default=False)),
                    ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('enrolment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='nurturing.enrolment')),
                    ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='leads.lead')),
                    ('recipient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('sequence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='nurturing.sequence')),
                    ('step', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='nurturing.step')),
                    ('template_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='nurturing.templateversion')),
                    ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='nurturing.topic')),
                ],
                options={
                    'ordering': ['-created_at', '-id'],
                    'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['priority', 'due_at', 'id'], name='message_queued'), models.Index(condition=models.Q(('state', 'claimed')), fields=['lease_until'], name='message_claimed'), models.Index(condition=models.Q(('state', 'unknown')), fields=['claimed_at'], name='message_unknown'), models.Index(condition=models.Q(('claimed_at__isnull', False)), fields=['claimed_at'], name='message_claimed_at'), models.Index(fields=['lead', '-created_at'], name='message_lead'), models.Index(fields=['lead', 'claimed_at'], name='message_lead_claimed'), models.Index(fields=['sequence', 'state'], name='message_sequence_state'), models.Index(fields=['-created_at', '-id'], name='message_created')],
                    'constraints': [models.UniqueConstraint(fields=('enrolment', 'step'), name='message_once_a_step'), models.UniqueConstraint(fields=('dedupe_key',), name='message_dedupe'), models.CheckConstraint(condition=models.Q(models.Q(('lead__isnull', False), ('recipient', None)), models.Q(('lead', None), ('recipient__isnull', False)), _connector='OR'), name='message_has_one_reader'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'claimed'), _negated=True), models.Q(('claimed_at__isnull', False), ('lease_until__isnull', False)), _connector='OR'), name='message_claim_has_lease')],
                },
            ),
            migrations.CreateModel(
                name='TrackedLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token', models.CharField(default=nurturing.models.messages.new_token, max_length=22, unique=True)),
                    ('kind', models.CharField(choices=[('link', 'Link'), ('trap', 'Link that no person sees'), ('pixel', 'Invisible image')], default='link', max_length=5)),
                    ('url', models.TextField(blank=True)),
                    ('position', models.PositiveSmallIntegerField()),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='nurturing.message')),
                ],
                options={
                    'ordering': ['position'],
                },
            ),
            migrations.CreateModel(
                name='MailEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('open', 'Opened'), ('click', 'Link followed'), ('bounce', 'Bounced'), ('complaint', 'Reported as spam'), ('unsubscribe', 'Unsubscribed')], max_length=11)),
                    ('at', models.DateTimeField()),
                    ('data', models.JSONField(default=dict)),
                    ('event_id', models.CharField(blank=True, max_length=120, null=True, unique=True)),
                    ('verdict', models.CharField(blank=True, choices=[('human', 'Person'), ('machine', 'Machine')], max_length=7)),
                    ('verdict_reason', models.CharField(blank=True, max_length=40)),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='nurturing.message')),
                    ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='nurturing.trackedlink')),
                ],
                options={
                    'ordering': ['at', 'id'],
                    'indexes': [models.Index(fields=['message', 'kind', 'at'], name='mailevent_message')],
                },
            ),
            migrations.CreateModel(
                name='DueTrigger',
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
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='duetrigger_due')],
                },
            ),
            migrations.CreateModel(
                name='DueEnrolment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('enrolment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='due_row', to='nurturing.enrolment')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='dueenrolment_due')],
                },
            ),
            migrations.CreateModel(
                name='DueVerdict',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='nurturing.message')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='dueverdict_due')],
                },
            ),
            migrations.CreateModel(
                name='DueEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('due_at', models.DateTimeField()),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('generation', models.PositiveIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True)),
                    ('quarantined_at', models.DateTimeField(blank=True, null=True)),
                    ('key', models.CharField(max_length=60, unique=True)),
                    ('source', models.CharField(choices=[('condition', 'Condition'), ('form', 'Form'), ('rejection', 'Rejected by sales'), ('by_hand', 'By hand')], max_length=9)),
                    ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='leads.lead')),
                    ('sequence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='nurturing.sequence')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('quarantined_at__isnull', True)), fields=['due_at', 'id'], name='dueentry_due')],
                },
            ),
            migrations.CreateModel(
                name='DraftRevision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('parent', models.PositiveIntegerField(blank=True, null=True)),
                    ('label', models.CharField(blank=True, max_length=40)),
                    ('content', models.JSONField()),
                    ('saved_at', models.DateTimeField()),
                    ('saved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('sequence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='nurturing.sequence')),
                ],
                options={
                    'ordering': ['number'],
                    'constraints': [models.UniqueConstraint(fields=('sequence', 'number'), name='draftrevision_number')],
                },
            ),
        ]),
    ]
