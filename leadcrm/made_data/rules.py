"""How the made leads are judged: rules that marketing and sales signed.

No lead before MQL reaches the threshold: they are drawn with at most 31 points of fit and do what
gives at most 36 of engagement, so that working the scores out again makes no MQL.
"""

from datetime import datetime
from typing import Any

from accounts.actor import user_actor
from accounts.models import User
from scoring.actions.approval import activate_version, propose_version, sign_version
from scoring.actions.drafts import change_limits, create_model, save_rule

NAME = "Made data"
LIMITS = {"mql_threshold": 70, "min_fit": 10, "hot_score": 70, "warm_score": 40}
_FIT: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (8, "From Germany", {"field": "country", "op": "is", "value": "DE"}),
    (5, "Company is known", {"field": "company_name", "op": "is_set"}),
    (
        8,
        "Came in person",
        {"field": "first_channel", "op": "is_one_of", "value": ["webinar", "trade_fair"]},
    ),
    (10, "50 employees", {"field": "custom.employees", "op": "at_least", "value": 50}),
    (7, "250 employees", {"field": "custom.employees", "op": "at_least", "value": 250}),
    (12, "Decides", {"field": "job_title", "op": "contains", "value": "leiter"}),
)
_ENGAGEMENT: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    (3, "Visited a page", "page.visited", {"half_life_days": 21, "cap": 12}),
    (4, "Followed a link", "email.clicked", {"half_life_days": 30, "cap": 8}),
    (8, "Sent a form", "form.submitted", {"half_life_days": 60, "cap": 16}),
    (
        7,
        "Looked at prices",
        "page.visited",
        {"detail": "page_path", "detail_value": "/preise/", "half_life_days": 30, "cap": 14},
    ),
)


def sign_rules(marketer: User, manager: User, *, as_of: datetime) -> None:
    """Put the rules in force as the main model, signed by both sides."""
    by = user_actor(marketer)
    version = create_model(NAME, by=by, as_of=as_of)
    for points, name, where in _FIT:
        rule = {"axis": "fit", "points": points, "name_de": name, "name_en": name, "where": where}
        save_rule(version.pk, rule, by=by, as_of=as_of)
    for points, name, kind, more in _ENGAGEMENT:
        rule = {"axis": "engagement", "points": points, "name_de": name, "name_en": name}
        save_rule(version.pk, {**rule, "activity_kind": kind, **more}, by=by, as_of=as_of)
    change_limits(version.pk, LIMITS, by=by, as_of=as_of)
    propose_version(version.pk, by=by, as_of=as_of)
    sign_version(version.pk, side="marketing", by=by, as_of=as_of)
    sign_version(version.pk, side="sales", by=user_actor(manager), as_of=as_of)
    activate_version(version.pk, by=by, as_of=as_of)
