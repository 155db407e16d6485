import uuid
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

CENT = Decimal("0.01")
# Kinds that there are no more.
NOW_CALLED = {"event": "other"}


def split_by_month(amount, first, last):
    """Return what falls on each month of a stretch of days; the cents left over on the last."""
    total, left, parts = (last - first).days + 1, amount, []
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        days = (min(last, following - timedelta(days=1)) - max(first, month)).days + 1
        part = left if following > last else (amount * days / total).quantize(CENT, ROUND_DOWN)
        parts.append((month, part))
        left -= part
        month = following
    return parts


def to_months(apps, schema_editor):
    """Make one amount a month and kind of costs between two days; notes stay in the history."""
    Cost, CostChange = apps.get_model("capture", "Cost"), apps.get_model("capture", "CostChange")
    sums, told, newest, sample = {}, {}, {}, {}
    for row in Cost.objects.select_related("campaign").order_by("pk"):
        kind = NOW_CALLED.get(row.kind, row.kind)
        for month, part in split_by_month(row.amount, row.starts_on, row.ends_on):
            key = (row.campaign_id, month, kind)
            sums[key] = sums.get(key, Decimal(0)) + part
            newest[key] = max(row.created_at, newest.get(key, row.created_at))
            sample[key] = row.is_sample and sample.get(key, True)
            told.setdefault(row.campaign_id, {"name": row.campaign.name, "cells": []})
            told[row.campaign_id]["at"] = row.created_at
            told[row.campaign_id]["cells"].append(
                {
                    "campaign": str(row.campaign.public_id),
                    "name": row.campaign.name,
                    "month": month.isoformat(),
                    "kind": kind,
                    "before": None,
                    "after": str(part),
                    "note": row.note,
                }
            )
    Cost.objects.all().delete()
    Cost.objects.bulk_create(
        Cost(
            campaign_id=campaign,
            month=month,
            kind=kind,
            amount=amount,
            changed_at=newest[campaign, month, kind],
            is_sample=sample[campaign, month, kind],
            starts_on=month,
            ends_on=month,
            created_at=newest[campaign, month, kind],
        )
        for (campaign, month, kind), amount in sums.items()
    )
    # Several rows could be one amount by now, so that these entries cannot be taken back.
    CostChange.objects.bulk_create(
        CostChange(
            campaign_id=campaign,
            at=about["at"],
            actor_label="LeadCRM",
            cells=about["cells"],
            undone_at=about["at"],
        )
        for campaign, about in told.items()
    )


class Migration(migrations.Migration):
    dependencies = [("capture", "0013_guard_mail")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="budget",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=12,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="budget",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="target_leads",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="target number of leads"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=Q(("budget", None), ("budget__gte", 0), _connector="OR"),
                name="campaign_budget_not_negative",
            ),
        ),
        migrations.CreateModel(
            name="CostChange",
            fields=[
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                )),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                ("actor_label", models.CharField(max_length=150)),
                ("cells", models.JSONField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("campaign", models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="cost_changes",
                    to="capture.campaign",
                )),
            ],
            options={"ordering": ["-at", "-id"]},
        ),
        migrations.AddIndex(
            model_name="costchange",
            index=models.Index(fields=["campaign", "-at"], name="costchange_campaign"),
        ),
        migrations.RemoveConstraint(model_name="cost", name="cost_ends_after_start"),
        migrations.RemoveIndex(model_name="cost", name="cost_campaign_start"),
        migrations.AlterModelOptions(name="cost", options={}),
        migrations.AddField(
            model_name="cost",
            name="month",
            field=models.DateField(default=date(2000, 1, 1), verbose_name="month"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="cost", name="changed_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(to_months, migrations.RunPython.noop, elidable=True),
        # What was written and deleted waits to be checked; a table cannot be changed before.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="cost", name="starts_on"),
        migrations.RemoveField(model_name="cost", name="ends_on"),
        migrations.RemoveField(model_name="cost", name="note"),
        migrations.RemoveField(model_name="cost", name="created_at"),
        migrations.RemoveField(model_name="cost", name="public_id"),
        migrations.AlterField(
            model_name="cost", name="changed_at", field=models.DateTimeField()
        ),
        migrations.AlterField(
            model_name="cost",
            name="amount",
            field=models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="cost",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="costs",
                to="capture.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="cost",
            name="kind",
            field=models.CharField(
                choices=[
                    ("media", "Ads"),
                    ("creation", "Content"),
                    ("tools", "Tools"),
                    ("staff", "Staff"),
                    ("other", "Other"),
                ],
                max_length=8,
                verbose_name="type",
            ),
        ),
        migrations.AlterModelOptions(name="cost", options={"ordering": ["-month", "kind"]}),
        migrations.AddIndex(
            model_name="cost", index=models.Index(fields=["month"], name="cost_month")
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.CheckConstraint(
                condition=Q(("month__day", 1)), name="cost_of_a_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="cost",
            constraint=models.UniqueConstraint(
                fields=("campaign", "month", "kind"), name="cost_once", nulls_distinct=False
            ),
        ),
    ]
