"""Sample data for a new installation: invented leads that can be cleared to the last row.

No person who could sign in is among them.
"""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.models import User
from accounts.rights import Right
from capture.connectors.models import HookEvent
from capture.guard.actions.learning import unteach
from capture.guard.actions.settings import change_guard
from capture.guard.models import Sighting
from capture.guard.rules import settings
from capture.models import Submission
from leads.actions.entry import enter_leads
from leads.entries import LeadEntry
from leads.models import Company, Lead

SAMPLES_LOADED = audit.register_event("samples.loaded", _("Sample data loaded"))
SAMPLES_CLEARED = audit.register_event("samples.cleared", _("Sample data cleared"))
# What the demo enters into the lists of the guard.
ALLOWED_DOMAINS = ("stadtwerke-nordlicht.example",)
DENIED_DOMAINS = ("adressen-direkt.example",)
_FILE = Path(__file__).with_name("samples.toml")


@action
def load_samples(*, language: str, by: Actor, as_of: datetime) -> int:
    """Enter the sample leads, with the stages they came through; returns how many.

    A sample that is there already is not entered again.
    """
    by.require(Right.SETTINGS_MANAGE)
    people = tomllib.loads(_FILE.read_text(encoding="utf-8"))["people"]
    entries = [
        _entry(number, *person, language=language, as_of=as_of)
        for number, person in enumerate(people, start=1)
    ]
    entered = enter_leads(entries, by=by, as_of=as_of)
    new = sum(one.is_new for one in entered)
    if new:
        audit.record(SAMPLES_LOADED, by=by, as_of=as_of, data={"leads": new})
    return new


@action
def clear_samples(*, by: Actor, as_of: datetime) -> int:
    """Remove every row that is marked as sample, with all that hangs on it; returns the leads.

    People stay, sample or not: somebody has to be able to sign in.
    """
    by.require(Right.SETTINGS_MANAGE)
    count = Lead.objects.filter(is_sample=True).count()
    _unlearn(by=by, as_of=as_of)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadcrm.rewrite', 'erase', true)")
    Lead.objects.filter(is_sample=True).delete()
    Company.objects.filter(is_sample=True, leads=None).delete()
    for model in sample_models():
        model._default_manager.filter(is_sample=True).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadcrm.rewrite', '', true)")
    if count:
        audit.record(SAMPLES_CLEARED, by=by, as_of=as_of, data={"leads": count})
    return count


def _unlearn(*, by: Actor, as_of: datetime) -> None:
    """Let the guard forget what samples taught it, and take their domains off its lists."""
    submissions = Submission.objects.filter(is_sample=True).values_list("pk", flat=True)
    events = HookEvent.objects.filter(is_sample=True).values_list("public_id", flat=True)
    keys = [*(f"form:{key}" for key in submissions), *(f"hook:{key}" for key in events)]
    unteach(keys, by=by, as_of=as_of)
    Sighting.objects.filter(key__in=keys).delete()
    rules = settings()
    allowed = [name for name in rules.allowed_domains if name not in ALLOWED_DOMAINS]
    denied = [name for name in rules.denied_domains if name not in DENIED_DOMAINS]
    if (allowed, denied) != (rules.allowed_domains, rules.denied_domains):
        change_guard(allowed_domains=allowed, denied_domains=denied, by=by, as_of=as_of)


def count_samples() -> int:
    """Return how many leads are samples."""
    return Lead.objects.filter(is_sample=True).count()


def sample_models() -> list[type[Model]]:
    """Return the other models that mark samples, the upper apps first."""
    return [
        model
        for model in apps.get_models()
        if any(field.name == "is_sample" for field in model._meta.concrete_fields)
        and model not in (User, Lead, Company)
    ]


def _entry(
    number: int,
    first_name: str,
    last_name: str,
    job_title: str,
    company: str,
    city: str,
    channel: str,
    source: str,
    stages: list[str],
    days: int,
    *,
    language: str,
    as_of: datetime,
) -> LeadEntry:
    began = as_of - timedelta(days=days)
    step = timedelta(days=days) / (len(stages) + 1)
    history = [(stage, began + step * index) for index, stage in enumerate(stages)]
    values: dict[str, Any] = {
        "first_name": first_name,
        "last_name": last_name,
        "email": f"beispiel{number}@muster.example",
        "job_title": job_title,
        "city": city,
        "country": "DE",
        "language": language,
    }
    return LeadEntry(
        channel=channel,
        occurred_at=began,
        values=values,
        company=company,
        source_detail=source,
        stage=stages[-1],
        history=history,
        is_sample=True,
    )
