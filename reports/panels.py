"""What the reports show on the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

import reports.costs.panel  # noqa: F401 - shows itself on the page of a campaign
from accounts.actor import Actor
from accounts.rights import Right
from ground import days
from ground.home import HomeCard, register_home_card
from leads.models import Lead, StageTarget
from reports.charts import arrivals_chart, funnel_chart
from reports.funnel import count_funnel, weekly_arrivals
from reports.kept import is_large
from reports.period import Period
from reports.stages.stock import measure_levels


def home_funnel(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the funnel of the last 90 days beside that of the 90 days before.

    The older one is shown as it stood when its 90 days were over: since then it has had time that
    the younger one has yet to get, and everything would look like a fall.

    None while there is no lead at all: charts of nothing tell nothing.
    """
    if not Lead.objects.visible_to(actor).exists():
        return None
    period = Period.ending(days.today())
    funnel = count_funnel(period, actor=actor)
    before = count_funnel(period.before, actor=actor, until=period.start)
    steps = [
        {"step": step, "change": _change(step.reached, old.reached)}
        for step, old in zip(funnel.steps, before.steps, strict=True)
    ]
    return {
        "steps": steps,
        "funnel_chart": funnel_chart(funnel),
        "arrivals_chart": arrivals_chart(weekly_arrivals(period, actor=actor)),
        "is_kept": is_large(),
    }


def _change(new: int, old: int) -> int | None:
    return round((new - old) / old * 100) if old else None


def home_stock(actor: Actor, request: HttpRequest) -> dict[str, Any] | None:
    """Return the stock of each stage against its target; None while nobody set a target."""
    if not StageTarget.objects.exists():
        return None
    return {"levels": measure_levels(actor=actor, as_of=timezone.now())}


register_home_card(
    HomeCard("stock", "reports/stages/home.html", home_stock, "main", 15, Right.CAMPAIGNS_MANAGE)
)
register_home_card(
    HomeCard("funnel", "reports/parts/home.html", home_funnel, "main", 20, Right.CAMPAIGNS_MANAGE)
)
