"""What makes sense as a rule, told before it is stored."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from conditions.registry import Snapshot
from conditions.tree import Node, parse, to_json
from ground.errors import DomainError
from leads.conditions import LEADS, all_refs
from leads.customfields import all_fields
from leads.kinds import KINDS, ActivityKind
from leads.reactions import reactions_to
from scoring.details import check_distinct_by, detail_q
from scoring.due import ask_for_scores
from scoring.models import Axis, Counting, Rule
from scoring.rulesets import RULE_COLUMNS, read_rule
from scoring.sentences import rule_title

# What scoring writes itself; a rule that asked for it would never come to rest.
OWN_FIELDS = frozenset({"score", "fit", "engagement", "grade", "temperature"})
OWN_PREFIX = "score_"


def scorable_kinds() -> list[ActivityKind]:
    """Return the kinds that rules may count: those that ask for the score to be worked out.

    Changes of the lead itself ask, too, since conditions are about them, but are not counted.
    """
    return [
        kind
        for kind in KINDS.values()
        if ask_for_scores in reactions_to(kind.name)
        and (kind.is_touch or not kind.name.startswith(("lead.", "episode.")))
    ]


def check_rule(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a rule, complete and cleaned.

    Raises ``DomainError`` with the field that is wrong; ``ConditionError`` for the condition.
    """
    blank = Rule()
    values: dict[str, Any] = {
        name: columns.get(name, getattr(blank, name)) for name in RULE_COLUMNS
    }
    values["key"] = columns.get("key") or uuid.uuid4()
    values["name_de"] = values["name_de"].strip() or values["name_en"].strip()
    values["name_en"] = values["name_en"].strip() or values["name_de"]
    if not values["points"]:
        raise DomainError("points_missing", _("Say how many points."), "points")
    snapshot = LEADS.snapshot()
    if values["activity_kind"]:
        _check_activity(values, snapshot)
    else:
        _check_condition(values, snapshot)
    values["purpose"] = values["purpose"].strip()
    if not values["name_en"]:
        values |= _names(values, snapshot)
    try:
        Rule(**values).clean_fields(exclude=["version", "where"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError("rule_invalid", messages[0], field) from error
    return values


def _names(values: dict[str, Any], snapshot: Snapshot) -> dict[str, str]:
    """Return the sentence of the rule as its name in both languages."""
    spec = read_rule(values, snapshot)
    names = {}
    for language in ("de", "en"):
        with override(language):
            names[f"name_{language}"] = Truncator(rule_title(spec, snapshot)).chars(120)
    return names


def _check_activity(values: dict[str, Any], snapshot: Snapshot) -> None:
    if values["axis"] != Axis.ENGAGEMENT:
        raise DomainError("axis_wrong", _("What somebody does counts as engagement."), "axis")
    if values["activity_kind"] not in {kind.name for kind in scorable_kinds()}:
        raise DomainError("kind_unknown", _("This activity cannot be counted."), "activity_kind")
    values["where"] = None
    detail_q(values["detail"], values["detail_value"], snapshot)
    if not values["detail"]:
        values["detail_value"] = ""
    if values["counting"] != Counting.DISTINCT:
        values["distinct_by"] = ""
    elif not values["distinct_by"]:
        raise DomainError("distinct_by_missing", _("Say what must be different."), "distinct_by")
    check_distinct_by(values["distinct_by"])


def _check_condition(values: dict[str, Any], snapshot: Snapshot) -> None:
    if values["where"] is None:
        raise DomainError("where_missing", _("Say who gets the points."), "where")
    node = parse(values["where"], snapshot)
    if uses_scores(node, snapshot):
        raise DomainError(
            "score_in_rule", _("A rule must not ask for the score that it makes up."), "where"
        )
    sensitive = sensitive_labels([node], snapshot)
    if sensitive and not values["purpose"].strip():
        raise DomainError("purpose_missing", purpose_missing(sensitive), "purpose")
    values |= {
        "where": to_json(node),
        "detail": "",
        "detail_value": "",
        "counting": Counting.EACH,
        "distinct_by": "",
        "half_life_days": None,
        "cap": None,
    }


def uses_scores(node: Node, snapshot: Snapshot) -> bool:
    """Say whether a condition asks for a score, itself or through its segments."""
    return any(
        ref.kind == "field" and (ref.key in OWN_FIELDS or ref.key.startswith(OWN_PREFIX))
        for ref in all_refs([node], snapshot)
    )


def sensitive_labels(nodes: Iterable[Node], snapshot: Snapshot) -> list[str]:
    """Return the labels of the sensitive fields that conditions ask, or their segments."""
    sensitive = {field.key: field.label for field in all_fields() if field.is_sensitive}
    if not sensitive:
        return []
    used = {ref.key for ref in all_refs(nodes, snapshot) if ref.kind == "custom"}
    return sorted(sensitive[key] for key in used & sensitive.keys())


def purpose_missing(labels: Iterable[str]) -> str:
    """Return what to tell somebody who scores by the sensitive fields with these labels."""
    return gettext(
        "This asks for sensitive data (%(fields)s). Write down what it is used for and why that is"
        " allowed; leave the rule out if you cannot."
    ) % {"fields": ", ".join(labels)}
