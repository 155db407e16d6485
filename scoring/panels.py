"""What scoring shows on the page of a lead."""

from typing import Any

from accounts.actor import Actor
from accounts.rights import Right
from ground.together import Reader
from leads.models import Lead
from leads.panels import Panel, register_panel
from scoring.models import ModelVersion, Score
from scoring.rulesets import LIMITS
from scoring.sentences import temperature_rules


def score_panel(lead: Lead, actor: Actor) -> Reader[dict[str, Any]]:
    """Return the score of a lead with its two axes; None until it was judged."""
    scores = Score.objects.filter(lead=lead, model__is_main=True).order_by("pk")
    (found,) = yield [scores.select_related("version__model")[:1]]
    score = next(iter(found), None)
    if score is None:
        return {"score": None, "has_model": ModelVersion.objects.active().exists()}
    version = score.version
    limits = {name: getattr(version, name) for name in LIMITS}
    return {
        "score": score,
        "fit_cap": version.fit_cap,
        "engagement_cap": version.engagement_cap,
        "threshold": version.mql_threshold,
        "temperature_rule": temperature_rules(limits)[lead.temperature],
    }


register_panel(
    Panel("score", "scoring/panel.html", score_panel, "top", 10, right=Right.SCORES_READ)
)
