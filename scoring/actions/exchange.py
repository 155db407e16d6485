"""Models as JSON: taken along to another installation, kept beside code, given to a test.

::

    {"name": "Standard", "limits": {"mql_threshold": 50, …}, "rules": [{"axis": "fit", …}, …]}
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from ground.errors import DomainError
from scoring.actions.drafts import change_limits, create_model, save_rule
from scoring.models import ModelVersion, Rule
from scoring.rulesets import LIMITS, RULE_COLUMNS

MAX_RULES = 200
_TYPES: dict[str, tuple[type, ...]] = {
    "points": (int,),
    "half_life_days": (int, type(None)),
    "cap": (int, type(None)),
    "where": (dict, type(None)),
}


@action
def load_model(
    data: Any, *, by: Actor, as_of: datetime, name: str = "", is_sample: bool = False
) -> ModelVersion:
    """Create a model from JSON as ``dump_model`` writes it; it is a draft and signed by nobody.

    Raises ``DomainError`` with code ``model_unreadable`` or what is wrong with a rule, with the
    place in ``field``: ``rules[3].points``. Nothing is created then.
    """
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
        raise DomainError("model_unreadable", _("This is not a scoring model."))
    if len(data["rules"]) > MAX_RULES:
        raise DomainError("model_unreadable", _("This model has too many rules."), "rules")
    version = create_model(
        name or _text(data, "name")[:80], by=by, as_of=as_of, is_sample=is_sample
    )
    for number, rule in enumerate(data["rules"]):
        try:
            save_rule(version.pk, _columns(rule), by=by, as_of=as_of)
        except DomainError as error:
            error.field = f"rules[{number}].{error.field}"
            raise
    return change_limits(version.pk, _limits(data), by=by, as_of=as_of)


def dump_model(version: ModelVersion) -> dict[str, Any]:
    """Return a version as JSON; what stands at its default is left out."""
    blank = Rule()
    return {
        "name": version.model.name,
        "limits": {name: getattr(version, name) for name in LIMITS},
        "rules": [
            {
                name: getattr(rule, name)
                for name in RULE_COLUMNS
                if name != "key" and getattr(rule, name) != getattr(blank, name)
            }
            for rule in version.rules.order_by("-axis", "position", "pk")
        ],
    }


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DomainError("model_unreadable", _("A text is missing."), name)
    return value.strip()


def _columns(rule: Any) -> dict[str, Any]:
    if not isinstance(rule, dict) or not set(rule) <= set(RULE_COLUMNS) - {"key"}:
        raise DomainError("model_unreadable", _("This is not a rule."))
    for name, value in rule.items():
        if not isinstance(value, _TYPES.get(name, (str,))) or isinstance(value, bool):
            raise DomainError("model_unreadable", _("This value cannot be read."), name)
    return rule


def _limits(data: Mapping[str, Any]) -> dict[str, Any]:
    limits = data.get("limits", {})
    if not isinstance(limits, dict) or not set(limits) <= set(LIMITS):
        raise DomainError("model_unreadable", _("These limits cannot be read."), "limits")
    for name, value in limits.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise DomainError("model_unreadable", _("Must be a whole number."), f"limits.{name}")
    return limits
