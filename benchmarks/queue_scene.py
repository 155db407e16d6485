"""What happens in ``bench_queue``: by which rules sales gets a lead, and what leads do."""

import time
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from accounts.action import writing
from accounts.models import Team
from capture.activities import PAGE_VISITED
from handoff.actions.rules import RuleInput, create_rule
from handoff.models import Strategy
from leadcrm.made_data.cast import BY
from leads.actions.timeline import NewActivity
from leads.actions.timeline import record as record_activities
from leads.models import Lead
from leads.stages import Stage
from scoring.models import ModelVersion, Rule
from tests.capture.scene import make_form

AT_ONCE = 10
# Customers are judged like others, and never handed over again for visiting a page.
VISITORS = 1000


def prepare() -> str:
    """Let a form make an MQL and ten reps take turns; returns the public id of the form."""
    with writing("benchmark"):
        # In place, so that the leads which are there are not judged anew while this is measured.
        ModelVersion.objects.active().update(mql_threshold=50, min_fit=0)
        Rule.objects.filter(activity_kind="form.submitted").update(points=60, cap=60)
    reachable = {"field": "email", "op": "is_set"}
    team = Team.objects.get(name="Made team 1")
    rule = RuleInput("In turn", reachable, Strategy.ROUND_ROBIN, target_team=team)
    create_rule(rule, by=BY, as_of=timezone.now())
    return str(make_form().public_id)


def record(rate: int, seconds: int) -> Iterator[None]:
    """Record ``rate`` visits a second, some at once; yields after each time."""
    customers = Lead.objects.filter(stage=Stage.CUSTOMER).order_by("pk")
    leads = list(customers.values_list("pk", flat=True)[:VISITORS])
    data = {"path": "/preise/", "host": "www.firma.example"}
    started = time.monotonic()
    for turn in range(rate * seconds // AT_ONCE):
        time.sleep(max(0.0, started + turn * AT_ONCE / rate - time.monotonic()))
        now = timezone.now()
        some = sorted(leads[(turn * AT_ONCE + number) % len(leads)] for number in range(AT_ONCE))
        with writing("benchmark"), transaction.atomic():
            record_activities(
                [NewActivity(lead, PAGE_VISITED, now, data) for lead in some], by=BY, as_of=now
            )
        yield
